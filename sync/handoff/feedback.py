"""What of the word of sales somebody must look at: disputes, reasons that are in no list, words of programs.

Kept as the facts show it, with every verdict; so a dispute that sales has settled is listed no longer. What
is listed was not lost: each entry says how it was taken meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from scoring.handoff.custody import FIELD
from scoring.handoff.reasons import UNHEARD, WORDS, Feedback
from scoring.touches import Facts
from sync import clock
from sync.batch import Batch
from sync.store.engine import Store
from sync.store.people import rows_in

ABOUT: Mapping[str, str] = {
    "dispute": "sales disputes that she is an MQL; she stays what she was until sales decides",
    "unknown reason": "no reason of this name is in the list; it was taken as a refusal like any other",
    "program": "a program said so in the name of sales; it changed nothing",
    "unknown partner": "no partner goes by this name; she is with a partner all the same",
    "advice": "somebody has to do something besides",
}
_STORED = "SELECT person, at, about, said, reason, who, note FROM remark WHERE person IN :values"
_BY_FIELD = (
    "SELECT t.id FROM touch t JOIN label l ON l.id = t.provenance "
    "WHERE l.text = 'disposition' AND t.id IN :values"
)
_FORGET = "DELETE FROM remark WHERE person = ?"
_SAVE = "INSERT INTO remark (person, at, about, said, reason, who, note) VALUES (?, ?, ?, ?, ?, ?, ?)"
_LIST = text(
    "SELECT r.person, r.at, r.about, r.said, r.reason, r.who, r.note, MIN(i.key) AS key FROM remark r "
    "JOIN identity i ON i.person = r.person AND i.key NOT LIKE 'email:%' "
    "GROUP BY r.person, r.at, r.about, r.said, r.reason, r.who, r.note ORDER BY r.at DESC, r.person"
)
_Row = tuple[int, int, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to look at; `key` is one of her records."""

    person: int
    key: str
    at: int
    about: str
    said: str
    reason: str
    who: str
    note: str


@dataclass(frozen=True, slots=True)
class _Word:
    touch: int
    person: int
    at: int
    kind: str
    asset: str
    who: str


def save_remarks(store: Store, tx: Connection, batch: Batch, feedback: Feedback) -> None:
    """This keeps what is to be looked at of these people; of most there is nothing."""
    words = list(_words(batch.facts))
    by_field = {row.id for row in rows_in(tx, _BY_FIELD, [one.touch for one in words if one.asset])}
    derived: dict[int, list[_Row]] = {}
    found = dict.fromkeys((*_remarks(batch, words, by_field, feedback), *_strangers(batch)))
    for row in sorted(found):
        derived.setdefault(row[0], []).append(row)
    stored: dict[int, list[_Row]] = {}
    for row in rows_in(tx, _STORED, batch.people):
        stored.setdefault(row.person, []).append(tuple(row))
    news = [one for one in derived.keys() | stored.keys() if derived.get(one) != sorted(stored.get(one, ()))]
    store.many(tx, _FORGET, [(person,) for person in sorted(news)])
    store.many(tx, _SAVE, [row for person in sorted(news) for row in derived.get(person, ())])


def _words(facts: Facts) -> Iterator[_Word]:
    """These are the words of sales as they were said, in order of time for each person."""
    touches, labels = facts.touches, facts.touches.labels
    codes = [code for code, label in enumerate(labels) if label in WORDS]
    for row in np.flatnonzero(np.isin(touches.kind, codes)).tolist() if codes else ():
        yield _Word(
            *(int(touches.id[row]), int(touches.person[row]), int(touches.at[row])),
            *(labels[touches.kind[row]], labels[touches.asset[row]], labels[touches.referrer[row]]),
        )


def _remarks(batch: Batch, words: Sequence[_Word], by_field: set[int], feedback: Feedback) -> Iterator[_Row]:
    last = {one.person: one.at for one in words if feedback.meaning(one.kind, one.asset, one.who) != UNHEARD}
    for one in words:
        reason = feedback.reason(one.asset) if one.asset else None
        if feedback.meaning(one.kind, one.asset, one.who) == UNHEARD:
            about, note = "program", ""
        elif one.kind == "sales_disputed":
            about, note = "dispute", ""
        elif one.asset and reason is None:
            about, note = "unknown reason", ""
        else:
            about, note = "advice", reason.advice if reason else ""
        is_settled = one.at < last.get(one.person, 0) and about in ("dispute", "advice")
        is_status = about == "unknown reason" and one.touch not in by_field
        if not is_settled and not is_status and (note or about != "advice"):
            said = one.kind.removeprefix("sales_")
            yield batch.people[one.person], one.at, about, said, one.asset, one.who, note


def _strangers(batch: Batch) -> Iterator[_Row]:
    given, touches = batch.verdicts.custodies, batch.facts.touches
    now = batch.verdicts.as_of
    for row in np.flatnonzero(
        (given.partner < 0) & (given.source == FIELD) & (given.ended_at > now)
    ).tolist():
        touch = given.touch[row]
        name, who = touches.labels[touches.asset[touch]], touches.labels[touches.referrer[touch]]
        person, at = batch.people[int(given.person[row])], int(given.given_at[row])
        yield person, at, "unknown partner", "custody", name, who, ""


@dataclass(frozen=True, slots=True)
class Disputes:
    """Everything that is to be looked at, the newest first."""

    remarks: tuple[Remark, ...]

    def lines(self) -> Iterator[str]:
        """This is the list for a terminal, by what it is about."""
        if not self.remarks:
            yield "Nothing is disputed, and every word of sales was understood."
        for about, what in ABOUT.items():
            some = [one for one in self.remarks if one.about == about]
            if some:
                yield f"{about} ({len(some)}): {what}"
            for one in some:
                said = ": ".join(part for part in (one.said, one.reason) if part)
                tail = "".join(f", {part}" for part in (one.who and f"by {one.who}", one.note) if part)
                yield f"  {clock.text(one.at)[:16]}  person {one.person} ({one.key})  {said}{tail}"

    def as_dict(self) -> dict[str, Any]:
        return {"remarks": [{**asdict(one), "at": clock.text(one.at)} for one in self.remarks]}


def disputes(store: Store) -> Disputes:
    """This is what somebody must look at."""
    with store.reading() as tx:
        rows = tx.execute(_LIST).all()
    return Disputes(
        tuple(Remark(r.person, r.key, r.at, r.about, r.said, r.reason, r.who, r.note) for r in rows)
    )
