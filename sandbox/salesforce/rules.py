"""What an org's people set up around its rows: validation, duplicate rules, triggers, and other transactions.

A record is refused by itself; a trigger that breaks takes its whole batch along, as Apex does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce import ids
from sandbox.salesforce.refusals import RecordRefused, RequestRefused

Record = Mapping[str, Any]
PASSES_ALERTS = re.compile(r"\ballowSave\s*=\s*true\b", re.IGNORECASE)
FROM_RULES = re.compile(r"\bFROM\s+ValidationRule\b", re.IGNORECASE)
BROKEN = "{name}: execution of BeforeUpdate caused by: System.LimitException: Too many SOQL queries: 101"


@dataclass(frozen=True, slots=True)
class Validation:
    """Whoever writes this field is refused with these words."""

    object: str
    field: str
    message: str


@dataclass(slots=True)
class Rules:
    """What is set up now. `locked` writes more run into somebody else's transaction."""

    locked: int = 0
    validations: list[Validation] = field(default_factory=list)
    duplicates: dict[str, str] = field(default_factory=dict)  # object → alert or block
    batch_max: dict[str, int] = field(default_factory=dict)  # object → how many its trigger stands
    stumbling: set[str] = field(default_factory=set)  # ids over which a trigger falls

    def refuse_batch(self, records: Sequence[Record]) -> RecordRefused | None:
        """This is the refusal of all records together, where a trigger breaks."""
        for name in {_type(record) for record in records}:
            some = [record for record in records if _type(record) == name]
            if len(some) > self.batch_max.get(name, len(some)) or self.stumbling & {
                _id(each) for each in some
            }:
                text = BROKEN.format(name=f"Acme{name}Trigger")
                return RecordRefused("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)
        return None

    def check(self, record: Record, duplicate_header: str) -> None:
        """This refuses one record."""
        if self.locked:
            self.locked -= 1
            message = f"unable to obtain exclusive access to this record or 1 records: {_id(record)}"
            raise RecordRefused("UNABLE_TO_LOCK_ROW", message.rstrip(": "))
        names = {name.lower() for name in record}
        for rule in self.validations:
            if rule.object == _type(record) and rule.field.lower() in names:
                raise RecordRefused("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, [rule.field])
        how = self.duplicates.get(_type(record))
        if how == "block" or (how == "alert" and not PASSES_ALERTS.search(duplicate_header)):
            raise RecordRefused("DUPLICATES_DETECTED", "Use one of these records?")

    def tooling_query(self, text: str, version: str) -> dict[str, Any]:
        """This lists the validation rules to a tool that asks; it knows no other question."""
        if not FROM_RULES.search(text):
            raise RequestRefused(400, "INVALID_TYPE", "sObject type is not supported.")
        rows = [self._shown(number, rule, version) for number, rule in enumerate(self.validations, start=1)]
        return {
            "size": len(rows), "totalSize": len(rows), "done": True, "queryLocator": None,
            "entityTypeName": "ValidationRule", "records": rows,
        }  # fmt: skip

    @staticmethod
    def _shown(number: int, rule: Validation, version: str) -> dict[str, Any]:
        base = f"/services/data/{version}/tooling/sobjects"
        rule_id = ids.encode("03d", number)
        entity = {"attributes": {"type": "EntityDefinition", "url": f"{base}/EntityDefinition/{rule.object}"}}
        return {
            "attributes": {"type": "ValidationRule", "url": f"{base}/ValidationRule/{rule_id}"},
            "ValidationName": f"{rule.field.removesuffix('__c')}_is_frozen",
            "EntityDefinition": {**entity, "QualifiedApiName": rule.object},
        }


def _type(record: Record) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, Mapping) else None
    return name if isinstance(name, str) else ""


def _id(record: Record) -> str:
    found = next((value for name, value in record.items() if name.lower() == "id"), None)
    return (ids.canonical(found) or found) if isinstance(found, str) else ""
