"""Who belongs to whom: links that follow from the world, and links that clients made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sandbox.crm import Response
from sandbox.hubspot import ids
from sandbox.hubspot.contacts import Contacts
from sandbox.hubspot.envelopes import envelope
from sandbox.hubspot.refusals import invalid
from sandbox.hubspot.sales import Deals, Engagements
from sandbox.hubspot.search import objects
from sandbox.hubspot.tables import Kind, Table

READ_MAX, CREATE_MAX = 1_000, 2_000

# Association types by direction: the first is given where a link follows from the world, all of them
# are shown. A label is what people read; HubSpot's own unlabelled types have none.
TYPES: Mapping[tuple[str, str], tuple[tuple[int, str | None], ...]] = {
    ("contact", "company"): ((1, "Primary"), (279, None)),
    ("company", "contact"): ((2, "Primary"), (280, None)),
    ("deal", "contact"): ((3, None),),
    ("contact", "deal"): ((4, None),),
    ("deal", "company"): ((5, "Primary"), (341, None)),
    ("company", "deal"): ((6, "Primary"), (342, None)),
    ("contact", "call"): ((193, None),),
    ("call", "contact"): ((194, None),),
    ("contact", "meeting"): ((199, None),),
    ("meeting", "contact"): ((200, None),),
    ("contact", "task"): ((203, None),),
    ("task", "contact"): ((204, None),),
    ("company", "task"): ((191, None),),
    ("task", "company"): ((192, None),),
    ("contact", "email"): ((197, None),),
    ("email", "contact"): ((198, None),),
    ("lead", "contact"): ((578, "Primary"),),
    ("contact", "lead"): ((579, "Primary"),),
    ("deal", "task"): ((215, None),),
    ("task", "deal"): ((216, None),),
}
DIRECTIONS = {number: pair for pair, types in TYPES.items() for number, _ in types}


class Associations:
    """This answers and keeps links between records, from either side."""

    def __init__(self, tables: Mapping[str, Table], contacts: Contacts) -> None:
        self.tables = tables
        self.contacts = contacts
        self._made: dict[tuple[str, str, int], list[int]] = defaultdict(list)

    def reset(self) -> None:
        self._made.clear()

    def linked(self, kind: str, record_id: int, other: str) -> list[int]:
        """These records of the other type belong to a record, the world's first."""
        merged, found = self.contacts.merged, []
        losers = [loser for loser, winner in merged.items() if winner == record_id and kind == "contact"]
        for one in (record_id, *losers):
            found += [*self._given(kind, one, other), *self._made.get((kind, other, one), [])]
        if other == "contact":
            found = [self.contacts.winner(i) or i if i in merged else i for i in found]
            found = [i for i in found if i not in self.contacts.wiped]
        return list(dict.fromkeys(found))

    def link(self, kind: str, record_id: int, other: str, other_id: int) -> None:
        for key, value in (((kind, other, record_id), other_id), ((other, kind, other_id), record_id)):
            if value not in self._made[key]:
                self._made[key].append(value)

    def wanted(self, kind: str, asked: Any, now: int) -> list[tuple[str, int]]:
        """These are the links a create asks for, each checked; one bad link refuses the create."""
        found = []
        for one in objects(asked):
            for association in objects(one.get("types")):
                number = association.get("associationTypeId")
                pair = DIRECTIONS.get(number) if isinstance(number, int) else None
                if pair is None or pair[0] != kind:
                    raise invalid(f"Association type {number} is not valid from {kind}")
                other_id = _record_id((one.get("to") or {}).get("id"))
                if not self.tables[pair[1]].live(other_id, now):
                    raise invalid(f"{pair[1].upper()}={other_id} is not valid")
                found.append((pair[1], other_id))
        return found

    def read(self, kind: Kind, other: Kind, body: Any, moment: str) -> Response:
        """This is the batch read: 207 names those who are linked to nobody, which is no failure."""
        inputs = objects(body.get("inputs"))
        if len(inputs) > READ_MAX:
            raise invalid(f"At most {READ_MAX} inputs are allowed")
        results, errors = [], []
        for one in inputs:
            record_id = _record_id(one.get("id"))
            others = self.linked(kind.name, record_id, other.name)
            if others:
                to = [{"toObjectId": i, "associationTypes": _types(kind, other)} for i in others]
                results.append({"from": {"id": str(record_id)}, "to": to})
            else:
                errors.append(_nobody(kind, other, record_id))
        return envelope(results, errors, moment, 200)

    def create(self, kind: Kind, other: Kind, body: Any, now: int, moment: str) -> Response:
        """This links records; an id that is not there gives an error without context, as recorded."""
        inputs = objects(body.get("inputs"))
        if len(inputs) > CREATE_MAX:
            raise invalid(f"At most {CREATE_MAX} inputs are allowed")
        results, errors = [], []
        for one in inputs:
            ends = [(kind, _record_id((one.get("from") or {}).get("id")))]
            ends.append((other, _record_id((one.get("to") or {}).get("id"))))
            unknown = [f"{k.name.upper()}={i}" for k, i in ends if not self.tables[k.name].live(i, now)]
            if unknown:
                message = f"{unknown[0]} is not valid"
                errors.append({"status": "error", "category": "VALIDATION_ERROR", "message": message})
                continue
            (_, record_id), (_, other_id) = ends
            self.link(kind.name, record_id, other.name, other_id)
            results.append(
                {
                    "fromObjectTypeId": kind.type_id,
                    "fromObjectId": record_id,
                    "toObjectTypeId": other.type_id,
                    "toObjectId": other_id,
                    "labels": _labels(one, other),
                }
            )
        return envelope(results, errors, moment, 201)

    def shown(self, kind: Kind, record_id: int, others: list[Kind]) -> dict[str, Any]:
        """This is what `associations=` adds to a record; types without any link are left out."""
        told = {}
        for other in others:
            linked = self.linked(kind.name, record_id, other.name)
            if not linked:
                continue
            names = [f"{kind.name}_to_{other.name}"]
            if len(TYPES.get((kind.name, other.name), ())) > 1:
                names.append(f"{kind.name}_to_{other.name}_unlabeled")
            told[other.plural] = {"results": [{"id": str(i), "type": name} for i in linked for name in names]}
        return {"associations": told} if told else {}

    def _given(self, kind: str, record_id: int, other: str) -> list[int]:
        """These links follow from who works where and who talked to whom."""
        table = self.tables.get(kind)
        if table is None or not table.source.stamp(record_id, 0) or table.source.archived_at(record_id):
            return []
        if kind == "contact":
            index = ids.CONTACT.place(record_id)
            return [] if index is None else self._of_person(index, other)
        if kind == "company" and other == "contact":
            members = self.contacts.world.members(ids.COMPANY.first_place(record_id))
            people = (i for i in members if self.contacts.world.person(i).company)
            return [ids.CONTACT.of(i) for i in people if self.contacts.stamp(ids.CONTACT.of(i), 0)]
        index = self._person(table, record_id)
        if index is None or other not in ("contact", "company"):
            return []
        return [ids.CONTACT.of(index)] if other == "contact" else self._of_person(index, "company")

    def _of_person(self, index: int, other: str) -> list[int]:
        world = self.contacts.world
        source = self.tables[other].source if other in self.tables else None
        if other == "company":
            company = world.person(index).company
            return [ids.COMPANY.of(company.number)] if company else []
        if isinstance(source, Deals):
            return [ids.DEAL.of(index)] if source.steps(ids.DEAL.of(index)) else []
        return source.of_person(index) if isinstance(source, Engagements) else []

    def _person(self, table: Table, record_id: int) -> int | None:
        if isinstance(table.source, Deals):
            return ids.DEAL.place(record_id)
        if isinstance(table.source, Engagements):
            found = table.source.activity(record_id)
            return found[0] if found else None
        return None


def _labels(one: Any, other: Kind) -> list[str]:
    """A link of a labelled type repeats the label, as recorded: the company's contact is primary."""
    asked = {t.get("associationTypeId") for t in objects(one.get("types"))}
    return ["Primary Company"] if 2 in asked and other.name == "contact" else []


def _types(kind: Kind, other: Kind) -> list[dict[str, Any]]:
    return [
        {"category": "HUBSPOT_DEFINED", "typeId": number, "label": label}
        for number, label in TYPES.get((kind.name, other.name), ())
    ]


def _nobody(kind: Kind, other: Kind, record_id: int) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {other.name} is associated with {kind.name} {record_id}.",
        "context": {
            "fromObjectId": [str(record_id)],
            "fromObjectType": [kind.name],
            "toObjectType": [other.name],
        },
    }


def _record_id(value: Any) -> int:
    if not str(value).isdigit():
        raise invalid(f"{value} is not a valid object id")
    return int(value)
