"""Who would be an MQL if what machines did counted. People are shown what voiding did; no CRM is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring.attribution import partner_claims, sources
from scoring.context import Context
from scoring.course import Course, course
from scoring.curves import Curve, value_at
from scoring.definitions.book import Book, Evidence
from scoring.definitions.definition import EVERYBODY_IS_HUMAN
from scoring.handoff.states import DISQUALIFIED, FREE, LEAD
from scoring.touches import Bools, Facts


def status_with_machines(facts: Facts, book: Book, context: Context, past: Course, as_of: int) -> Curve:
    """This is the status over time as if nothing were voided, of people for whom that may matter now.

    They have voided touches, and sales does not work on them; all others are leads in it.
    """
    who = _voided(facts, past) & np.isin(
        value_at(past.life.status, facts.people, as_of), (*FREE, DISQUALIFIED)
    )
    if not who.any():
        nothing = np.empty(0, np.int64)
        return Curve(nothing, nothing, nothing, LEAD)
    facts = facts.of_marked(who)
    humans = tuple(replace(one, machine=EVERYBODY_IS_HUMAN) for one in book.definitions)
    voided = np.zeros(len(facts.touches), np.bool_)
    found = sources(facts.touches, voided, context)
    claims = partner_claims(facts, voided, found, context)
    return course(
        Evidence(facts, voided, claims, context), replace(book, definitions=humans), as_of
    ).life.status


def _voided(facts: Facts, past: Course) -> Bools:
    """This marks people any of whose touches is voided by a definition that judges them."""
    who = np.zeros(facts.people, np.bool_)
    for one in past.pasts.values():
        who[facts.touches.person[one.rows[one.history.voided]]] = True
    return who
