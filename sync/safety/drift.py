"""What others changed of our fields: reported here, and set right by the next plan."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from sync import clock
from sync.clock import DAY
from sync.store.drift import since
from sync.store.engine import Store

LINES_MAX = 50


@dataclass(frozen=True, slots=True)
class Change:
    """One field of ours that somebody else changed; "" is empty."""

    seen_at: str
    record: str
    field: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Drift:
    """Every foreign change of the last `days` days, the newest first."""

    days: int
    changes: tuple[Change, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> list[str]:
        """This is the report for people: which fields, then the newest changes."""
        if not self.changes:
            return [f"Nobody else changed a field of ours in the last {self.days} days."]
        counted = Counter((one.record.partition(":")[0], one.field) for one in self.changes)
        found = [f"Others changed our fields {len(self.changes)} times in the last {self.days} days:"]
        found += [f"  {crm}  {field}  {times}" for (crm, field), times in counted.most_common()]
        for one in self.changes[:LINES_MAX]:
            moved = f"{one.ours or 'empty'} → {one.theirs or 'empty'}"
            found.append(f"{one.seen_at}  {one.record}  {one.field}: {moved}")
        if len(self.changes) > LINES_MAX:
            found.append(f"… and {len(self.changes) - LINES_MAX} more (--json shows all)")
        return [*found, "If a workflow or an import does it, leave our fields out of it there."]


def drift(store: Store, now: int, days: int) -> Drift:
    """This is what others changed within the last `days` days."""
    return Drift(
        days,
        tuple(
            Change(clock.text(one.seen_at), one.key, one.field, one.ours, one.theirs)
            for one in since(store, now - days * DAY)
        ),
    )
