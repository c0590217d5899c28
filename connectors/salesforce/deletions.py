"""Rows that are gone without a trace in any query: the recycle bin was emptied, or we were away too long.

While a deleted row lies in the bin, `queryAll` shows it like any other change. Behind that there are two
ways to learn of it. The org's log of deletions reaches back 15 days, and less where it is long. A sweep
compares all ids with those that the store holds: once a week, and whenever the log does not reach back
to where we were. It also finds rows that the store lacks, for whatever reason, and reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import quote

import orjson

from connectors.calling import Declined
from connectors.errors import Unreachable
from connectors.holdings import Holdings
from connectors.protocol import Known, Stream
from connectors.records import Count, Page, Record, Value, email_key
from connectors.salesforce import soql
from connectors.salesforce.counts import EVERY, counts
from connectors.salesforce.ids import long_id
from connectors.salesforce.instants import DAY, instant, written
from connectors.salesforce.org import Org
from connectors.salesforce.reading import Understood, id_of, understood
from connectors.salesforce.streams import SELDOM_S, Source
from connectors.salesforce.window import OVERLAP

STREAM = Stream("deletions", SELDOM_S)
WATCHED = ("leads", "contacts", "accounts", "opportunities", "campaigns")
SWEEP_EVERY = 7 * DAY
LOOK_AGAIN_EVERY = DAY  # where rows are missing after a sweep, the next one will hardly find them
HORIZON = 14 * DAY  # the log ends after 15 days; a day is left for a slow walk
IDS_PER_QUERY = 200  # beside a whole field list, in an address of 16,384 bytes
HELD_MAX = 100_000  # ids of one stretch; more would mean that two orgs share a store


@dataclass(frozen=True, slots=True)
class Watch:
    """Up to where the log was read, when a sweep ended last, and where one that is under way stands:
    the number of its object (-1 = none) and the id behind which it goes on. `counted` is when the rows
    were counted last, `lacked` when a sweep was begun because some were missing."""

    since: int = 0
    swept: int = 0
    sweep: int = -1
    after: str = ""
    began: int = 0
    counted: int = 0
    lacked: int = 0


def page(org: Org, sources: Mapping[str, Source], cursor: str, known: Known, settled: int = 0) -> Page:
    """This says which rows are gone, as far as the log or one stretch of a sweep tells. Now and then, where
    all streams were read (up to `settled`) and no row that is gone can confuse it, the rows are counted. If
    the store lacks some, a sweep begins, which reads them."""
    found = _looked(org, sources, Watch(**orjson.loads(cursor)) if cursor else Watch(), known)
    watch, now = Watch(**orjson.loads(found.cursor)), org.server_now()
    if not (found.caught_up and settled and now - watch.counted >= EVERY):
        return found
    there = counts(org, [sources[name] for name in WATCHED], settled)
    watch = replace(watch, counted=now)
    if now - watch.lacked >= LOOK_AGAIN_EVERY and _lacks(known, there):
        watch = replace(watch, sweep=0, after="", began=now, lacked=now)
    return replace(found, cursor=_text(watch), counts=there, caught_up=watch.sweep < 0)


def _lacks(known: Known, there: Iterable[Count]) -> bool:
    return isinstance(known, Holdings) and any(known.count(each) < each.still for each in there)


def _looked(org: Org, sources: Mapping[str, Source], watch: Watch, known: Known) -> Page:
    now = org.server_now()
    if not watch.since or not isinstance(known, Holdings):
        return Page(_text(watch if watch.since else Watch(now, now)), caught_up=True)
    if watch.sweep >= 0:
        return _swept(org, sources, watch, known)
    log = _log(org, sources, watch, now) if _log_reaches(watch, now) else None
    if log is None:
        return Page(_text(replace(watch, sweep=0, after="", began=now)), caught_up=False)
    records = [
        record for kind, ids in log.items() for record in _gone(kind, _live(known, kind, ids), known, now)
    ]
    return Page(_text(replace(watch, since=now)), caught_up=True, records=tuple(records))


def _log_reaches(watch: Watch, now: int) -> bool:
    return now - watch.swept < SWEEP_EVERY and now - watch.since < HORIZON


def _log(org: Org, sources: Mapping[str, Source], watch: Watch, now: int) -> dict[str, list[str]] | None:
    """These are the ids by kind that the log names, None where it does not reach back far enough."""
    since = watch.since - OVERLAP
    span = f"start={quote(written(since))}&end={quote(written(now))}"
    objects = {name: sources[name].object for name in WATCHED}
    try:
        said = org.together({name: f"sobjects/{each}/deleted?{span}" for name, each in objects.items()})
    except Declined:
        return None
    found: dict[str, list[str]] = {}
    for name, body in said.items():
        try:
            if instant(body["earliestDateAvailable"]) > watch.since:
                return None
            found[sources[name].kind] = [long_id(each["id"]) for each in body["deletedRecords"]]
        except (KeyError, TypeError, ValueError):
            return None
    return found if len(found) == len(WATCHED) else None


def _live(known: Holdings, kind: str, ids: Iterable[str]) -> list[str]:
    """These of the ids the store holds as living rows: the others are no news."""
    return [each for each in sorted(set(ids)) if each in known.ids(kind, each[:-1], 1)]


def _gone(kind: str, ids: Sequence[str], known: Holdings, now: int) -> list[Record]:
    said = known.attributes(kind, ids)
    return [_tombstone(kind, each, said.get(each, {}), now) for each in ids]


def _tombstone(kind: str, record_id: str, said: Mapping[str, Value], now: int) -> Record:
    """What was known of a row stays, and so do the names by which its person is found."""
    keys = (email_key(str(said.get("email", ""))), str(said.get("contact_key", "")))
    return Record(kind, record_id, now, 0, True, dict(said), {}, tuple(filter(None, keys)))


def _swept(org: Org, sources: Mapping[str, Source], watch: Watch, known: Holdings) -> Page:
    """This compares the next stretch of ids."""
    source = sources[WATCHED[watch.sweep]]
    where = f"Id > {soql.quoted(watch.after)}" if watch.after else "Id != null"
    text = soql.select(("Id",), source.object, source.narrowed(where), order=("Id",), limit=soql.LIMIT)
    try:
        found = org.query(text)
    except Declined as error:
        if "INVALID_TYPE" not in error.codes:
            raise
        return Page(_text(_next(watch, org.server_now())), caught_up=False)  # hidden, not gone
    there = [each for each in map(id_of, found.rows) if each]
    if there != sorted(there):
        raise Unreachable(f"salesforce {source.object}: ids came in an order that is none")
    if not there and not found.is_end:
        raise Unreachable(f"salesforce {source.object}: a page came that leads nowhere")
    end = "" if found.is_end else there[-1]
    held = _held(known, source.kind, watch.after, end)
    missing = sorted(set(there) - held)
    records, touches, unread, _ = _read(org, source, [*missing, *sorted(held - set(there))])
    read = {record.id for record in records} | {each.id for each in unread}
    gone = _gone(source.kind, sorted(held - set(there) - read), known, watch.began)
    following = _next(watch, org.server_now()) if found.is_end else replace(watch, after=end)
    return Page(
        *(_text(following), following.sweep < 0, (*records, *gone), tuple(touches), tuple(unread)),
    )


def _held(known: Holdings, kind: str, after: str, end: str) -> set[str]:
    """These ids lie behind `after` and not behind `end` ("" = the last there is)."""
    held: set[str] = set()
    while len(held) < HELD_MAX:
        some = known.ids(kind, after, soql.LIMIT)
        held.update(each for each in some if not end or each <= end)
        if len(some) < soql.LIMIT or (end and some[-1] > end):
            return held
        after = some[-1]
    raise Unreachable(f"salesforce {kind}: the store holds far more rows than the org shows")


def _read(org: Org, source: Source, ids: Sequence[str]) -> Understood:
    """These rows are looked at once more, in the recycle bin too: what does not come is gone."""
    rows: list[Mapping[str, Any]] = []
    wanted = org.visible(source.object, source.fields) if ids else ()
    for start in range(0, len(ids), IDS_PER_QUERY):
        where = soql.any_of("Id", ids[start : start + IDS_PER_QUERY])
        text = soql.select(wanted, source.object, where, order=("Id",), limit=soql.LIMIT)
        rows += org.query(text, with_deleted=True).rows
    return understood(source, rows)


def _next(watch: Watch, now: int) -> Watch:
    """This goes on to the next object; behind the last one the log is read again from where we began, and
    the rows are counted anew."""
    if watch.sweep + 1 < len(WATCHED):
        return replace(watch, sweep=watch.sweep + 1, after="")
    return Watch(since=watch.began, swept=now, lacked=watch.lacked)


def _text(watch: Watch) -> str:
    return orjson.dumps(asdict(watch)).decode()
