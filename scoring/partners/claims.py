"""Who holds the claim on a person, on what evidence, from when until when; losing evidence stays.

Evidence that finds nobody holding the person opens a claim, which lasts for the window of its kind. While
it lasts, evidence of a kind that ranks higher takes over from its own instant on; all other evidence loses
for good. Better evidence of whoever holds the person anyway carries the claim on and never shortens it.
A claim that was taken over does not come back, and when a claim is over, the next evidence opens
the next one. So who holds whom at an instant depends on the evidence up to that instant alone.

Of evidence of one instant the higher rank goes first, then what was recorded first, then the partner's
slug; a partner's own evidence that lasts longer goes first. Nothing depends on the order in which evidence
arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from scoring.curves import Index, is_first
from scoring.partner import CLAIMANTS, OWN
from scoring.touches import Bools, Codes, Ints

OWN_KIND = CLAIMANTS.index(OWN)
UNRANKED = len(CLAIMANTS)
# Why evidence lost to whoever held the person then, in the order in which reasons are looked for.
WINS, SUPPORTS, NO_CLAIM, OUTRANKED, LATER, RECORDED_LATER, NAMED_LATER = range(7)
WHYS = ("wins", "supports", "no_claim", "outranked", "later", "recorded_later", "named_later")


def _none() -> Ints:
    return np.empty(0, np.int64)


def _no_codes() -> Codes:
    return np.empty(0, np.int32)


def _no_bools() -> Bools:
    return np.empty(0, np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Evidence in any order. `partner` is an index into the partners (their number: own marketing), `kind`
    one into CLAIMANTS, `touch` the row it comes from (-1: a field). It holds until `ends` at the latest.
    """

    person: Ints = field(default_factory=_none)
    at: Ints = field(default_factory=_none)
    partner: Codes = field(default_factory=_no_codes)
    kind: Codes = field(default_factory=_no_codes)
    touch: Ints = field(default_factory=_none)
    recorded_at: Ints = field(default_factory=_none)
    ends: Ints = field(default_factory=_none)


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """Every piece of evidence, settled, in order of (person, at, turn).

    `until` is when the claim ended that this evidence opened, 0 for evidence that opened none, and `ends`
    when it would have ended by itself. `why` is a code of WHYS. `rival` is the index of the partner who
    held the person when this evidence lost (-1: none), on evidence of `rival_kind` at `rival_at`.
    """

    person: Ints = field(default_factory=_none)
    at: Ints = field(default_factory=_none)
    partner: Codes = field(default_factory=_no_codes)
    kind: Codes = field(default_factory=_no_codes)
    touch: Ints = field(default_factory=_none)
    wins: Bools = field(default_factory=_no_bools)
    until: Ints = field(default_factory=_none)
    ends: Ints = field(default_factory=_none)
    why: Codes = field(default_factory=_no_codes)
    rival: Codes = field(default_factory=_no_codes)
    rival_kind: Codes = field(default_factory=_no_codes)
    rival_at: Ints = field(default_factory=_none)

    def holds(self, as_of: int) -> Bools:
        """This marks the claims that hold at that instant: one of a person at most."""
        return self.wins & (self.at <= as_of) & (self.until > as_of)


def settled(found: Evidence, ranks: Sequence[int], slugs: Sequence[str]) -> Claims:
    """This settles evidence. `ranks` are those of CLAIMANTS, UNRANKED for a kind that claims nobody; `slugs`
    are the partners'.
    """
    rank = np.array(ranks, np.int64)[found.kind]
    by_slug = sorted((*slugs, "~"))
    turn = np.array([by_slug.index(slug) for slug in (*slugs, "~")])[found.partner]
    last = (found.touch, -found.ends, found.kind, turn, found.recorded_at)
    order = np.lexsort((*last, rank, found.at, found.person))
    person, at, ends, rank = (column[order] for column in (found.person, found.at, found.ends, rank))
    claiming = np.flatnonzero((rank < UNRANKED) & (ends > at))
    partner, recorded = found.partner[order], found.recorded_at[order]
    wins, until, ends = _holders(person, at, ends, rank, partner, claiming)
    latest = np.maximum.accumulate(np.where(wins, np.arange(len(order)), -1)) if len(order) else order
    # Evidence before anybody's first claim, and after the last one is over, has no rival.
    told = np.maximum(latest, 0)
    rival = np.where((latest >= 0) & (person[told] == person) & (until[told] > at), told, -1)
    against = np.maximum(rival, 0)
    why = np.select(
        [wins, (rival >= 0) & (partner[against] == partner), (rank >= UNRANKED) | (rival < 0)],
        [WINS, SUPPORTS, NO_CLAIM],
        _beaten(rank - rank[against], at - at[against], recorded - recorded[against]),
    ).astype(np.int32)
    lost = ~wins & (rival >= 0)
    return Claims(
        person=person,
        at=at,
        partner=partner,
        kind=found.kind[order],
        touch=found.touch[order],
        wins=wins,
        until=until,
        ends=ends,
        why=why,
        rival=np.where(lost, partner[against], -1).astype(np.int32),
        rival_kind=np.where(lost, found.kind[order][against], -1).astype(np.int32),
        rival_at=np.where(lost, at[against], 0),
    )


def _beaten(rank: Ints, at: Ints, recorded: Ints) -> Ints:
    """This is by what evidence is behind its rival's, the first that differs."""
    told: Ints = np.select([rank > 0, at > 0, recorded > 0], [OUTRANKED, LATER, RECORDED_LATER], NAMED_LATER)
    return told


def _holders(
    person: Ints, at: Ints, ends: Ints, rank: Ints, partner: Codes, pending: Index
) -> tuple[Bools, Ints, Ints]:
    """This marks what opens a claim, and says until when it holds, and until when it would have held."""
    ends = ends.copy()
    wins = np.zeros(len(person), np.bool_)
    until = np.zeros(len(person), np.int64)
    people = int(person.max()) + 1 if len(person) else 0
    holder: Index = np.full(people, -1)
    held_until = np.full(people, np.iinfo(np.int64).min)
    held_rank = np.zeros(people, np.int64)
    while len(pending):  # one round per claim that a person has ever had
        whose = person[pending]
        opens = pending[(at[pending] >= held_until[whose]) | (rank[pending] < held_rank[whose])]
        winner = opens[is_first(person[opens])]
        whose = person[winner]
        before = holder[whose]
        ended, ending = before[before >= 0], winner[before >= 0]
        # Better evidence of the partner who holds her anyway must not cost it the rest of its time.
        longer = (partner[ended] == partner[ending]) & (until[ended] > at[ending])
        ends[ending] = np.where(longer, np.maximum(ends[ending], until[ended]), ends[ending])
        until[ended] = np.minimum(until[ended], at[ending])
        wins[winner] = True
        until[winner] = ends[winner]
        holder[whose], held_until[whose], held_rank[whose] = winner, ends[winner], rank[winner]
        left = np.zeros(people, np.bool_)
        left[whose] = True
        pending = pending[left[person[pending]] & (pending > holder[person[pending]])]
    return wins, until, ends
