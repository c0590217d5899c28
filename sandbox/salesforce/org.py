"""One org: its objects, their rows, who we are in it, and which custom fields we may see.

A custom field that was made through the API exists, but for us it is not there until a permission
set grants it and is assigned to our user: hidden from describe, refused in queries and writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.salesforce import ids, instants
from sandbox.salesforce.objects import OBJECTS
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.tables import Empty, Row, Seed, Table

ACTIVITIES = ("Task", "Event")
BY_PREFIX = {each.prefix: each.name for each in OBJECTS.values()}


@dataclass(frozen=True, slots=True)
class Grant:
    """What a permission set lets its users do with one field."""

    may_read: bool
    may_edit: bool


class Org:
    """The state of the fake org. `now` gives microseconds since 1970."""

    def __init__(self, seeds: Mapping[str, Seed], now: Callable[[], int], *, user_id: str) -> None:
        self.now = now
        self.user_id = user_id
        self.id = ids.encode("00D", 1)
        self.lag_s = 0.0
        self.writes: Counter[str] = Counter()
        self.deleted: dict[str, dict[str, int]] = {}  # the log: object → id → second
        self.log_from = 0  # a large log is purged early
        self.custom: dict[str, dict[str, Field]] = {}
        self.described_at = now() // 1_000_000
        self.tables = {
            name: Table(each.prefix, seeds.get(name, Empty()), lambda: now() / 1_000_000)
            for name, each in OBJECTS.items()
        }
        self.made: dict[str, tuple[str, Mapping[str, Any]]] = {}  # custom fields: id → full name, metadata
        self._fields = 0
        self._visible: dict[str, SObject] = {}

    def stamp(self) -> str:
        """This is now as a row's stamp: whole seconds."""
        return instants.stamped(self.now() // 1_000_000)

    def find(self, record_id: str) -> tuple[str, Row] | None:
        """This is the row behind an 18-character id, with the name of its object."""
        name = BY_PREFIX.get(record_id[:3])
        row = self.tables[name].find(record_id) if name else None
        return (name, row) if name and row else None

    def sobject(self, name: str) -> SObject | None:
        """This is an object as our user sees it. Names are case-insensitive."""
        canonical = next((each for each in OBJECTS if each.lower() == name.lower()), None)
        if canonical is None:
            return None
        if canonical not in self._visible:
            self._visible[canonical] = OBJECTS[canonical].with_fields(self._granted(canonical))
        return self._visible[canonical]

    def hidden(self, name: str, field: str) -> bool:
        """This says whether a custom field exists that our user does not see."""
        seen = self.sobject(name)
        return field.lower() in self.custom.get(name, {}) and (seen is None or seen.field(field) is None)

    def add_field(self, object_name: str, field: Field) -> str:
        """This adds a custom field; fields of activities are shared by tasks and events."""
        for each in ACTIVITIES if object_name == "Activity" else (object_name,):
            self.custom.setdefault(each, {})[field.name.lower()] = field
            if field.unique:
                self.tables[each].watch(field.name, case_sensitive=field.case_sensitive)
        self.permissions_changed()
        self._fields += 1
        return ids.encode("00N", self._fields)

    def change_field(self, object_name: str, field: Field) -> None:
        """This gives a custom field another description."""
        for each in ACTIVITIES if object_name == "Activity" else (object_name,):
            self.custom[each][field.name.lower()] = field
        self.permissions_changed()

    def permissions_changed(self) -> None:
        """What our user sees is worked out anew, and describe answers are no longer what they were."""
        self._visible.clear()
        self.described_at = self.now() // 1_000_000

    def _granted(self, name: str) -> dict[str, Field]:
        grants = self._grants()
        visible: dict[str, Field] = {}
        for key, field in self.custom.get(name, {}).items():
            shared = ACTIVITIES if name in ACTIVITIES else (name,)
            held = [grants[place] for each in shared if (place := f"{each}.{field.name}".lower()) in grants]
            if any(grant.may_read for grant in held):
                may_edit = any(grant.may_edit for grant in held)
                flags = field.flags if may_edit else field.flags.replace("c", "").replace("u", "")
                visible[key] = replace(field, flags=flags)
        return visible

    def _grants(self) -> dict[str, Grant]:
        """These fields (`lead.mql_score__c`) are granted by the permission sets assigned to our user."""
        assigned = {
            row["PermissionSetId"]
            for row in self.tables["PermissionSetAssignment"].written()
            if row["AssigneeId"] == self.user_id
        }
        grants: dict[str, Grant] = {}
        for row in self.tables["FieldPermissions"].written():
            if row["ParentId"] in assigned:
                name = row["Field"].lower()
                held = grants.get(name, Grant(may_read=False, may_edit=False))
                may_read = held.may_read or row["PermissionsRead"]
                grants[name] = Grant(may_read, held.may_edit or row["PermissionsEdit"])
        return grants
