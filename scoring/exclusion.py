"""Who never qualifies, and which clicks no human made. Everything keeps its reason.

Voided touches stay where they are and are only not counted. Exclusions look at the whole history:
a rejection by sales does not make a competitor a prospect.
"""

from __future__ import annotations

from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from scoring.context import Context
from scoring.curves import (
    Curve,
    Spans,
    any_of,
    changes,
    deltas,
    from_deltas,
    holding,
    look_up,
    next_marked,
    reaches,
    spans,
    total,
)
from scoring.definition import (
    Because,
    Definition,
    Did,
    Domains,
    HasAttribute,
    IsMachine,
    IsOwnStaff,
    IsPartnerStaff,
    MachineClicks,
    Repeated,
)
from scoring.fit import attribute_curve
from scoring.patterns import passes
from scoring.rules.behaviour import repeated
from scoring.rules.moments import Chosen, Timeline
from scoring.touches import NEVER, SALES_KINDS, Bools, Facts, Ints, Touches

# What may come from a mail program or a scanner, or from us: no sign of a human on the other side.
NOT_HUMAN = ("email_open", "email_click", "call", "sales_email", "unsubscribe", *SALES_KINDS)


def machine_clicks(touches: Touches, rule: MachineClicks) -> Bools:
    """This marks clicks on at least `links` different links of one mail within less than `within`.

    Each link of a mail is up for `within` from every click on it. Where enough links are up at once,
    every click of that mail that is still up was part of the burst.
    """
    voided = np.zeros(len(touches), np.bool_)
    code = {label: code for code, label in enumerate(touches.labels)}.get("email_click")
    rows = np.flatnonzero(touches.kind == code) if code is not None else np.empty(0, np.intp)
    if len(rows) < rule.links:
        return voided
    at = touches.at[rows]
    mail = _numbered(_numbered(touches.person[rows], touches.campaign[rows]), touches.asset[rows])
    link = _numbered(mail, touches.url[rows])
    mail_of = np.zeros(int(link.max()) + 1, np.int64)
    mail_of[link] = mail
    up = holding(_sorted_spans(link, at, at + rule.within))
    burst = spans(reaches(from_deltas(mail_of[up.person], up.at, deltas(up)), rule.links))
    # [start, end) of a burst meets [click, click + within) exactly for clicks in this wider span.
    part = holding(Spans(burst.person, burst.start - rule.within + 1, burst.end))
    voided[rows] = look_up(part, mail, at) == 1
    return voided


def _numbered(one: npt.NDArray[Any], two: npt.NDArray[Any]) -> Ints:
    """This gives every distinct pair of codes one number."""
    pair = (one.astype(np.int64) << 31) | two
    return np.unique(pair, return_inverse=True)[1].astype(np.int64)


def _sorted_spans(person: Ints, start: Ints, end: Ints) -> Spans:
    order = np.lexsort((start, person))
    return Spans(person[order], start[order], end[order])


def reason_curve(facts: Facts, timeline: Timeline, definition: Definition, context: Context) -> Curve:
    """This is the index of the first exclusion that holds, -1 while none does."""
    conditions = [
        any_of([_cause(facts, timeline, cause, context) for cause in exclusion.causes])
        for exclusion in definition.exclusions
    ]
    # One bit per exclusion, so that one sum carries them all.
    held = total(
        [Curve(one.person, one.at, one.value << bit, one.base << bit) for bit, one in enumerate(conditions)]
    )
    return changes(held.person, held.at, _lowest_bit(held.value), int(_lowest_bit(np.array([held.base]))[0]))


def _lowest_bit(bits: Ints) -> Ints:
    return np.where(bits == 0, -1, np.round(np.log2(np.maximum(bits & -bits, 1))).astype(np.int64))


def _cause(facts: Facts, timeline: Timeline, cause: Because, context: Context) -> Curve:
    match cause:
        case HasAttribute(field, test):
            return attribute_curve(facts.attributes, field, lambda text: int(passes(test, text)), 0)
        case IsOwnStaff():
            return _from_domain(facts, context.own_domains)
        case IsPartnerStaff():
            return _from_domain(facts, tuple(d for partner in context.partners for d in partner.domains))
        case Did():
            return _did(timeline, cause)
        case IsMachine():
            return _only_machine(facts.people, timeline)
    assert_never(cause)


def _from_domain(facts: Facts, hosts: tuple[str, ...]) -> Curve:
    test = Domains(hosts)
    return attribute_curve(facts.attributes, "email_domain", lambda text: int(passes(test, text)), 0)


def _did(timeline: Timeline, cause: Did) -> Curve:
    chosen = timeline.choose(cause.match)
    person = timeline.touches.person[chosen.row].astype(np.int64)
    within = cause.within or NEVER
    found = repeated(Chosen(chosen.row, person, chosen.at), Repeated(cause.times, within))
    who = timeline.touches.person[found.row].astype(np.int64)
    return holding(Spans(who, found.start, np.minimum(found.end, NEVER)))


def _only_machine(people: int, timeline: Timeline) -> Curve:
    """This is up from the first voided click to the first thing that a human did."""
    touches = timeline.touches
    codes = [code for code, label in enumerate(touches.labels) if label in NOT_HUMAN]
    human = ~timeline.voided & ~np.isin(touches.kind, codes)
    start = next_marked(touches.person, touches.at, timeline.voided, people)
    end = next_marked(touches.person, touches.at, human, people)
    who = np.flatnonzero(start < end)
    return holding(Spans(who, start[who], end[who]))
