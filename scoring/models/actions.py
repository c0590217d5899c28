"""What people did before: their actions in the days before a conversion, and which content whom reached.

An action is a kind of touch and the thing it was about (an asset, else a page). The comparison is what those
who never converted did in as many days before their last sign: the lift is how much more often an action
stands before a conversion than there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from scoring.attribution import VISIT_GAP
from scoring.curves import Index, in_order, is_first
from scoring.models.conversions import OF_DEALS, Known, reached
from scoring.models.journeys import Conversions, Journeys, Steps, journeys, pooled, unconverted
from scoring.touches import ALWAYS, ENGAGEMENT_KINDS, Bools, Ints, Touches

Action = tuple[str, str]  # kind of touch, thing
VIEWS = ("page_view", "blog_visit")
# What we did, and what mail programs do, is no action of hers.
NOT_HERS = ("call", "meeting", "sales_email", "email_open", "unsubscribe")
HERS = tuple(kind for kind in ENGAGEMENT_KINDS if kind not in NOT_HERS)


@dataclass(slots=True)
class Before:
    """How many conversions an action stands before (`among`) or is the last one before (`last`), and how
    many of `others`, who never converted, did it in as many days."""

    conversions: int = 0
    others: int = 0
    among: Counter[Action] = field(default_factory=Counter)
    last: Counter[Action] = field(default_factory=Counter)
    among_others: Counter[Action] = field(default_factory=Counter)

    def add(self, more: Before) -> None:
        self.conversions += more.conversions
        self.others += more.others
        for name in ("among", "last", "among_others"):
            getattr(self, name).update(getattr(more, name))


@dataclass(slots=True)
class Content:
    """Who took in what: people and times by thing, and visits, of all people and of those in won deals."""

    people: int = 0
    won: int = 0
    visits: int = 0
    won_visits: int = 0
    viewers: Counter[str] = field(default_factory=Counter)
    views: Counter[str] = field(default_factory=Counter)
    won_viewers: Counter[str] = field(default_factory=Counter)
    won_views: Counter[str] = field(default_factory=Counter)

    def add(self, more: Content) -> None:
        for name in ("people", "won", "visits", "won_visits"):
            setattr(self, name, getattr(self, name) + getattr(more, name))
        for name in ("viewers", "views", "won_viewers", "won_views"):
            getattr(self, name).update(getattr(more, name))


def before(
    kind: str, touches: Touches, voided: Bools, known: Known, *, since: int, until: int, span: int
) -> Before:
    """This looks at the `span` before each conversion of a type that was reached in [since, until)."""
    trail, names = _trail(touches, voided)
    ids = touches.id[trail.row]
    got = reached(kind, touches, known, since, until)
    ever = reached(kind, touches, known, ALWAYS, until)
    everybody = np.arange(len(known.unit))
    units = pooled(trail, ids, known.unit, everybody)
    walked = pooled(trail, ids, got.team, got.member) if kind in OF_DEALS else units
    failed = unconverted(units, Conversions.plain(ever.base, ever.base_at), until - 1)
    there = failed.at >= since
    theirs = journeys(units, Conversions.plain(failed.unit[there], failed.at[there]), span)
    ours = journeys(walked, got.ends, span)
    ends = ours.place == ours.size[ours.conversion] - 1
    last = Counter({names[code]: int(n) for code, n in _counts(ours.channel[ends])})
    return Before(len(ours.size), len(theirs.size), _among(ours, names), last, _among(theirs, names))


def content(touches: Touches, voided: Bools, known: Known, until: int) -> Content:
    """This counts who took in what before `until`, and how often people came."""
    is_won = np.zeros(len(known.unit), np.bool_)
    is_won[known.member[(known.won_at < until)[known.deal]]] = True
    trail, names = _trail(touches, voided)
    mine = trail.at < until
    code, person = trail.channel[mine].astype(np.int64), trail.unit[mine]
    things = [thing for _, thing in names]
    places = {thing: number for number, thing in enumerate(dict.fromkeys(things))}
    thing = np.array([places[one] for one in things] or [0], np.int64)[code]
    named = thing != places.get("", -1)
    thing, person = thing[named], person[named]
    order = in_order(person, thing)
    once = order[is_first(person[order]) | is_first(thing[order])]
    of_won = is_won[person]
    texts = list(places)

    def told(rows: Index | Bools) -> Counter[str]:
        return Counter({texts[one]: int(n) for one, n in _counts(thing[rows])})

    visitor = _visitors(touches, voided, until)
    return Content(
        people=len(known.unit),
        won=int(is_won.sum()),
        visits=len(visitor),
        won_visits=int(is_won[visitor].sum()),
        viewers=told(once),
        views=told(np.ones(len(thing), np.bool_)),
        won_viewers=told(once[of_won[once]]),
        won_views=told(of_won),
    )


def _trail(touches: Touches, voided: Bools) -> tuple[Steps, list[Action]]:
    """These are people's own actions, each with the number of what it was."""
    hers = [code for code, text in enumerate(touches.labels) if text in HERS]
    rows = np.flatnonzero(np.isin(touches.kind, hers) & ~voided)
    thing = np.where(touches.asset > 0, touches.asset, touches.page)[rows].astype(np.int64)
    pairs, which = np.unique(touches.kind[rows] * np.int64(1 << 31) + thing, return_inverse=True)
    label = touches.labels
    names = [(label[pair >> 31], label[pair & ((1 << 31) - 1)]) for pair in pairs.tolist()]
    person = touches.person[rows].astype(np.int64)
    return Steps([], person, touches.at[rows], rows, which.astype(np.int32)), names


def _among(paths: Journeys, names: list[Action]) -> Counter[Action]:
    """This is in how many journeys each action stands."""
    code = paths.channel.astype(np.int64)
    order = in_order(paths.conversion, code)
    once = order[is_first(paths.conversion[order]) | is_first(code[order])]
    return Counter({names[one]: int(n) for one, n in _counts(code[once])})


def _counts(codes: Ints) -> list[tuple[int, int]]:
    found, times = np.unique(codes, return_counts=True)
    return list(zip(found.tolist(), times.tolist(), strict=True))


def _visitors(touches: Touches, voided: Bools, until: int) -> Ints:
    """This is who came, once for each visit; a visit ends when nothing is looked at for half an hour."""
    views = [code for code, text in enumerate(touches.labels) if text in VIEWS]
    rows = np.flatnonzero(np.isin(touches.kind, views) & ~voided & (touches.at < until))
    person, at = touches.person[rows].astype(np.int64), touches.at[rows]
    begins = is_first(person)
    begins[1:] |= np.diff(at) >= VISIT_GAP
    return person[begins]
