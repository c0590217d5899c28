"""Touches, attributes, definitions and an instant in; verdicts out. The only entry.

The same function serves one person, a thousand dirty people and everybody: people are independent of
each other, so any batch gives the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from scoring.attribution import first_last_and_lead, partner_claims, sources
from scoring.context import Context
from scoring.course import Course, course
from scoring.curves import Index, value_at
from scoring.definitions.book import Book, Evidence, machine_touches
from scoring.definitions.definition import POINT, Definition
from scoring.definitions.holds import Deeds
from scoring.engagement import Pulses
from scoring.handoff.reasons import heard
from scoring.history import History, parts
from scoring.partners.claims import Claims
from scoring.recheck import UNPUBLISHED, Shown, recheck_at
from scoring.together import joined
from scoring.touches import NEVER, Codes, Facts, Ints, Labels
from scoring.verdicts import MQL, Episodes, Standing, Steps, Verdicts
from scoring.with_machines import status_with_machines

__all__ = ["NO_CONTEXT", "UNPUBLISHED", "score"]

NO_CONTEXT = Context()


def score(
    facts: Facts,
    by: Book | Definition,
    as_of: int,
    *,
    context: Context = NO_CONTEXT,
    published: Ints | None = None,
    score_step: int = 5 * POINT,
    lead_at: Ints | None = None,
) -> Verdicts:
    """This judges every person of `facts` at `as_of`, by a book or by one definition alone.

    `published` holds the score the CRM shows per person (UNPUBLISHED where none); it is replaced once
    the true score has moved by `score_step`, which is one of the things `recheck_at` looks out for.
    `lead_at` is when a CRM first had each person (NEVER: nobody knows).
    """
    facts = heard(facts, context.feedback)
    shown = np.full(facts.people, UNPUBLISHED, np.int64) if published is None else published
    leads = np.full(facts.people, NEVER, np.int64) if lead_at is None else lead_at
    book = by if isinstance(by, Book) else Book.alone(by)
    labels = Labels()
    cut = list(parts(facts)) or [(0, facts)]
    found = []
    for first, part in cut:
        mine = slice(first, first + part.people)
        told = Shown(shown[mine], score_step)
        found.append(_verdicts(part, book, context, told, leads[mine], as_of, labels))
    if len(found) == 1:
        return found[0]
    people = np.array([first for first, _ in cut])
    rows = np.searchsorted(facts.touches.person, people)
    return joined(found, people, rows, facts.people)


def _verdicts(
    facts: Facts, book: Book, context: Context, shown: Shown, lead_at: Ints, as_of: int, labels: Labels
) -> Verdicts:
    people, touches = facts.people, facts.touches
    voided = machine_touches(touches, book)
    found = sources(touches, voided, context)
    claims = partner_claims(facts, voided, found, context)
    past = course(Evidence(facts, voided, claims, context), book, as_of)
    with_machines = status_with_machines(facts, book, context, past, as_of)
    first, last, lead = first_last_and_lead(touches, found, lead_at, as_of, labels)
    episodes, steps = _begun(past.life.episodes, as_of), past.life.steps.begun(as_of)
    return Verdicts(
        as_of=as_of,
        people=people,
        definition=value_at(past.judge, people, as_of).astype(np.int32),
        definitions=book.definitions,
        status=value_at(past.life.status, people, as_of).astype(np.int32),
        score=value_at(past.score, people, as_of),
        engagement=value_at(past.engagement, people, as_of),
        fit=value_at(past.fit, people, as_of),
        grade=value_at(past.grade, people, as_of).astype(np.int32),
        cell=value_at(past.cell, people, as_of).astype(np.int32),
        reason=value_at(past.reason, people, as_of).astype(np.int32),
        reasons=book.reasons,
        qualified_at=_latest(episodes, people),
        recheck_at=recheck_at(facts, past, with_machines, claims, shown, as_of),
        first=first,
        last=last,
        lead=lead,
        partner=_holder(claims, people, as_of, len(context.partners)),
        partners=tuple(partner.slug for partner in context.partners),
        tiers=tuple(partner.tier for partner in context.partners),
        claims=claims,
        claimants=tuple(partner.name for partner in context.partners),
        influence=context.claim_rules.influence,
        would_be_mql=value_at(with_machines, people, as_of) == MQL,
        sent_back=value_at(past.life.sent_back, people, as_of).astype(np.int32),
        word=_words(steps, people),
        episodes=episodes,
        steps=steps,
        custodies=past.life.custodies.begun(as_of),
        standing=_standing(past, people, as_of, lambda one: one.pulses),
        done=_standing(past, people, as_of, lambda one: one.deeds),
    )


def _latest(episodes: Episodes, people: int) -> Ints:
    """This is when each person last became an MQL, 0 for who never did."""
    qualified_at = np.zeros(people, np.int64)
    qualified_at[episodes.person] = episodes.qualified_at  # the latest is assigned last
    return qualified_at


def _begun(episodes: Episodes, as_of: int) -> Episodes:
    """This keeps spells that have begun by `as_of`, and their ends only where they have come."""
    begun = episodes.qualified_at <= as_of
    ended = (episodes.ended_at <= as_of)[begun]
    return Episodes(
        episodes.person[begun],
        episodes.number[begun],
        episodes.qualified_at[begun],
        np.where(ended, episodes.ended_at[begun], 0),
        np.where(ended, episodes.ended_by[begun], 0).astype(np.int32),
        episodes.definition[begun],
        episodes.recycled[begun],
    )


def _words(steps: Steps, people: int) -> Ints:
    """This is the touch of sales that made each person what she is, -1 where time or nothing did."""
    row: Ints = np.full(people, -1, np.int64)
    row[steps.person] = steps.touch  # the latest is assigned last
    return row


def _standing(
    past: Course, people: int, as_of: int, of: Callable[[History], Sequence[Pulses | Deeds]]
) -> Standing:
    """This lists what is up at `as_of`, of the definition that judges then."""
    judge = value_at(past.judge, people, as_of)
    person, rule, row, at = [], [], [], []
    for index, one in past.pasts.items():
        for number, found in enumerate(of(one.history)):
            up = (found.start <= as_of) & (found.end > as_of) & (judge[found.person] == index)
            person.append(found.person[up])
            rule.append(np.full(int(up.sum()), number, np.int32))
            row.append(_rows_of(one.rows, found.row[up]))
            at.append(found.start[up])
    who, when = np.concatenate([*person, []]).astype(np.int32), np.concatenate([*at, []]).astype(np.int64)
    by_rule = np.concatenate([*rule, []]).astype(np.int32)
    order = np.lexsort((when, by_rule, who))
    return Standing(
        who[order], by_rule[order], np.concatenate([*row, []]).astype(np.int64)[order], when[order]
    )


def _rows_of(rows: Index, row: Index) -> Index:
    """This is the touches' rows in all the facts; a moment without a touch of hers keeps its -1."""
    return np.append(rows, -1)[row]


def _holder(claims: Claims, people: int, as_of: int, partners: int) -> Codes:
    holder: Codes = np.full(people, -1, np.int32)
    holds = claims.holds(as_of) & (claims.partner < partners)  # behind the last one stands own marketing
    holder[claims.person[holds]] = claims.partner[holds]
    return holder
