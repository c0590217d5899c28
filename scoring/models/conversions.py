"""What was reached and when: lead, MQL, SAL, SQL and won, with whose touches led there and the milestones.

A lead begins when a CRM first has her, an MQL is the start of a spell, an SAL is when sales takes her on
(who is taken already is not taken again), and SQL and won are a deal's, once per deal, however many people
are in it. The team of a conversion is whose touches are pooled: the person, or a deal's contacts; where
accounts count, all colleagues. Milestones of a person are her lead creation and the latest opportunity at
the conversion; a deal has its own, and the first lead of its team.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.curves import Curve, in_order, is_first, look_up
from scoring.models.journeys import Conversions
from scoring.touches import NEVER, SALES_KINDS, Ints, Touches

TYPES = ("lead", "mql", "sal", "sql", "won")
OF_DEALS = ("sql", "won")
_TAKEN = ("sales_accepted", "opportunity_created", "deal_won")  # sales has her, until it sends her back


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the CRMs and verdicts say of people 0..people-1 and of deals. NEVER: it has not come.

    `spell_person` became MQL at `spell_at`. `deal` and `member` are pairs: whose touches count for a deal.
    `unit` says to which unit each person belongs: herself, or her account.
    """

    lead_at: Ints
    spell_person: Ints
    spell_at: Ints
    opened_at: Ints
    won_at: Ints
    deal: Ints
    member: Ints
    unit: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Conversions of one type; their units are teams: `member` belongs to `team`.

    `which` is the deal of each, or the person. `base` are the units (people or accounts) that reached
    something, at `base_at`.
    """

    ends: Conversions
    team: Ints
    member: Ints
    which: Ints
    base: Ints
    base_at: Ints


def reached(kind: str, touches: Touches, known: Known, since: int, until: int) -> Reached:
    """This lists what of one of TYPES was reached in [since, until)."""
    if kind in OF_DEALS:
        return _of_deals(known.won_at if kind == "won" else known.opened_at, known, kind, since, until)
    person, at = _of_people(kind, touches, known)
    there = (at >= since) & (at < until)
    person, at = person[there], at[there]
    whose = known.unit[person]
    ends = Conversions(
        whose,
        at,
        _first_leads(known.unit, known.lead_at)[whose],
        _latest(known, whose, at),
        np.full(len(at), NEVER, np.int64),
    )
    return Reached(ends, known.unit, np.arange(len(known.unit)), person, whose, at)


def _of_people(kind: str, touches: Touches, known: Known) -> tuple[Ints, Ints]:
    match kind:
        case "lead":
            person = np.flatnonzero(known.lead_at < NEVER)
            return person, known.lead_at[person]
        case "mql":
            return known.spell_person, known.spell_at
        case "sal":
            return _taken_on(touches)
    raise ValueError(f"nothing is reached that is called {kind}; there are {', '.join(TYPES)}")


def _taken_on(touches: Touches) -> tuple[Ints, Ints]:
    """These are acceptances by sales of people whom sales did not have."""
    codes = {text: code for code, text in enumerate(touches.labels) if text in SALES_KINDS}
    rows = np.flatnonzero(np.isin(touches.kind, list(codes.values())))
    person, kind = touches.person[rows].astype(np.int64), touches.kind[rows]
    has = np.isin(kind, [codes[name] for name in _TAKEN if name in codes])
    before = np.concatenate((np.zeros(1, np.bool_), has))[: len(rows)] & ~is_first(person)
    new = (kind == codes.get("sales_accepted", -1)) & ~before
    return person[new], touches.at[rows[new]]


def _of_deals(at: Ints, known: Known, kind: str, since: int, until: int) -> Reached:
    deals = np.flatnonzero((at >= since) & (at < until))
    number = np.full(len(at), -1, np.int64)
    number[deals] = np.arange(len(deals))
    team = number[known.deal]
    there = team >= 0
    team, member = team[there], known.member[there]
    lead_at = np.full(len(deals), NEVER, np.int64)
    np.minimum.at(lead_at, team, known.lead_at[member])
    close = at[deals] if kind == "won" else np.full(len(deals), NEVER, np.int64)
    ends = Conversions(np.arange(len(deals)), at[deals], lead_at, known.opened_at[deals], close)
    return Reached(ends, team, member, deals, known.unit[member], at[deals][team])


def _first_leads(unit: Ints, lead_at: Ints) -> Ints:
    first = np.full(int(unit.max(initial=-1)) + 1, NEVER, np.int64)
    np.minimum.at(first, unit, lead_at)
    return first


def _latest(known: Known, whose: Ints, at: Ints) -> Ints:
    """This is each unit's latest opportunity at or before `at`, NEVER where there was none."""
    opened = known.opened_at[known.deal]
    there = opened < NEVER
    unit, opened = known.unit[known.member][there], opened[there]
    order = in_order(unit, opened)
    return look_up(Curve(unit[order], opened[order], opened[order], NEVER), whose, at)
