"""One object type with everything written to it: the world's rows below, clients' writes on top.

Any row can be asked for as it stood at an instant. The database answers for now, the search index for
some time ago. A write moves the stamp at once and, as HubSpot works on the row afterwards, once more
a little later: what a client wrote comes back in its next poll.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

from sandbox.clock import SECOND, iso
from sandbox.hubspot.catalogue import LIFECYCLE
from sandbox.hubspot.ids import Ids
from sandbox.hubspot.properties import Properties
from sandbox.hubspot.rows import APP_ID, PORTAL, Row, Source, Values, shown

ECHO = 17 * SECOND  # a recorded contact was modified again 17 s after its creation


@dataclass(frozen=True, slots=True)
class Kind:
    """What an object type is called, and what is peculiar to it on the wire."""

    name: str
    plural: str
    type_id: str
    modified: str
    created: str
    defaults: tuple[str, ...]
    url: str  # of a record, in the portal's web interface
    named_after: tuple[str, str] | None = None  # a property that repeats the id, and its form

    @property
    def core(self) -> tuple[str, ...]:
        """These properties come with every record, asked for or not."""
        return (self.created, self.modified, "hs_object_id")


@dataclass(slots=True)
class Written:
    """What clients did to one row. `created_at` 0 means that the row is the world's."""

    created_at: int = 0
    archived_at: int = 0
    writes: list[tuple[int, Values]] = field(default_factory=list)

    def stamp(self, at: int) -> int:
        """This is the latest change that had happened by then, HubSpot's own included."""
        stamps = [then for then, _ in self.writes if then <= at]
        last = max(stamps, default=0)
        return last + ECHO if last and last + ECHO <= at else last


class Table:
    """All rows of one object type, at any instant."""

    def __init__(self, kind: Kind, source: Source, numbering: Ids, properties: Properties) -> None:
        self.kind = kind
        self.source = source
        self.numbering = numbering
        self.properties = properties
        self.written: dict[int, Written] = {}
        self.created: list[int] = []
        self.rows_written = 0

    def reset(self) -> None:
        self.written.clear()
        self.created.clear()
        self.properties.reset()
        self.rows_written = 0

    # ------------------------------------------------------------------ reading

    def row(self, record_id: int, at: int) -> Row | None:
        """This is a row as it stood then, an archived one included; None if there was none."""
        base, written = self.source.row(record_id), self.written.get(record_id)
        if base is None and (written is None or not 0 < written.created_at <= at):
            return None
        properties = dict(base.properties) if base else {}
        created_at = base.created_at if base else written.created_at if written else 0
        for then, values in written.writes if written else ():
            if then <= at:
                properties |= values
        stamp = self.stamp(record_id, at)
        properties |= {
            self.kind.modified: iso(stamp),
            "hs_object_id": str(record_id),
            self.kind.created: properties.get(self.kind.created) or iso(created_at),
        }
        return Row(record_id, properties, created_at, stamp, self.archived_at(record_id, at))

    def live(self, record_id: int, at: int) -> Row | None:
        """This is a row that exists and is not archived."""
        return None if self.archived_at(record_id, at) else self.row(record_id, at)

    def stamp(self, record_id: int, at: int) -> int:
        """This is when the row changed last, as known then; 0 if there is no such row."""
        base, written = self.source.stamp(record_id, at), self.written.get(record_id)
        return max(base, written.stamp(at)) if written else base

    def archived_at(self, record_id: int, at: int) -> int:
        written = self.written.get(record_id)
        if written and written.archived_at:
            return written.archived_at if written.archived_at <= at else 0
        return self.source.archived_at(record_id)

    def ids(self, start: int = 0) -> Iterator[int]:
        """These are all ids from `start` on, ascending, archived ones included."""
        return merge(self.source.ids(start), (i for i in self.created if i >= start))

    def find(self, name: str, value: str, at: int) -> int | None:
        """This is the live row whose identifying property has that value."""
        folded = value.strip().casefold()
        for record_id, written in self.written.items():
            if any(name in values for _, values in written.writes):
                row = self.live(record_id, at)
                if row and (row.properties.get(name) or "").casefold() == folded:
                    return record_id
        found = self.source.find(name, folded)
        row = self.live(found, at) if found is not None else None
        return found if row and (row.properties.get(name) or "").casefold() == folded else None

    def shown(self, row: Row, names: Collection[str] = ()) -> dict[str, Any]:
        """This is a row in an answer. Unknown names are left out without a word."""
        asked = [name for name in names if name in self.properties.named] if names else self.kind.defaults
        url = f"https://app.hubspot.com/{self.kind.url.format(portal=PORTAL, id=row.id)}"
        return shown(row, {*asked, *self.kind.core}, url)

    def histories(self, row: Row, names: Collection[str], at: int) -> dict[str, list[dict[str, str]]]:
        """This is how each property came to its value, newest first."""
        told = {}
        for name in sorted(set(names) & self.properties.named.keys()):
            steps = list(self.source.history(row.id, name))
            written = self.written.get(row.id)
            for then, values in written.writes if written else ():
                if name in values and then <= at:
                    steps.append((then, values[name] or "", "INTEGRATION"))
            value = row.properties.get(name)
            if not steps and value is not None:
                steps = [(row.created_at, value, "FORM")]
            told[name] = [
                {"value": value, "timestamp": iso(then), "sourceType": kind, "sourceId": APP_ID}
                for then, value, kind in reversed(steps)
            ]
        return told

    # ------------------------------------------------------------------ writing

    def create(self, values: Values, at: int) -> Row:
        """This makes a new row and shows it."""
        record_id = self.numbering.created(len(self.created))
        self.created.append(record_id)
        if self.kind.named_after:
            name, form = self.kind.named_after
            values = {**values, name: form.format(id=record_id)}
        self.written[record_id] = Written(created_at=at, writes=[(at, dict(values))])
        self.rows_written += 1
        row = self.row(record_id, at)
        assert row is not None, "a row that was just made is there"  # noqa: S101
        return row

    def update(self, record_id: int, values: Values, at: int) -> Row:
        """This writes onto a live row and shows it. The lifecycle stage only ever moves forward."""
        before = self.live(record_id, at)
        if before is None:
            raise KeyError(record_id)
        stage, old = values.get("lifecyclestage"), before.properties.get("lifecyclestage")
        if stage and old and LIFECYCLE.index(stage) < LIFECYCLE.index(old):
            values = {name: value for name, value in values.items() if name != "lifecyclestage"}
        if "hs_task_status" in values:
            is_done = values["hs_task_status"] == "COMPLETED"
            done = {
                "hs_task_completion_date": iso(at) if is_done else None,
                "hs_task_is_completed": str(int(is_done)),
            }
            values = {**values, **done}
        written = self.written.setdefault(record_id, Written())
        written.writes.append((at, dict(values)))
        self.rows_written += 1
        return self.row(record_id, at) or before

    def archive(self, record_id: int, at: int) -> None:
        """This archives a row; the stamp stays. Nothing happens to rows that are not there."""
        if self.live(record_id, at):
            self.written.setdefault(record_id, Written()).archived_at = at
            self.rows_written += 1


def without_nothing(properties: Mapping[str, str | None]) -> dict[str, str | None]:
    """These are the properties that have a value: what the answer to a write shows."""
    return {name: value for name, value in properties.items() if value is not None}
