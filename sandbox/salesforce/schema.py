"""What an object is made of, and how its fields are written down.

One line a field: API name, type and length, what may be done with it, label, and where it applies
the object it refers to or the values it may take.

    OwnerId  reference  cud  Owner ID  > Owner: Group User
    Status   picklist:255  cud  Status  = Open - Not Contacted* | Working - Contacted

The letters: c createable, u updateable, n may be null, d has a default, r restricted picklist, x unique
external id, f not filterable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

TEXTS = frozenset({"string", "picklist", "combobox", "textarea", "email", "phone", "url", "id", "reference"})
NUMBERS = frozenset({"double", "currency", "percent", "int"})
LINE = re.compile(
    r"(?P<name>\w+) +(?P<type>\w+)(?::(?P<length>\d+))? +(?P<flags>[cundrxf]+|-) +(?P<label>[^>=]+?)"
    r"(?: +> (?P<relationship>\w+): (?P<refers>[\w ]+))?(?: +=(?P<values>.*))?"
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one object. `precision` and `scale` concern numbers only."""

    name: str
    type: str
    label: str
    length: int = 0
    flags: str = "-"
    refers: tuple[str, ...] = ()
    relationship: str | None = None
    values: tuple[str, ...] = ()
    default: str | None = None
    precision: int = 0
    scale: int = 0
    case_sensitive: bool = False

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def createable(self) -> bool:
        return "c" in self.flags

    @property
    def updateable(self) -> bool:
        return "u" in self.flags

    @property
    def nillable(self) -> bool:
        return "n" in self.flags

    @property
    def defaulted(self) -> bool:
        return "d" in self.flags

    @property
    def restricted(self) -> bool:
        return "r" in self.flags

    @property
    def unique(self) -> bool:
        return "x" in self.flags

    @property
    def filterable(self) -> bool:
        return "f" not in self.flags

    @property
    def polymorphic(self) -> bool:
        return len(self.refers) > 1


@dataclass(frozen=True, slots=True)
class SObject:
    """One object: its name, the prefix of its ids and its fields by lower-cased name."""

    name: str
    prefix: str
    plural: str
    fields: Mapping[str, Field] = field(repr=False)
    writeable: bool = True

    def field(self, name: str) -> Field | None:
        """This finds a field; names are case-insensitive in Salesforce."""
        return self.fields.get(name.lower())

    def relation(self, name: str) -> Field | None:
        """This finds the reference behind a relationship: `Owner` is `OwnerId`."""
        lowered = name.lower()
        return next(
            (each for each in self.fields.values() if (each.relationship or "").lower() == lowered), None
        )

    def with_fields(self, extra: Mapping[str, Field]) -> SObject:
        return SObject(self.name, self.prefix, self.plural, {**self.fields, **extra}, self.writeable)


STAMPS = """
CreatedDate       datetime      d  Created Date
CreatedById       reference:18  d  Created By ID  > CreatedBy: User
LastModifiedDate  datetime      d  Last Modified Date
LastModifiedById  reference:18  d  Last Modified By ID  > LastModifiedBy: User
SystemModstamp    datetime      d  System Modstamp
"""
DELETED = "IsDeleted  boolean  d  Deleted\n"


def sobject(  # one line of a table of objects: name, prefix, what it is called, what it holds
    name: str, prefix: str, plural: str, lines: str, *, deletable: bool = True, stamps: str = STAMPS
) -> SObject:
    """This reads the written-down fields of an object; the ones every object has are added."""
    label = "Activity" if name in ("Task", "Event") else spaced(name)
    text = f"Id  id:18  d  {label} ID\n{DELETED if deletable else ''}{lines}{stamps}"
    fields = [read(line) for line in text.splitlines() if line.strip()]
    return SObject(name, prefix, plural, {each.name.lower(): each for each in fields})


def spaced(name: str) -> str:
    """This is the label of a standard name: `CampaignMember` is called "Campaign Member"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def read(line: str) -> Field:
    """This reads one line."""
    match = LINE.fullmatch(line.strip())
    if match is None:
        raise ValueError(line)
    values = [value.strip() for value in (match["values"] or "").split("|") if value.strip()]
    default = next((value[:-1] for value in values if value.endswith("*")), None)
    kind = match["type"]
    return Field(
        name=match["name"],
        type=kind,
        label=match["label"],
        length=int(match["length"] or 0),
        flags=match["flags"],
        refers=tuple((match["refers"] or "").split()),
        relationship=match["relationship"],
        values=tuple(value.removesuffix("*") for value in values),
        default=default,
        precision=18 if kind in ("currency", "double") else 3 if kind == "percent" else 0,
        scale=2 if kind == "currency" else 0,
    )
