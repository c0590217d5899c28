"""Where a person stands over time, and her MQL spells: a fold over what sales, partners and time do.

Status is not the condition itself. A lead becomes MQL when the condition rises and stays one until
sales disposes of her, an exclusion begins, or the condition has been false without interruption for
the `expires_after` of the definition that judges her then. A refusal, nurture, recycling or a lost deal
sends her back: what she did before no longer counts (see rules/timeline.py), and only a new rise of the
condition qualifies her again.

While sales works on her no spell opens. An exclusion and the custody of a partner are shown in place of
the state instead of replacing it: when they end, she is what she was. Nothing here depends on the order
in which events arrived: they are taken by their instant, and within one instant in the order below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.curves import Curve, Index, Spans, changes, in_order, is_first, look_up, running, total
from scoring.definitions.book import Evidence
from scoring.handoff.custody import Custodies, custodies, held_by_partners
from scoring.handoff.reasons import TASK_DONE, rests_of
from scoring.handoff.states import (
    APPOINTMENT,
    CUSTOMER,
    DISQUALIFIED,
    EVENTS,
    FREE,
    LEAD,
    LOST,
    MQL,
    NURTURE,
    RECYCLED,
    REJECTED,
    SAL,
    SQL,
    STATES,
    WITH_PARTNER,
    WORKED,
)
from scoring.touches import NEVER, Bools, Ints, Touches
from scoring.verdicts import ENDINGS, Episodes, Steps

_DONE, _REJECTED, _RECYCLED, _NURTURE, _DISQUALIFIED, _ACCEPTED, _APPOINTMENT = range(7)
_OPPORTUNITY, _LOST, _WON, _RESTED, _SILENCE, _EXPIRED, _EXCLUDED, _ROSE = range(7, 15)
_TOLD = {
    TASK_DONE: _DONE,
    "sales_rejected": _REJECTED,
    "sales_recycled": _RECYCLED,
    "sales_nurture": _NURTURE,
    "sales_disqualified": _DISQUALIFIED,
    "sales_accepted": _ACCEPTED,
    "opportunity_created": _OPPORTUNITY,
    "deal_lost": _LOST,
    "deal_won": _WON,
}
_ENDED_BY = np.array([ENDINGS.index(event) if event in ENDINGS else 0 for event in EVENTS], np.int32)
_WITH_SALES = (MQL, SAL, APPOINTMENT, SQL)
_BACK = (LOST, NURTURE, RECYCLED, REJECTED)
_ALL = tuple(range(len(STATES)))
_NOT_WON = tuple(state for state in _ALL if state != CUSTOMER)

# What each event makes of the states it is listed for; it leaves all others as they are.
_MOVES = {
    _DONE: (SAL, (MQL,)),
    _REJECTED: (REJECTED, _NOT_WON),
    _RECYCLED: (RECYCLED, _NOT_WON),
    _NURTURE: (NURTURE, _NOT_WON),
    _DISQUALIFIED: (DISQUALIFIED, _NOT_WON),
    _ACCEPTED: (SAL, (MQL, DISQUALIFIED, *FREE)),
    _APPOINTMENT: (APPOINTMENT, (MQL, SAL)),
    _OPPORTUNITY: (SQL, _NOT_WON),
    _LOST: (LOST, (LEAD, MQL, SAL, APPOINTMENT, SQL)),
    _WON: (CUSTOMER, _ALL),
    _RESTED: (RECYCLED, (NURTURE,)),
    _SILENCE: (SAL, (MQL,)),
    _EXPIRED: (LEAD, (MQL,)),
    _EXCLUDED: (LEAD, (MQL,)),
    _ROSE: (MQL, FREE),
}
_NEXT = np.tile(np.arange(len(STATES), dtype=np.int8), (len(EVENTS), 1))
for _event, (_to, _from) in _MOVES.items():
    _NEXT[_event, list(_from)] = _to

_NOBODY = np.full(1, -1, np.intp)  # no touch is behind it
_HIDES = len(STATES)  # beside the state: an exclusion holds; twice that: a partner has her
_WHEN_EXCLUDED = np.array([state not in WORKED for state in _ALL], np.bool_)
_WHEN_WITH_PARTNER = np.array([state not in (SQL, CUSTOMER, DISQUALIFIED) for state in _ALL], np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Lifecycle:
    """The visible status over time (codes of STATUSES) and every spell, past and foreseeable.

    `sent_back` counts how often sales gave her back to marketing.
    """

    status: Curve
    episodes: Episodes
    steps: Steps
    sent_back: Curve
    custodies: Custodies


@dataclass(frozen=True, slots=True, eq=False)
class _Events:
    person: Ints
    at: Ints
    kind: npt.NDArray[np.int8]
    row: Index

    @staticmethod
    def of(parts: Iterable[tuple[Ints, Ints, int, Index]]) -> _Events:
        """This puts events in the order in which they count."""
        columns = list(parts)
        person = np.concatenate([part[0] for part in columns]).astype(np.int64)
        at = np.concatenate([part[1] for part in columns])
        kind = np.concatenate([np.full(len(part[0]), part[2], np.int8) for part in columns])
        row = np.concatenate([np.broadcast_to(part[3], part[0].shape) for part in columns])
        order = in_order(person, at)
        ordered = _Events(person[order], at[order], kind[order], row[order])
        return ordered._within_instants()

    def _within_instants(self) -> _Events:
        """Few events share their instant, so only those are sorted by what they are."""
        together = ~(is_first(self.person) | is_first(self.at))
        if not together.any():
            return self
        run = np.cumsum(~together)
        shared = np.append(together[1:], False) | together
        rows = np.flatnonzero(shared)
        order = np.arange(len(self.at))
        order[rows] = rows[np.lexsort((self.row[rows], self.kind[rows], run[rows]))]
        return _Events(self.person[order], self.at[order], self.kind[order], self.row[order])


def lifecycle(evidence: Evidence, qualified: Curve, excluded: Curve, held: Curve, judge: Curve) -> Lifecycle:
    """This follows every person through the events.

    `qualified`, `excluded` and `held` are 0/1 curves; a spell expires where `held` falls. `judge` is
    which definition counts.
    """
    parts = list(_parts(evidence, qualified, excluded, held))
    state, steps = _walked(parts)
    silence = evidence.context.feedback.silence
    while silence:  # one round for every spell that somebody has ever had
        accepted = _silently_accepted(steps, evidence, silence)
        if not len(accepted[0]):
            break
        parts.append((*accepted, _SILENCE, _NOBODY))
        state, steps = _walked(parts)
    sent_back = _sent_back(steps)
    episodes = _episodes(steps, judge, sent_back)
    ends = np.where(episodes.ended_at > 0, episodes.ended_at, NEVER)
    given = custodies(
        evidence.facts.touches,
        Spans(episodes.person.astype(np.int64), episodes.qualified_at, ends),
        evidence.claims,
        [partner.slug for partner in evidence.context.partners],
        evidence.context.custody,
    )
    visible = _visible(state, excluded, held_by_partners(given))
    return Lifecycle(visible, episodes, steps, sent_back, given)


def _parts(
    evidence: Evidence, qualified: Curve, excluded: Curve, held: Curve
) -> Iterator[tuple[Ints, Ints, int, Index]]:
    touches = evidence.facts.touches
    rows_of = _rows_by_kind(touches, evidence.voided)
    for name, event in _TOLD.items():
        rows = rows_of(name)
        yield touches.person[rows].astype(np.int64), touches.at[rows], event, rows
    meetings = rows_of("meeting")
    held_at, made_at = touches.at[meetings], touches.recorded_at[meetings]
    for at in (held_at, np.where(made_at > 0, np.minimum(made_at, held_at), held_at)):
        yield touches.person[meetings].astype(np.int64), at, _APPOINTMENT, meetings
    yield (*_rested(evidence, rows_of("sales_nurture")), _RESTED, _NOBODY)
    yield (*_jumps(held, 0), _EXPIRED, _NOBODY)
    yield (*_jumps(excluded, 1), _EXCLUDED, _NOBODY)
    yield (*_jumps(qualified, 1), _ROSE, _NOBODY)


def _rows_by_kind(touches: Touches, voided: Bools) -> Callable[[str], Index]:
    codes = {label: code for code, label in enumerate(touches.labels)}

    def rows(name: str) -> Index:
        code = codes.get(name)
        return np.empty(0, np.intp) if code is None else np.flatnonzero((touches.kind == code) & ~voided)

    return rows


def _rested(evidence: Evidence, rows: Index) -> tuple[Ints, Ints]:
    """This is when the time of a nurture is over, unless she was put off once more before."""
    touches = evidence.facts.touches
    if not len(rows):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rests = rests_of(touches, rows, evidence.context.feedback)
    order = np.lexsort((rests, touches.at[rows], touches.person[rows]))
    person, at, rests = touches.person[rows][order], touches.at[rows][order], rests[order]
    following = np.append(np.where(is_first(person), NEVER, at)[1:], NEVER)
    lasting = (rests > 0) & (following > at + rests)
    return person[lasting].astype(np.int64), (at + rests)[lasting]


def _jumps(curve: Curve, value: int) -> tuple[Ints, Ints]:
    rows = np.flatnonzero(curve.value == value)
    return curve.person[rows], curve.at[rows]


def _walked(parts: Iterable[tuple[Ints, Ints, int, Index]]) -> tuple[Curve, Steps]:
    events = _Events.of(parts)
    after = _states(events)
    before = np.concatenate(([LEAD], after[:-1]))[: len(after)]
    before[is_first(events.person)] = LEAD
    moved = np.flatnonzero(before != after)
    steps = Steps(
        *(events.person[moved], events.at[moved], before[moved], after[moved]),
        events.kind[moved].astype(np.int32),
        events.row[moved],
    )
    return changes(steps.person, steps.at, steps.after, LEAD), steps


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


def _silently_accepted(steps: Steps, evidence: Evidence, silence: int) -> tuple[Ints, Ints]:
    """These are the first spells of each person that sales let pass in silence, and when they had."""
    opens, ends = _spells(steps)
    person, due = steps.person[opens], steps.at[opens] + silence
    touches = evidence.facts.touches
    disputed = _rows_by_kind(touches, evidence.voided)("sales_disputed")
    disputes = Curve(
        touches.person[disputed].astype(np.int64), touches.at[disputed], np.arange(1, len(disputed) + 1)
    )
    objected = look_up(disputes, person, due) > look_up(disputes, person, steps.at[opens] - 1)
    passed = np.flatnonzero((np.append(steps.at, NEVER)[ends] > due) & ~objected)
    first = passed[is_first(person[passed])]
    return person[first], due[first]


def _spells(steps: Steps) -> tuple[Index, Index]:
    """These are the steps with which spells begin, and those that end them (-1: none does).

    Spells of a person alternate begin, end, begin, …; the end that follows is the spell's own.
    """
    opens = np.flatnonzero(steps.after == MQL)
    ends = np.flatnonzero(steps.before == MQL)
    which = np.searchsorted(ends, opens)
    ended = np.append(steps.person[ends], -1)[which] == steps.person[opens]
    return opens, np.where(ended, np.append(ends, -1)[which], -1)


def _sent_back(steps: Steps) -> Curve:
    back = np.isin(steps.before, _WITH_SALES) & np.isin(steps.after, _BACK)
    person, at = steps.person[back], steps.at[back]
    return changes(person, at, running(person, np.ones(len(person), np.int64)))


def _visible(state: Curve, excluded: Curve, given: Curve) -> Curve:
    both = total(
        [
            state,
            Curve(excluded.person, excluded.at, excluded.value * _HIDES, excluded.base * _HIDES),
            Curve(given.person, given.at, given.value * 2 * _HIDES, given.base * 2 * _HIDES),
        ]
    )
    return changes(both.person, both.at, _SHOWN[both.value], int(_SHOWN[both.base]))


def _shown() -> Ints:
    """This is what is shown of every state, alone, with an exclusion, with a partner, with both."""
    alone = np.arange(_HIDES)
    partner = np.where(_WHEN_WITH_PARTNER, WITH_PARTNER, alone)
    either = (np.where(_WHEN_EXCLUDED, DISQUALIFIED, one) for one in (alone, partner))
    excluded, both = either
    return np.concatenate([alone, excluded, partner, both]).astype(np.int64)


_SHOWN = _shown()


def _episodes(steps: Steps, judge: Curve, sent_back: Curve) -> Episodes:
    opens, ends = _spells(steps)
    person, at = steps.person[opens], steps.at[opens]
    number = np.arange(len(opens)) - np.searchsorted(person, person) + 1
    return Episodes(
        person.astype(np.int32),
        number.astype(np.int32),
        at,
        np.where(ends < 0, 0, np.append(steps.at, 0)[ends]),
        np.where(ends < 0, 0, np.append(_ENDED_BY[steps.event], 0)[ends]).astype(np.int32),
        look_up(judge, person, at).astype(np.int32),
        look_up(sent_back, person, at).astype(np.int32),
    )
