"""What contacts say besides themselves: whom they took in, where they came from, what counters moved.

Where the event API or the forms are closed to us, the counters of a contact are all that tells of page
views, e-mail and submissions. They are snapshots: how many, and when the last one was. So each step of
a counter is a touch at the time of the last one, and only where no stream of events covers it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.holdings import Holdings
from connectors.hubspot import arrivals, rows, values, words
from connectors.hubspot.client import CRM, Portal
from connectors.hubspot.rows import Row
from connectors.meanings import Meanings
from connectors.protocol import Known
from connectors.records import Page, Record, Touch, Value, key_of

VIEWS_MAX = 20  # of one step; more of them at once say no more
MAIL_DATES = (("email_click", "hs_email_last_click_date"), ("email_open", "hs_email_last_open_date"))
CONVERSIONS = ("first_conversion", "recent_conversion")


def said(meanings: Meanings, portal: Portal, known: Known, found: Sequence[Row], page: Page) -> Page:
    """This adds to a page of contacts what their rows say besides."""
    losers = _losers(page.records, known)
    lacking = frozenset(name for name, given in portal.gives.items() if not given)
    touches: list[Touch] = []
    before: Mapping[str, Mapping[str, Value]] = {}
    if "page_views" in lacking and isinstance(known, Holdings) and page.records:
        before = known.attributes("contact", [record.id for record in page.records])
    for row, record in zip(found, page.records, strict=True):
        touches += arrivals.of_contact(record, row, meanings, visits_are_told="page_views" not in lacking)
        if lacking:
            touches += counted(record, row, before.get(record.id, {}), lacking, meanings)
    records = words.dated(portal, page.records)
    return replace(page, records=records + losers, touches=page.touches + tuple(touches))


def _losers(records: Sequence[Record], known: Known) -> tuple[Record, ...]:
    """Rows that the store holds and that live on in another one; their touches follow by their keys."""
    several = [record for record in records if len(record.keys) > 1]  # one is an address as a rule
    winners = {loser: record for record in several for loser in rows.merged_with(record)}
    if not winners:
        return ()
    held = known("contact", [(loser, 0) for loser in winners])
    return tuple(
        rows.gone("contact", loser, winners[loser].stamp, into=key_of(CRM, "contact", winners[loser].id))
        for loser in sorted(held)
    )


def counted(
    record: Record, row: Row, before: Mapping[str, Value], lacking: frozenset[str], meanings: Meanings
) -> Iterator[Touch]:
    """These touches stand for steps of counters that no stream of events tells of."""
    properties = row["properties"]
    if record.deleted:
        return
    if "page_views" in lacking:
        yield from _views(record, properties, before)
    if "email_events" in lacking:
        for kind, date in MAIL_DATES:
            yield from _dated(record, kind, "", properties.get(date))
    if "forms" in lacking:
        for which in CONVERSIONS:
            name = values.text(properties.get(f"{which}_event_name") or "").rpartition(": ")[2]
            yield from _dated(record, meanings.form_kind(name), name, properties.get(f"{which}_date"))


def _views(record: Record, properties: Mapping[str, Any], before: Mapping[str, Value]) -> Iterator[Touch]:
    """The number of a view is its name; of views before the first look only the last one is known."""
    count = int(record.attributes.get("page_views", 0))
    at = values.instant(properties.get("hs_analytics_last_timestamp"))
    known_before = int(before.get("page_views", 0)) if before else count - 1
    url = str(record.attributes.get("last_url", ""))
    for number in range(max(known_before, count - VIEWS_MAX) + 1, count + 1) if at else ():
        is_last = number == count
        yield _touch(record, f"view:{number}", "page_view", at, url=url if is_last else "")


def _dated(record: Record, kind: str, asset: str, date: Any) -> Iterator[Touch]:
    at = values.instant(date)
    if at:
        yield _touch(record, f"{kind}:{at // values.MS}", kind, at, asset=asset)


def _touch(record: Record, name: str, kind: str, at: int, *, asset: str = "", url: str = "") -> Touch:
    return Touch(
        key=key_of(CRM, "contact", record.id),
        source_id=f"counter:{record.id}:{name}",
        kind=kind,
        occurred_at=at,
        recorded_at=at,
        asset=asset,
        page=values.path_of(url),
        url=url,
        provenance="counter",
    )
