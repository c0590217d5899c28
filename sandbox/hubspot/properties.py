"""The properties of each object type: what exists, what may be written, and how a value is kept.

All values are texts; the type of the property says what a text must look like. Properties that a
client creates are added here and vanish with a reset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.clock import DAY, iso
from sandbox.clock import instant as parsed_instant
from sandbox.hubspot.catalogue import CATALOGUE, CREATED, OPTIONS
from sandbox.hubspot.ids import OWNER
from sandbox.hubspot.refusals import invalid, refused
from sandbox.people import OWNERS

UNIQUE_MAX = 10
USER_ID = "88842095"  # who owns the private app through which clients write
REFERENCED = {"associatedcompanyid": "COMPANY", "hubspot_owner_id": "OWNER"}
MONEY = frozenset({"annualrevenue", "amount"})
TEXT_MAX = 65_536
TYPES = ("string", "number", "date", "datetime", "enumeration", "bool")
FIELD_TYPES = ("text", "textarea", "number", "date", "select", "radio", "checkbox", "booleancheckbox", "html")


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object type."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    description: str = ""
    options: tuple[Mapping[str, Any], ...] = ()
    read_only: bool = False
    unique: bool = False
    ours: bool = False  # created through the API, not by HubSpot
    created_at: int = CREATED
    form_field: bool = False

    @property
    def open_options(self) -> bool:
        """Owners and the like: the options are elsewhere, any value is taken."""
        return self.type == "enumeration" and not self.options

    def wire(self) -> dict[str, Any]:
        """This is how the properties API shows a definition."""
        shown = {
            "updatedAt": iso(self.created_at),
            "createdAt": iso(self.created_at),
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": list(self.options),
            "displayOrder": -1,
            "calculated": self.field_type.startswith("calculation"),
            "externalOptions": self.open_options,
            "hasUniqueValue": self.unique,
            "hidden": False,
            "modificationMetadata": {
                "archivable": True,
                "readOnlyDefinition": not self.ours,
                "readOnlyValue": self.read_only,
            },
            "formField": self.form_field,
            "dataSensitivity": "non_sensitive",
        }
        if self.name in REFERENCED:
            shown["referencedObjectType"] = REFERENCED[self.name]
        if self.ours or self.name in MONEY:
            shown["showCurrencySymbol"] = self.name in MONEY
        if self.ours:
            return shown | {"createdUserId": USER_ID, "updatedUserId": USER_ID, "archived": False}
        return shown | {"hubspotDefined": True}

    def kept(self, value: Any) -> str | None:
        """This is how the portal keeps a value; ValueError with HubSpot's error code if it refuses it."""
        if value is None or value == "":
            return None
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        if self.type in KEPT:
            return KEPT[self.type](text)
        if self.options:
            return self._option(text)
        if len(text) > TEXT_MAX:
            raise ValueError("PROPERTY_VALUE_TOO_LONG", f"{self.name} is too long")
        return text

    def _option(self, text: str) -> str:
        allowed = [option["value"] for option in self.options]
        chosen = text.split(";") if self.field_type == "checkbox" else [text]
        for one in chosen:
            if one and one not in allowed:
                raise ValueError("INVALID_OPTION", f"{one} was not one of the allowed options: {allowed}")
        return text


def _number(text: str) -> str:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError("INVALID_INTEGER", f"{text} was not a valid number.") from None
    if not value.is_finite():
        raise ValueError("INVALID_INTEGER", f"{text} was not a valid number.")
    return format(value.normalize(), "f") if value else "0"


def _instant(text: str) -> str:
    try:
        return iso(parsed_instant(text))
    except (ValueError, OverflowError):
        raise ValueError("INVALID_LONG", f"{text} was not a valid long.") from None


def _date(text: str) -> str:
    day = _instant(text)
    if parsed_instant(day) % DAY:
        raise ValueError("INVALID_DATE", f"{text} is not midnight UTC.")
    return day[:10]


def _boolean(text: str) -> str:
    if text.lower() not in ("true", "false"):
        raise ValueError("INVALID_BOOLEAN", f"{text} was not a valid boolean.")
    return text.lower()


KEPT: Mapping[str, Callable[[str], str]] = {
    "number": _number,
    "datetime": _instant,
    "date": _date,
    "bool": _boolean,
}


@dataclass(slots=True)
class Properties:
    """All properties of one object type, and the groups they stand in."""

    object_type: str
    unique_allowed: bool = True
    named: dict[str, Property] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """This goes back to what HubSpot ships."""
        self.groups = {f"{self.object_type}information": "Information"}
        group = next(iter(self.groups))
        self.named = {}
        for line in filter(None, CATALOGUE[self.object_type].splitlines()):
            name, kind, field_type, flags, label = line.split(None, 4)
            options = tuple(
                {"label": value, "value": value, "displayOrder": order, "hidden": False, "description": ""}
                for order, value in enumerate(OPTIONS.get(name, ()))
            )
            self.named[name] = Property(
                name, label, kind, field_type, group, options=options, read_only="r" in flags
            )

    def create_group(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        name, label = asked.get("name"), asked.get("label")
        if not isinstance(name, str) or not isinstance(label, str) or not name:
            raise invalid("Invalid input JSON: name and label are required")
        if name in self.groups:
            raise refused(409, f"A group named '{name}' already exists.", "OBJECT_ALREADY_EXISTS")
        self.groups[name] = label
        return self.group(name)

    def group(self, name: str) -> dict[str, Any]:
        order = list(self.groups).index(name)
        return {"name": name, "label": self.groups[name], "displayOrder": order, "archived": False}

    def create(self, asked: Mapping[str, Any], now: int) -> Property:
        """This creates one property, or says why not in HubSpot's way."""
        name = str(asked.get("name", "")).lower()
        kind, field_type = asked.get("type"), asked.get("fieldType")
        if not name.isidentifier() or kind not in TYPES or field_type not in FIELD_TYPES:
            raise invalid(f"Invalid property definition: {name or 'name missing'}")
        if asked.get("groupName") not in self.groups:
            raise invalid(f"Property group {asked.get('groupName')} does not exist")
        if name in self.named:
            message = f"A property named '{name}' already exists."
            raise refused(409, message, "OBJECT_ALREADY_EXISTS", subCategory="Properties.PROPERTY_EXISTS")
        unique = asked.get("hasUniqueValue") is True
        if unique and not self.unique_allowed:
            raise invalid(f"Unique properties are not supported for {self.object_type}")
        if unique and sum(p.unique for p in self.named.values()) >= UNIQUE_MAX:
            raise invalid(f"An object may have at most {UNIQUE_MAX} unique properties")
        made = Property(
            name=name,
            label=str(asked.get("label") or name),
            type=str(kind),
            field_type=str(field_type),
            group=str(asked["groupName"]),
            description=str(asked.get("description", "")),
            options=_options(asked.get("options") or []),
            unique=unique,
            ours=True,
            created_at=now,
            form_field=asked.get("formField") is True,
        )
        self.named[name] = made
        return made

    def accepted(self, values: Mapping[str, Any]) -> tuple[dict[str, str | None], list[dict[str, Any]]]:
        """These are the values as kept, and the problems of those that are refused."""
        kept: dict[str, str | None] = {}
        problems: list[dict[str, Any]] = []
        for name, value in values.items():
            known = self.named.get(name)
            if known is None:
                problems.append(_problem(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
            elif known.read_only:
                text = f'"{name}" is a read only property; its value cannot be set.'
                problems.append(_problem(name, "READ_ONLY_VALUE", text))
            elif name == "hubspot_owner_id" and value not in (None, "") and not _is_owner(str(value)):
                problems.append(
                    _problem(name, "INVALID_OWNER_ID", f"Owner {value} does not exist or has left")
                )
            else:
                try:
                    kept[name] = known.kept(value)
                except ValueError as refusal:
                    code, text = refusal.args
                    problems.append(_problem(name, code, text))
        return kept, problems


def _is_owner(text: str) -> bool:
    return any(owner.active and text == str(OWNER.of(owner.number)) for owner in OWNERS)


def _problem(name: str, code: str, message: str) -> dict[str, Any]:
    return {"message": message, "error": code, "name": name}


def _options(asked: list[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Options keep the order that was given; those without one come after the others."""
    last = max((option.get("displayOrder", 0) for option in asked), default=0)
    made = []
    for option in asked:
        if not isinstance(option.get("value"), str) or not isinstance(option.get("label"), str):
            raise invalid("Invalid option: label and value are required")
        if "displayOrder" not in option:
            last += 1
        made.append(
            {
                "label": option["label"],
                "value": option["value"],
                "description": option.get("description", ""),
                "displayOrder": option.get("displayOrder", last),
                "hidden": option.get("hidden", False),
            }
        )
    return tuple(made)
