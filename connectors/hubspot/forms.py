"""Form submissions: per form, newest first, without a date filter, read down to a bookmark.

A portal may have many forms, and most of them rest. With more than a few of them one search asks whether
anybody converted since; only then are all forms read. In between the forms are read in turn, a few at
a time, because the index that answers the search may be late.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from connectors.calling import Request
from connectors.hubspot import client, events, reading, signals, values, webinars
from connectors.hubspot.client import Portal
from connectors.hubspot.rows import UNREADABLE
from connectors.hubspot.windows import OVERLAP, State
from connectors.meanings import Meanings
from connectors.protocol import Known
from connectors.records import Page, Unread

FORMS_MAX = 5_000
SUBMISSIONS_MAX = 50
LISTED_EVERY = 60 * values.MINUTE  # a new form is noticed within this time
AT_ONCE = 3  # so many forms are read without asking first
IN_TURN = 2
CONVERTED = "recent_conversion_date"

Form = list[Any]  # id, name, and the time of the newest submission that was read


@dataclass(frozen=True, slots=True)
class FormSubmissions:
    """A turn reads some forms: `todo` are their places in `forms`, `next` is whose turn is next."""

    meanings: Meanings
    stream: str = field(default="forms")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:  # noqa: ARG002
        forms: list[Form] = state.get("forms", [])
        if "turn" not in state:
            if portal.now() - int(state.get("listed", 0)) >= LISTED_EVERY:
                return self._list(portal, state)
            state = _turn(portal, state, len(forms))
        todo: list[int] = state.get("todo", list(range(len(forms))))
        if not todo:
            return _rested(state), Page("", True)
        return self._submissions(portal, state, forms, todo)

    def _list(self, portal: Portal, state: State) -> tuple[State, Page]:
        """This reads the names of the forms, keeping the bookmarks of those that are known."""
        bookmarks = {form[0]: form[2] for form in state.get("forms", [])}
        unread: list[Unread] = []
        forms: list[Form] = []
        after = ""
        for _ in range(FORMS_MAX // reading.LIST_MAX):
            got = reading.listed(portal, client.FORMS, (), after)
            for row in got.rows:
                try:
                    form_id = values.record_id(row["id"])
                    since = bookmarks.get(form_id, state.get("closed", 0))
                    forms.append([form_id, values.text(row.get("name") or ""), since])
                except UNREADABLE as error:
                    unread.append(reading.unread(self.stream, row, error))
            after = got.after
            if not after:
                break
        if portal.has_webinars is None:
            portal.has_webinars = webinars.any_of(portal)
        kept = {name: state[name] for name in ("next", "converted") if name in state}
        listed = {**kept, "forms": forms, "listed": portal.now(), "turn": 1}
        understood = tuple(str(form[0]) for form in forms)
        return listed, Page("", not forms, unread=tuple(unread), understood=understood)

    def _submissions(
        self, portal: Portal, state: State, forms: list[Form], todo: list[int]
    ) -> tuple[State, Page]:
        at, *rest = todo
        form_id, name, bookmark = forms[at]
        path = f"{client.FORM_SUBMISSIONS}/{form_id}"
        after = str(state.get("after", ""))
        got = reading.listed(portal, path, (), after, limit=SUBMISSIONS_MAX, allowed=reading.GONE)
        kind = self._kind(portal, name)
        read = events.read(
            self.stream,
            got.rows,
            lambda row: (signals.of_submission(row, form_id, name, self.meanings, kind),),
        )
        newest = max((touch.occurred_at for touch in read.touches), default=0)
        top = max(int(state.get("top", bookmark)), newest)
        fresh = tuple(touch for touch in read.touches if touch.occurred_at >= bookmark - OVERLAP)
        page = replace(read, touches=fresh)
        if got.after and len(fresh) == len(read.touches):
            return {**state, "turn": 1, "todo": todo, "after": got.after, "top": top}, page
        marked = [[*form[:2], top if place == at else form[2]] for place, form in enumerate(forms)]
        ended = {**state, "forms": marked, "turn": 1, "todo": rest}
        ended.pop("after", None)
        ended.pop("top", None)
        return (ended, page) if rest else (_rested(ended), replace(page, caught_up=True))

    def _kind(self, portal: Portal, name: str) -> str:
        """Where webinars are marketing events, those tell who registered; the form would tell it twice."""
        kind = self.meanings.form_kind(name)
        if kind == "webinar_registration" and portal.has_webinars is None:
            portal.has_webinars = webinars.any_of(portal)
        return "form_submission" if kind == "webinar_registration" and portal.has_webinars else kind


def _turn(portal: Portal, state: State, count: int) -> State:
    """This decides which forms are read now."""
    if count <= AT_ONCE:
        return {**state, "turn": 1, "todo": list(range(count))}
    converted = _converted(portal, state)
    first = int(state.get("next", 0)) % count
    if converted != int(state.get("converted", 0)):
        return {**state, "turn": 1, "todo": list(range(count)), "converted": converted}
    turn = [(first + step) % count for step in range(IN_TURN)]
    return {**state, "turn": 1, "todo": turn, "next": (first + IN_TURN) % count}


def _converted(portal: Portal, state: State) -> int:
    """This is when somebody last converted, as far as the index knows."""
    base = int(state.get("converted", 0))
    condition = {"propertyName": CONVERTED, "operator": "GTE", "value": str(base // values.MS)}
    body = {
        "filterGroups": [{"filters": [condition]}],
        "sorts": [{"propertyName": CONVERTED, "direction": "DESCENDING"}],
        "properties": [CONVERTED],
        "limit": 1,
    }
    path = client.objects("contacts", "search")
    request = Request("POST", path, body=body, budget=client.SEARCH, required=reading.RESULTS)
    for row in portal.call(request).data["results"]:
        properties = row.get("properties") if isinstance(row, dict) else None
        base = max(base, values.instant((properties or {}).get(CONVERTED)))
    return base


def _rested(state: State) -> State:
    return {name: state[name] for name in ("forms", "listed", "next", "converted") if name in state}
