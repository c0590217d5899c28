"""One event that was seen several times counts once: which sighting counts, and which are told beside it.

A person's webinar registration stands in HubSpot, on a list of it, and as a member of a Salesforce campaign
under another name. Two touches are sightings of one event when they were read from different sources, are of
one kind (or of kinds that mean the same), lie less than ten minutes apart, and

- have one asset but for case, spaces and punctuation, or name one campaign, or one of them has no asset; or
- have different assets, are of different CRMs, and each is the only one of its CRM that is left for the other
  (first among touches of one kind, then among kinds that mean the same).

Two touches of one source are two events. The sighting whose kind says more counts (a form, or a response to a
campaign, may be any of several things), then the one from the better source. It takes over what it does not
say itself: campaign, page, and the address that tells where people came from. Nothing here depends on the
order in which touches came, nor on other people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from scoring.curves import Index, is_first
from scoring.touches import ENGAGEMENT_KINDS, MINUTE, Bools, Codes, Facts, Ints, Touches

WITHIN = 10 * MINUTE

# Where touches are read, the best first: events one by one, forms, lists and campaigns, what people enter,
# counters. A source that is not here tells where somebody came from: it is linked to nothing.
PROVENANCES = (
    "",
    *("event_occurrences", "email_events", "marketing_events", "calls", "meetings", "emails"),
    "form_submissions",
    *("campaign_member", "list_memberships"),
    *("event", "task", "lead"),
    "counter",
)
# What may be said in general of something that another source calls by its name.
_BY_FORM = (
    *("content_download", "newsletter_subscription", "webinar_registration"),
    *("demo_request", "contact_request", "quote_request"),
)
GENERAL = {
    "page_view": ("blog_visit",),
    "form_submission": _BY_FORM,
    "campaign_response": ("form_submission", *_BY_FORM, "webinar_attendance", "event_attendance"),
}
_CONVERSIONS = ("form_submission", *GENERAL["campaign_response"], "campaign_response")
# Only touches of one group can be one event.
GROUPS = (
    ("page_view", "blog_visit"),
    tuple(dict.fromkeys(_CONVERSIONS)),
    *((kind,) for kind in ENGAGEMENT_KINDS if kind not in (*_CONVERSIONS, "page_view", "blog_visit")),
)


def source_code(connection: int, provenance: str) -> int:
    """This is a source in `Touches.source`, 0 if it is linked to nothing; connections count from 0."""
    name = provenance.partition(":")[0]
    return connection * len(PROVENANCES) + PROVENANCES.index(name) if name in PROVENANCES[1:] else 0


def means_the_same(one: str, other: str) -> bool:
    """This tells whether touches of these kinds may be one event."""
    return one == other or other in GENERAL.get(one, ()) or one in GENERAL.get(other, ())


def counted(facts: Facts) -> Facts:
    """This leaves every event in once, with what all its sightings say of it."""
    whole = None if facts.whole is None else counted(facts.whole)
    seen = seen_as(facts.touches)
    second = np.flatnonzero(seen != np.arange(len(seen)))
    if not len(second) and whole is None:
        return facts
    touches = _completed(facts.touches, seen, second) if len(second) else facts.touches
    return replace(facts, touches=touches.take(np.delete(np.arange(len(seen)), second)), whole=whole)


def seen_as(touches: Touches) -> Index:
    """This is, for every touch, the row of the sighting that counts: its own where it counts itself."""
    seen: Index = np.arange(len(touches))
    for rows in _suspects(touches):
        pairs = np.stack(_near(touches.person[rows], touches.at[rows], touches.source[rows]))
        near = np.unique(pairs)
        if len(near):
            met = rows[near]
            seen[met] = met[_Sightings(touches.take(met), *np.searchsorted(near, pairs)).root]
    return seen


def _suspects(touches: Touches) -> Iterator[Index]:
    """These are the rows of each group of kinds that came from more than one source."""
    if not touches.source.any():
        return
    number = np.zeros(len(touches.labels), np.int64)
    code = {label: code for code, label in enumerate(touches.labels)}
    for place, group in enumerate(GROUPS, start=1):
        number[[code[kind] for kind in group if kind in code]] = place
    place_of = number[touches.kind]
    width = int(touches.source.max()) + 1
    table = np.bincount(place_of * width + touches.source, minlength=width * (len(GROUPS) + 1))
    for place, found in enumerate(table.reshape(-1, width)[1:, 1:], start=1):
        if np.count_nonzero(found) > 1:
            yield np.flatnonzero((place_of == place) & (touches.source > 0))


class _Sightings:
    """Pairs of touches, linked step by step. `root` is the row that counts, for every row."""

    def __init__(self, touches: Touches, one: Index, other: Index) -> None:
        self.touches = touches
        self.crm = touches.source.astype(np.int64) // len(PROVENANCES)
        self.turn = _turn(touches)
        self.root: Index = np.arange(len(touches))
        one, other = np.where(self.turn[one] < self.turn[other], (one, other), (other, one))
        fits = _fit(touches, one, other)
        one, other = one[fits], other[fits]
        alike = _alike(touches, one, other)
        self._join(one[alike], other[alike])
        one, other = one[~alike], other[~alike]
        same_kind = touches.kind[one] == touches.kind[other]
        self._join(*self._left_for_each_other(one[same_kind], other[same_kind]))
        self._join(*self._left_for_each_other(one, other))

    def _join(self, better: Index, worse: Index) -> None:
        """This makes each worse one a sighting of the best that is better."""
        by_turn = np.argsort(self.turn)
        best = self.turn.copy()
        np.minimum.at(best, worse, self.turn[better])
        leader = by_turn[best]
        self.root = np.where(leader == np.arange(len(leader)), self.root, leader)
        while (further := self.root[self.root]).tobytes() != self.root.tobytes():
            self.root = further

    def _left_for_each_other(self, one: Index, other: Index) -> tuple[Index, Index]:
        """These are pairs of two CRMs of which neither has another partner in the other's CRM."""
        seen_by = np.zeros(len(self.root), np.int64)
        np.bitwise_or.at(seen_by, self.root, 1 << self.crm)
        free = (self.root[one] == one) & (self.root[other] == other)
        free &= ((seen_by[one] >> self.crm[other]) & 1 == 0) & ((seen_by[other] >> self.crm[one]) & 1 == 0)
        one, other = one[free], other[free]
        alone = _is_single(one, self.crm[other]) & _is_single(other, self.crm[one])
        return one[alone], other[alone]


def _turn(touches: Touches) -> Ints:
    """This numbers the rows from the one that says most to the one that says least."""
    general = np.isin(touches.kind, [n for n, text in enumerate(touches.labels) if text in GENERAL])
    crm, means = np.divmod(touches.source, len(PROVENANCES))
    turn = np.empty(len(touches), np.int64)
    turn[np.lexsort((touches.id, touches.at, crm, means, general))] = np.arange(len(touches))
    return turn


def _near(person: Codes, at: Ints, source: Codes) -> tuple[Index, Index]:
    """These are all pairs of a person's rows from different sources that lie less than `WITHIN` apart."""
    # A clock that runs through everybody: true to short distances, and never short where they are long.
    step = np.minimum(np.diff(at), 2 * WITHIN)
    step[is_first(person)[1:]] = 2 * WITHIN
    clock = np.concatenate(([0], np.cumsum(step)))
    by_source = [np.flatnonzero(source == one) for one in np.flatnonzero(np.bincount(source))]
    pairs = [_pairs(clock, *sorted(two, key=len)) for two in combinations(by_source, 2)]
    return np.concatenate([one for one, _ in pairs]), np.concatenate([other for _, other in pairs])


def _pairs(clock: Ints, one: Index, other: Index) -> tuple[Index, Index]:
    first = np.searchsorted(clock[other], clock[one] - WITHIN, side="right")
    count = np.searchsorted(clock[other], clock[one] + WITHIN, side="left") - first
    number = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
    return np.repeat(one, count), other[number]


def _fit(touches: Touches, one: Index, other: Index) -> Bools:
    """This marks pairs whose kinds may mean one thing."""
    kinds, which = np.unique(touches.kind, return_inverse=True)
    names = [touches.labels[kind] for kind in kinds]
    table = np.array([[means_the_same(a, b) for b in names] for a in names], np.bool_)
    fits: Bools = table[which[one], which[other]]
    return fits


def _alike(touches: Touches, one: Index, other: Index) -> Bools:
    """This marks pairs that name one asset or one campaign, or of which one names no asset."""
    asset, campaign = _plain(touches)
    mine, theirs, my_campaign, their_campaign = asset[one], asset[other], campaign[one], campaign[other]
    named = (mine == their_campaign) | (my_campaign == theirs)
    named |= (my_campaign == their_campaign) & (my_campaign > 0)
    alike: Bools = (mine == 0) | (theirs == 0) | (mine == theirs) | named
    return alike


def _plain(touches: Touches) -> tuple[Ints, Ints]:
    """These are numbers of assets and campaigns, equal where texts are but for case and punctuation."""
    codes, which = np.unique(np.concatenate((touches.asset, touches.campaign)), return_inverse=True)
    number = {"": 0}
    plain = [number.setdefault(plain_text(touches.labels[code]), len(number)) for code in codes.tolist()]
    asset, campaign = np.split(np.array(plain, np.int64)[which], 2)
    return asset, campaign


def plain_text(text: str) -> str:
    """This is a name without case, spaces and punctuation."""
    return "".join(filter(str.isalnum, text.casefold()))


def _is_single(row: Index, crm: Ints) -> Bools:
    """This marks pairs that are the only one of their row with that CRM."""
    _, which, count = np.unique((row << 8) | crm, return_inverse=True, return_counts=True)
    single: Bools = count[which] == 1
    return single


def _completed(touches: Touches, seen: Index, second: Index) -> Touches:
    """This gives the rows that count what only their further sightings say, the best of these first."""
    second = second[np.argsort(_turn(touches.take(second)))]
    filled: dict[str, Any] = {}
    for name in ("asset", "page", "campaign", "seconds"):
        filled[name] = column = getattr(touches, name).copy()
        rows = second[(column[second] > 0) & (column[seen[second]] == 0)][::-1]
        column[seen[rows]] = column[rows]
    tells = np.array([_told(touches.labels[url]) for url in touches.url[second].tolist()], np.int64)
    known = np.array([_told(touches.labels[url]) for url in touches.url[seen[second]].tolist()], np.int64)
    more = np.flatnonzero(tells > known)
    rows = second[more[np.argsort(-tells[more], kind="stable")]][::-1]
    filled["url"], filled["referrer"] = touches.url.copy(), touches.referrer.copy()
    filled["url"][seen[rows]] = touches.url[rows]
    rows = rows[touches.referrer[rows] > 0]
    filled["referrer"][seen[rows]] = touches.referrer[rows]
    return replace(touches, **filled)


def _told(url: str) -> int:
    """This is how much an address says of where somebody came from."""
    return 2 if "utm_" in url.casefold() else int(url != "")
