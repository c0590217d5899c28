"""Writes our fields: as many as the org takes of each record, one outcome for each write.

What the org does not take is left out and named: before the call where its description says so, after
it where it blames a field (a validation rule, say). Half a write counts as refused, with the record's id,
so that somebody hears of it. What was meant for a lead that was converted meanwhile goes to its contact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from connectors.errors import ConnectorError
from connectors.outcome import Done, Outcome, Rejected
from connectors.protocol import FieldWrite
from connectors.salesforce import outcomes
from connectors.salesforce.conversions import CONVERTED, conversions
from connectors.salesforce.delivery import Body, Settled, write_all
from connectors.salesforce.fitting import fitted
from connectors.salesforce.ids import long_id
from connectors.salesforce.org import Org

OBJECTS: Mapping[str, str] = {"lead": "Lead", "contact": "Contact"}
NOT_AS_DESCRIBED = outcomes.MISSING_FIELD | {"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "STRING_TOO_LONG"}


@dataclass(frozen=True, slots=True)
class Letter:
    """One write on its way: to whom, with what, and what had to stay behind."""

    object: str
    id: str
    fields: Mapping[str, Any]
    values: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @property
    def body(self) -> Body:
        """`attributes` must stand first, or the answer is a JSON_PARSER_ERROR."""
        return {"attributes": {"type": self.object}, "id": self.id, **self.values}


def push(org: Org, writes: Sequence[FieldWrite]) -> list[Outcome]:
    """This writes fields of leads and contacts; outcomes stand in the order of the writes."""
    settled: dict[int, Outcome] = {}
    letters: dict[int, Letter] = {}
    try:
        for kind in sorted({write.kind for write in writes} & OBJECTS.keys()):
            org.describe(OBJECTS[kind])  # once, and all of them have to wait where it fails
    except ConnectorError as error:
        return [outcomes.failed(error)] * len(writes)
    for place, write in enumerate(writes):
        try:
            letters[place] = _letter(org, write)
        except (ValueError, KeyError) as error:
            settled[place] = Rejected(f"{write.kind} {write.record_id}: {error}")
    for places in _without_repeats(letters):
        settled |= _delivered(org, {place: letters[place] for place in places})
    return [settled[place] for place in range(len(writes))]


def _letter(org: Org, write: FieldWrite) -> Letter:
    if write.kind not in OBJECTS:
        raise ValueError("only leads and contacts carry our fields")
    return _fitting(org, Letter(OBJECTS[write.kind], long_id(write.record_id), write.fields))


def _fitting(org: Org, letter: Letter) -> Letter:
    fits = fitted(letter.fields, org.describe(letter.object).fields)
    return replace(letter, values=fits.values, left_out=fits.left_out)


def _without_repeats(letters: Mapping[int, Letter]) -> list[list[int]]:
    """These are rounds in which no record occurs twice (Salesforce refuses that), each sorted by
    type: a collection may change its type ten times only."""
    rounds: list[list[int]] = []
    seen: dict[str, int] = {}
    for place, letter in letters.items():
        turn = seen.get(letter.id, 0)
        seen[letter.id] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(place)
    for places in rounds:
        places.sort(key=lambda place: (letters[place].object, letters[place].id))
    return rounds


def _delivered(org: Org, letters: Mapping[int, Letter]) -> dict[int, Outcome]:
    """This sends letters, then those again that were addressed or filled in a way that can be mended."""
    said = _sent(org, letters)
    found = {place: _outcome(letters[place], said[place]) for place in letters}
    moved = {place: one for place, one in letters.items() if CONVERTED in said[place].codes}
    if moved:
        found |= _redirected(org, moved)
    lighter = {
        place: less
        for place, one in letters.items()
        if isinstance(said[place].outcome, Rejected) and (less := _lighter(one, said[place]))
    }
    if lighter:
        for source in {one.object for place, one in lighter.items() if said[place].codes & NOT_AS_DESCRIBED}:
            org.forget(source)
        again = _sent(org, lighter)
        found |= {place: _outcome(lighter[place], again[place]) for place in lighter}
    return found


def _sent(org: Org, letters: Mapping[int, Letter]) -> dict[int, Settled]:
    empty = {place: Settled(Done(one.id)) for place, one in letters.items() if not one.values}
    numbered = [(place, one.body) for place, one in letters.items() if one.values]
    return empty | (write_all(numbered, partial(org.write, "PATCH"), org.rest) if numbered else {})


def _outcome(letter: Letter, said: Settled) -> Outcome:
    if letter.left_out and isinstance(said.outcome, Done):
        return Rejected(f"not written: {'; '.join(letter.left_out)}", outcomes.PROVISION, letter.id)
    return said.outcome


def _lighter(letter: Letter, said: Settled) -> Letter | None:
    """This is the letter without the fields that the org blames, if something is left of it."""
    values = {name: value for name, value in letter.values.items() if name.lower() not in said.blamed}
    if not values or len(values) == len(letter.values):
        return None
    names = ", ".join(sorted(letter.values.keys() - values.keys()))
    reason = said.outcome.reason if isinstance(said.outcome, Rejected) else "refused"
    return replace(letter, values=values, left_out=(*letter.left_out, f"{names} ({reason})"))


def _redirected(org: Org, letters: Mapping[int, Letter]) -> dict[int, Outcome]:
    """This writes to the contacts that these leads became."""
    try:
        became = conversions(org, [one.id for one in letters.values()])
        readdressed = {
            place: _fitting(org, Letter("Contact", became[one.id].contact_id, one.fields))
            for place, one in letters.items()
            if one.id in became
        }
    except ConnectorError as error:
        return dict.fromkeys(letters, outcomes.failed(error))
    found: dict[int, Outcome] = {}
    for places in _without_repeats(readdressed):
        said = _sent(org, {place: readdressed[place] for place in places})
        found |= {place: _outcome(readdressed[place], said[place]) for place in places}
    return found
