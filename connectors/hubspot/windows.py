"""Where reading changes stands: the bookmark of a stream that is searched by its change dates.

A window ends at the portal's now and is walked by id; only the bookmark stays back, because rows may
show up late in the index: each walk begins ten minutes before the end of the last one.

After a bulk change those ten minutes hold thousands of rows, and every poll would walk them again.
Then the polls begin where the last one ended, and the ten minutes are walked once, when hardly
anything can show up in them any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.errors import Unreachable
from connectors.hubspot import reading, rows, values
from connectors.hubspot.client import CRM, Portal
from connectors.hubspot.reading import Rows, Window
from connectors.hubspot.rows import UNREADABLE
from connectors.records import Unread

# The search index lags its own writes by half a minute at times; reading a row twice is harmless.
OVERLAP = 10 * values.MINUTE
RECENT_MAX = reading.SEARCH_MAX  # so many ids always fit one answer
LAG = 5 * values.SECOND  # the portal's clock is told in whole seconds
EMPTY_PAGES_MAX = 50
REMEMBERED_MAX = 1_000

State = Mapping[str, Any]


def window_of(portal: Portal, state: State) -> Window:
    """This continues the window of a run, or opens one from the bookmark to the portal's now."""
    if "last" in state:
        return Window(state["since"], state["until"], state["last"], state.get("after", ""))
    return Window(opened(state, portal.now(), OVERLAP), until(portal))


def until(portal: Portal) -> int:
    """This is where a walk ends: the portal's now, which its `Date` tells without the part of a second."""
    return portal.now() + values.SECOND


def opened(state: State, now: int, overlap: int) -> int:
    """This is where a walk begins: a little before the end of the last one, or right there as long as
    there was so much in that little that it is walked once more later (`owed`)."""
    bookmark, owed = int(state.get("bookmark", 0)), int(state.get("owed", 0))
    if owed and now < owed + overlap:
        return max(0, bookmark - LAG)
    return max(0, (owed or bookmark) - overlap)


def ended(state: State, now: int, end: int, overlap: int, *, is_much: bool) -> State:
    """This is the bookmark behind a walk; `is_much` says that its end holds too much to walk it again at
    each poll."""
    owed = int(state.get("owed", 0))
    # our clock may run ahead of the portal's, and its answer has just told the time
    bookmark = min(end, now)
    if not owed or end >= owed + overlap:
        owed = bookmark if is_much else 0
    return {"bookmark": bookmark, "owed": owed} if owed else {"bookmark": bookmark}


def advanced(portal: Portal, state: State, window: Window, got: Rows, changed: Mapping[str, int]) -> State:
    """This is where the run goes on behind a page of a window, or the bookmark at its end.

    An empty page with a next one is not the end: the index is behind itself. But it must end.
    """
    recent = int(state.get("recent", 0)) + sum(at >= window.until - OVERLAP for at in changed.values())
    if not got.after:
        return ended(state, portal.now(), window.until, OVERLAP, is_much=recent > RECENT_MAX)
    going = {"since": window.since, "until": window.until, "bookmark": state.get("bookmark", 0)}
    going |= {"recent": recent} if recent else {}
    going |= {"owed": state["owed"]} if "owed" in state else {}
    last = max((number for row in got.rows if (number := _number(row)) > window.last_id), default=0)
    if last:
        return going | {"last": last}
    empty = int(state.get("empty", 0)) + 1
    if empty > EMPTY_PAGES_MAX:
        raise Unreachable(f"{CRM}: the search gives only empty pages")
    return going | {"last": window.last_id, "after": got.after, "empty": empty}


def remembered(
    state: State, step: State, changed: Mapping[str, int], window: Window
) -> tuple[frozenset[str], State]:
    """Rows that are only what somebody did are not in the store by id, so the bookmark itself names
    those of the overlap; they need not be read again."""
    seen: Mapping[str, int] = state.get("seen", {})
    held = frozenset(each for each, at in changed.items() if seen.get(each) == at)
    recent = {each: at for each, at in {**seen, **changed}.items() if at >= window.until - OVERLAP}
    newest = sorted(recent, key=recent.__getitem__)[-REMEMBERED_MAX:]
    return held, {**step, "seen": {each: recent[each] for each in newest}}


def stamps(
    found: Sequence[Any], dates: Sequence[str], window: Window, stream: str
) -> tuple[dict[str, int], tuple[Unread, ...]]:
    """These are the rows that are in the window by their own account; the index may be wrong."""
    changed: dict[str, int] = {}
    odd: list[Unread] = []
    for row in found:
        try:
            at = rows.stamp(row, *dates)
            if at >= window.since:
                changed[values.record_id(row["id"])] = at
        except UNREADABLE as error:
            odd.append(reading.unread(stream, row, error))
    return changed, tuple(odd)


def _number(row: Any) -> int:
    text = str(row.get("id", "")) if isinstance(row, dict) else ""
    return int(text) if text.isdecimal() else 0
