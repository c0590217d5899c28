"""Who works together. A company is what people's records of any CRM name as theirs, today.

A person whose records name two companies (one firm in two CRMs) makes one of them; so whoever hangs
together by companies are colleagues, and all of them are needed to judge one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection, text

from scoring.touches import Codes, Facts
from sync.store.engine import Store
from sync.store.facts import load_facts
from sync.store.people import ROUNDS_MAX, rows_in

_COMPANIES = (
    "SELECT i.person, r.company FROM identity i JOIN record r ON r.key = i.key "
    "WHERE i.person IN :values AND r.company <> '' AND NOT r.deleted"
)
_PEOPLE = (
    "SELECT DISTINCT i.person FROM record r JOIN identity i ON i.key = r.key "
    "WHERE r.company IN :values AND r.company <> '' AND NOT r.deleted"
)


def load_with_colleagues(tx: Connection, people: Sequence[int]) -> Facts:
    """This is everything known about the people (ascending), who know of their colleagues."""
    company = companies(tx, people)
    everybody = sorted({*people, *company})
    facts = load_facts(tx, everybody)
    asked = np.isin(everybody, list(people))
    # The asked ones come first, so that they are one range of people.
    number = np.empty(len(everybody), np.int32)
    number[np.concatenate((np.flatnonzero(asked), np.flatnonzero(~asked)))] = np.arange(len(everybody))
    codes: Codes = np.zeros(len(everybody), np.int32)
    codes[number] = [company.get(person, 0) for person in everybody]
    touches = replace(facts.touches, person=number[facts.touches.person]).in_order()
    attributes = replace(facts.attributes, person=number[facts.attributes.person])
    return Facts(len(everybody), touches, attributes, codes).of_people(0, len(people))


def wake_colleagues(store: Store) -> int:
    """The colleagues of whoever has news are due with them; it returns how many people that are."""
    with store.transaction() as tx:
        news = text("SELECT id FROM person WHERE due_at = 0 AND merged_into IS NULL")
        woken = sorted(companies(tx, tx.execute(news).scalars().all()))
        store.many(tx, "UPDATE person SET due_at = 0 WHERE id = ? AND due_at <> 0", [(one,) for one in woken])
    return len(woken)


def companies(tx: Connection, people: Iterable[int]) -> dict[int, int]:
    """This is a number for the company of each of these people and of all their colleagues."""
    named: dict[int, set[str]] = {}
    asked: set[str] = set()
    frontier = set(people)
    for _ in range(ROUNDS_MAX):
        for row in rows_in(tx, _COMPANIES, sorted(frontier)):
            named.setdefault(row.person, set()).add(row.company)
        keys = {key for person in frontier for key in named.get(person, ())} - asked
        if not keys:
            return _numbered(named)
        asked |= keys
        frontier = {row.person for row in rows_in(tx, _PEOPLE, sorted(keys))} - named.keys()
    raise RuntimeError(f"companies: {len(asked)} hang together by people with several of them")


def _numbered(named: dict[int, set[str]]) -> dict[int, int]:
    """People with a company in common get one number, from 1."""
    leader: dict[str, str] = {}

    def found(key: str) -> str:
        while leader.setdefault(key, key) != key:
            leader[key] = key = leader[leader[key]]
        return key

    for keys in named.values():
        first, *others = sorted(keys)
        for other in others:
            leader[found(other)] = found(first)
    number: dict[str, int] = {}
    return {
        person: number.setdefault(found(min(keys)), len(number) + 1) for person, keys in sorted(named.items())
    }
