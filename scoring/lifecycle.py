"""Where a person stands: lead, MQL, accepted, opportunity, customer, rejected; and her MQL spells.

Status is not the condition itself. A lead becomes MQL when the condition rises and stays one until
sales disposes of her, an exclusion begins, or the condition has been false without interruption for
the `expires_after` of the definition that judges her then. A rejection or a lost deal sends her back:
what she did before no longer counts (see rules/moments.py), and only a new rise of the condition
qualifies her again.
While sales works on her (accepted, opportunity, customer) no spell opens, and an exclusion is shown
beside the status instead of replacing it: what sales did stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.curves import Curve, changes, is_first, look_up, total
from scoring.touches import SALES_KINDS, Codes, Ints, Touches
from scoring.verdicts import (
    CUSTOMER,
    ENDINGS,
    EXCLUDED,
    LEAD,
    MQL,
    REJECTED,
    SAL,
    SQL,
    Episodes,
)

# Events in the order in which they count within one instant; the first five are touches of sales.
_ACCEPTED, _REJECTED, _OPPORTUNITY, _WON, _LOST, _EXPIRED, _EXCLUDED, _ROSE = range(8)
_ENDED_BY = np.array(
    [
        ENDINGS.index(name)
        for name in ("accepted", "rejected", "opportunity", "won", "lost", "expired", "excluded")
    ]
    + [0],
    np.int32,
)

# What each event makes of each state (columns: lead, mql, sal, sql, customer, rejected).
_NEXT = np.array(
    [
        [SAL, SAL, SAL, SQL, CUSTOMER, SAL],  # accepted
        [REJECTED, REJECTED, REJECTED, REJECTED, CUSTOMER, REJECTED],  # rejected
        [SQL, SQL, SQL, SQL, CUSTOMER, SQL],  # opportunity created
        [CUSTOMER] * 6,  # won
        [LEAD, LEAD, LEAD, LEAD, CUSTOMER, REJECTED],  # lost
        [LEAD, LEAD, SAL, SQL, CUSTOMER, REJECTED],  # expired
        [LEAD, LEAD, SAL, SQL, CUSTOMER, REJECTED],  # excluded
        [MQL, MQL, SAL, SQL, CUSTOMER, MQL],  # the condition rose
    ],
    np.int8,
)


@dataclass(frozen=True, slots=True, eq=False)
class Lifecycle:
    """The visible status over time (codes of STATUSES) and every spell, past and foreseeable."""

    status: Curve
    episodes: Episodes


@dataclass(frozen=True, slots=True, eq=False)
class _Events:
    person: Ints
    at: Ints
    kind: Codes


def lifecycle(touches: Touches, qualified: Curve, excluded: Curve, held: Curve, judge: Curve) -> Lifecycle:
    """This follows every person through the events.

    `qualified`, `excluded` and `held` are 0/1 curves; a spell expires where `held` falls. `judge` is
    which definition counts.
    """
    events = _events(touches, qualified, excluded, held)
    after = _states(events)
    first = is_first(events.person)
    before = np.concatenate(([LEAD], after[:-1]))[: len(after)]
    before[first] = LEAD
    state = changes(events.person, events.at, after, LEAD)
    return Lifecycle(_visible(state, excluded), _episodes(events, before, after, judge))


def _events(touches: Touches, qualified: Curve, excluded: Curve, held: Curve) -> _Events:
    codes = {label: code for code, label in enumerate(touches.labels)}
    parts = []
    for event, name in enumerate(SALES_KINDS):
        rows = np.flatnonzero(touches.kind == codes[name]) if name in codes else np.empty(0, np.intp)
        parts.append((touches.person[rows].astype(np.int64), touches.at[rows], event, rows))
    parts.append((*_jumps(held, 0), _EXPIRED, np.zeros(1, np.intp)))
    parts.append((*_jumps(excluded, 1), _EXCLUDED, np.zeros(1, np.intp)))
    parts.append((*_jumps(qualified, 1), _ROSE, np.zeros(1, np.intp)))
    person = np.concatenate([part[0] for part in parts])
    at = np.concatenate([part[1] for part in parts])
    kind = np.concatenate([np.full(len(part[0]), part[2], np.int32) for part in parts])
    # Touches of sales within one instant count in order of their id, that is, of their row.
    turn = np.concatenate([np.broadcast_to(part[3], part[0].shape) for part in parts])
    late = np.maximum(kind - _LOST, 0)
    order = np.lexsort((turn, late, at, person))
    return _Events(person[order], at[order], kind[order])


def _jumps(curve: Curve, value: int) -> tuple[Ints, Ints]:
    rows = np.flatnonzero(curve.value == value)
    return curve.person[rows], curve.at[rows]


def _states(events: _Events) -> Ints:
    """This is the state after every event.

    An event is a map from states to states, and maps compose, so doubling the reach of each map
    (after k rounds it covers 2^k events) gives all states in log2(events of a person) rounds.
    """
    if not len(events.kind):
        return np.empty(0, np.int64)
    reach = _NEXT[events.kind]
    starts = np.flatnonzero(is_first(events.person))
    longest = int(np.diff(np.append(starts, len(events.kind))).max())
    step = 1
    while step < longest:
        same = np.flatnonzero(events.person[step:] == events.person[:-step])
        reach[same + step] = np.take_along_axis(reach[same + step], reach[same], axis=1)
        step *= 2
    return reach[:, LEAD].astype(np.int64)


def _visible(state: Curve, excluded: Curve) -> Curve:
    both = total([state, Curve(excluded.person, excluded.at, excluded.value * 8, excluded.base * 8)])
    return changes(both.person, both.at, _shown(both.value), int(_shown(np.array([both.base]))[0]))


def _shown(both: Ints) -> Ints:
    state = both % 8
    hidden = (both >= 8) & ((state == LEAD) | (state == MQL) | (state == REJECTED))
    return np.where(hidden, EXCLUDED, state)


def _episodes(events: _Events, before: Ints, after: Ints, judge: Curve) -> Episodes:
    opens = np.flatnonzero((before != MQL) & (after == MQL))
    ends = np.flatnonzero((before == MQL) & (after != MQL))
    person = events.person[opens]
    # Spells of a person alternate open, end, open, …; the end that follows is the spell's own.
    which = np.searchsorted(ends, opens)
    ended = np.append(events.person[ends], -1)[which] == person
    number = np.arange(len(opens)) - np.searchsorted(person, person) + 1
    return Episodes(
        person.astype(np.int32),
        number.astype(np.int32),
        events.at[opens],
        np.where(ended, np.append(events.at[ends], 0)[which], 0),
        np.where(ended, np.append(_ENDED_BY[events.kind[ends]], 0)[which], 0).astype(np.int32),
        look_up(judge, person, events.at[opens]).astype(np.int32),
    )
