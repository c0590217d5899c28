"""One person many times over, each time with other touches, so that all of them can be judged at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from scoring.curves import Index
from scoring.touches import Attributes, Codes, Facts, Touches, touches_of

ROWS_MAX = 200_000  # touches of all copies together
TEXTS = ("kind", "asset", "page", "campaign", "url", "referrer")


def copies(facts: Facts, made: Sequence[Sequence[Mapping[str, Any]]], at: int) -> Facts:
    """These are copies of person 0, each with the touches made for it at `at`, and with her colleagues."""
    count, world = len(made), facts.everybody
    first = int(world.touches.id.max(initial=0)) + 1
    rows = [{**row, "person": person, "at": at} for person, some in enumerate(made) for row in some]
    new = touches_of(row | {"id": first + number, "recorded_at": at} for number, row in enumerate(rows))
    alone = _repeated(facts, count)
    alone = replace(alone, touches=_joined(alone.touches, new).in_order())
    if not len(facts.company) or not facts.company[0]:
        return alone
    others = _colleagues(facts)
    if len(others.touches) * count > ROWS_MAX:
        return replace(alone, company=np.full(count, facts.company[0], np.int32), whole=world)
    return _together(alone, _repeated(others, count), others.people)


def _colleagues(facts: Facts) -> Facts:
    """This is everybody else at the company of person 0."""
    world = facts.everybody
    marked = world.company == facts.company[0]
    marked[world.touches.person[np.isin(world.touches.id, facts.touches.id)]] = False
    who = np.flatnonzero(marked)
    number = np.zeros(world.people, np.int32)
    number[who] = np.arange(len(who))
    theirs = world.of_marked(marked)
    return Facts(
        len(who),
        replace(theirs.touches, person=number[theirs.touches.person]),
        replace(theirs.attributes, person=number[theirs.attributes.person]),
    )


def _repeated(facts: Facts, count: int) -> Facts:
    """This is everybody `count` times, one time after the other."""

    def again(person: Codes) -> tuple[Index, Codes]:
        turn = np.repeat(np.arange(count), len(person))
        whose = turn * facts.people + np.tile(person, count)
        return np.tile(np.arange(len(person)), count), whose.astype(np.int32)

    row, person = again(facts.touches.person)
    known, whose = again(facts.attributes.person)
    return Facts(
        count * facts.people,
        replace(facts.touches.take(row), person=person),
        replace(facts.attributes.take(known), person=whose),
    )


def _together(alone: Facts, others: Facts, each: int) -> Facts:
    """This gives every copy a company of its own, with `each` of the others."""
    count = alone.people
    shift = np.int32(count)
    touches = _joined(alone.touches, replace(others.touches, person=others.touches.person + shift))
    company = np.concatenate((np.arange(count), np.repeat(np.arange(count), each))).astype(np.int32) + 1
    mine, theirs = alone.attributes, others.attributes
    attributes = Attributes(
        mine.labels,
        np.concatenate((mine.person, theirs.person + shift)),
        np.concatenate((mine.at, theirs.at)),
        np.concatenate((mine.name, theirs.name)),
        np.concatenate((mine.value, theirs.value)),
    )
    everybody = Facts(count + others.people, touches.in_order(), attributes, company)
    return everybody.of_people(0, count)


def _joined(one: Touches, two: Touches) -> Touches:
    """These are the rows of both, with labels in common."""
    code = {text: number for number, text in enumerate(one.labels)}
    table = np.array([code.setdefault(text, len(code)) for text in two.labels], np.int32)
    columns: dict[str, Any] = {}
    for name in (column.name for column in fields(Touches)[1:]):
        mine, theirs = getattr(one, name), getattr(two, name)
        columns[name] = np.concatenate((mine, table[theirs] if name in TEXTS else theirs))
    return Touches(list(code), **columns)
