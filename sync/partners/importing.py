"""Taking over a partner's file: read, match, keep, and say what happened to every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sync.partners.accounts import account_of
from sync.partners.reading import Finding, Layout, Order, read_file
from sync.store.partner_leads import Imported, PartnerLead, save_leads
from sync.workspace import Workspace

FINDINGS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, and what is odd about rows."""

    partner: str
    file: str
    rows: int
    done: Imported
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> int:
        return sum(one.is_refused for one in self.findings)

    def lines(self) -> Iterator[str]:
        """Refused rows come first, and none of them is left out."""
        done = self.done
        yield (
            f"{self.file}: {self.rows} leads of {self.partner}: {done.new} new, {done.changed} changed, "
            f"{done.same} as before; {done.known} of them are known to us"
        )
        if done.kept:
            yield f"{done.kept} more were listed earlier and are not in this file; they stay"
        flagged = [one for one in self.findings if not one.is_refused]
        yield from (str(one) for one in self.findings if one.is_refused)
        yield from (str(one) for one in flagged[:FINDINGS_SHOWN])
        if len(flagged) > FINDINGS_SHOWN:
            yield f"… and {len(flagged) - FINDINGS_SHOWN} more remarks; --json shows all"
        if done.new or done.changed:
            yield "The next run judges whom it concerns."

    def as_dict(self) -> dict[str, Any]:
        done = self.done
        return {
            "partner": self.partner,
            "file": self.file,
            "leads": self.rows,
            "new": done.new,
            "changed": done.changed,
            "same": done.same,
            "known": done.known,
            "kept": done.kept,
            "refused": self.refused,
            "findings": [
                {"row": one.row, "refused": one.is_refused, "what": one.what} for one in self.findings
            ],
        }


def import_file(
    workspace: Workspace,
    raw: bytes,
    file: str,
    partner: str,
    kind: str,
    layout: tuple[Mapping[str, str], Order],
) -> Report:
    """This takes a file over. Raises `NoSuchPartner`, or `PartnerFileRefused` where nothing can be read."""
    account = account_of(workspace.settings, partner)
    columns, dates = layout
    now = workspace.now()
    told = read_file(raw, Layout({**account.columns, **columns}, account.mql_statuses, dates), now)
    leads = [PartnerLead(one.key, one.at, one.status, one.is_mql, one.row) for one in told.leads]
    done = save_leads(workspace.store, account.slug, kind, leads, file, now)
    erased = [Finding(row, is_refused=True, what="this person was erased") for row in done.erased]
    return Report(account.slug, file, len(leads), done, tuple(sorted((*told.findings, *erased))))
