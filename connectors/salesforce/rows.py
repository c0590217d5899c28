"""Rows of Salesforce objects as records in our words. A row that is not what it claims to be raises
`ValueError`; the caller keeps it for people to look at.

What a field becomes is written down in a plan, and a row is walked once: most fields of most rows are
empty, and a first load brings a million rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from connectors.own import OwnField
from connectors.records import Attributes, Record, Value, email_key, key_of
from connectors.salesforce import fields
from connectors.salesforce.ids import long_id, own_id
from connectors.salesforce.instants import instant

Row = Mapping[str, Any]
Pairs = Iterable[tuple[str, str]]
Read = Callable[[Any], Value]

CRM = "salesforce"
_FLAGS = {True: "true", False: "false"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What the fields of one object become: our name for each text; how each other one is read, too."""

    kind: str
    texts: Mapping[str, str]
    others: Mapping[str, tuple[str, Read]]
    own: Mapping[str, OwnField]


def lead_reader(origin: Pairs, further: Pairs = ()) -> Callable[[Row], Record]:
    """This reads leads; `origin` are the fields that say where one came from, `further` are those that
    somebody wants besides."""
    plan = _plan(
        "lead",
        texts=(*fields.LEAD_TEXTS, *origin),
        numbers=fields.SIZES,
        flags=(("HasOptedOutOfEmail", "opted_out"), ("IsConverted", "converted")),
        references=(("OwnerId", "owner_id"),),
        own=dict(fields.OWN_PAIRS),
    )

    def lead(row: Row) -> Record:
        contact = linked(row, "ConvertedContactId", "contact") if row.get("ConvertedContactId") else ""
        # also an attribute: a lead that is gone for good must still be known to be this contact
        attributes: dict[str, Value] = {"contact_key": contact} if contact else {}
        own = _read(row, plan, attributes)
        return _person(row, "lead", attributes, own, contact, further)

    return lead


def contact_reader(origin: Pairs, further: Pairs = ()) -> Callable[[Row], Record]:
    """This reads contacts, with what they take over from their accounts."""
    account_plan = _plan("company", texts=fields.ACCOUNT_TEXTS, numbers=fields.SIZES)
    plan = _plan(
        "contact",
        texts=(*fields.CONTACT_TEXTS, *origin),
        flags=(("HasOptedOutOfEmail", "opted_out"),),
        references=(("OwnerId", "owner_id"), ("AccountId", "company_id")),
        own=dict(fields.OWN_PAIRS),
    )

    def contact(row: Row) -> Record:
        attributes: dict[str, Value] = {}
        account = row.get("Account")
        if account:
            _read(parent(row, "Account"), account_plan, attributes)
        own = _read(row, plan, attributes)
        company_id = attributes.get("company_id")
        if company_id:
            attributes["company_key"] = f"{CRM}:company:{company_id}"
        return _person(row, "contact", attributes, own, "", further)

    return contact


def company(row: Row) -> Record:
    return _thing(row, _COMPANY, {}, linked(row, "MasterRecordId", "company"))


def owner(row: Row) -> Record:
    return _thing(row, _OWNER, {})


def queue(row: Row) -> Record:
    """A queue owns leads and nobody works in it: it is an owner who can be given no task."""
    attributes: dict[str, Value] = {"active": "false", "queue": "true"}
    return _thing(row, _QUEUE, attributes)


def calendar(row: Row) -> Record:
    """Business hours: a zone, and from when to when on each day. A day without hours is a free one."""
    return _thing(row, _CALENDAR, {})


def holiday(row: Row) -> Record:
    return _thing(row, _HOLIDAY, {})


def campaign(row: Row) -> Record:
    return _thing(row, _CAMPAIGN, _keys(row, (("ParentId", "parent_key", "campaign"),)))


def deal(row: Row) -> Record:
    pairs = (("AccountId", "company_key", "company"), ("CampaignId", "campaign_key", "campaign"))
    return _thing(row, _DEAL, _keys(row, pairs))


def position(row: Row, stamp: str = "SystemModstamp") -> tuple[int, str]:
    """This is the stamp and id of a row: where it stands in its stream."""
    value = row.get(stamp)
    if not isinstance(value, str):
        raise ValueError(f"{stamp} is missing")
    return instant(value), own_id(row.get("Id"))


def flag(row: Row, api_name: str) -> bool:
    value = row.get(api_name)
    if value is None or value is False or value is True:
        return bool(value)
    raise ValueError(f"{api_name}: {value!r} is neither true nor false")


def time_of(row: Row, api_name: str) -> int:
    """This is the instant in a field, 0 where it is empty."""
    value = row.get(api_name)
    if isinstance(value, str):
        return instant(value) if value else 0
    if value is None:
        return 0
    raise ValueError(f"{api_name}: {value!r} is no time")


def parent(row: Row, name: str) -> Row:
    """This is the row that a relationship points to, empty where there is none or we may not see it."""
    held = row.get(name) or {}
    if not isinstance(held, Mapping):
        raise ValueError(f"{name}: {type(held).__name__} instead of a row")
    return held


def linked(row: Row, api_name: str, kind: str) -> str:
    """This is the key of the row that a reference field names, "" where it names none."""
    value = row.get(api_name)
    return key_of(CRM, kind, long_id(value)) if value else ""


def _plan(
    kind: str,
    *,
    texts: Pairs = (),
    numbers: Pairs = (),
    flags: Pairs = (),
    references: Pairs = (),
    own: Mapping[str, OwnField] | None = None,
) -> Plan:
    others: dict[str, tuple[str, Read]] = {api: (name, fields.whole) for api, name in numbers}
    others.update({api: (name, partial(_flag, api)) for api, name in flags})
    others.update({api: (name, long_id) for api, name in references})
    return Plan(kind, {api: name for api, name in texts if api not in others}, others, own or {})


def _read(row: Row, plan: Plan, attributes: dict[str, Value]) -> dict[str, Value]:
    """This adds the attributes of a row, and hands back the values of the fields that we own."""
    own: dict[str, Value] = {}
    texts, others, owned = plan.texts, plan.others, plan.own
    for api_name, value in row.items():
        if value is None:
            continue
        if api_name in texts:
            if type(value) is str:
                if value:
                    attributes[texts[api_name]] = value
            elif value:
                raise ValueError(f"{texts[api_name]}: {type(value).__name__} instead of text")
        elif api_name in others:
            name, read = others[api_name]
            if value != "":
                attributes[name] = read(value)
        elif api_name in owned:
            own[owned[api_name].name] = fields.decode(owned[api_name], value)
    return own


def _further(row: Row, pairs: Pairs) -> Iterator[tuple[str, Value]]:
    """These are values of any type, as people write them: rules compare texts."""
    for api_name, name in pairs:
        value = row.get(api_name)
        if isinstance(value, bool):
            yield name, _FLAGS[value]
        elif isinstance(value, int | float):
            yield name, fields.whole(value)
        elif isinstance(value, str) and value:
            yield name, value


def _flag(api_name: str, value: Any) -> Value:
    """Flags are the words that rules compare with: `true`, `false`."""
    if value is True or value is False:
        return _FLAGS[value]
    raise ValueError(f"{api_name}: {value!r} is neither true nor false")


def _keys(row: Row, triples: Iterable[tuple[str, str, str]]) -> dict[str, Value]:
    return {name: key for api, name, kind in triples if (key := linked(row, api, kind))}


def _person(
    row: Row, kind: str, attributes: dict[str, Value], own: dict[str, Value], link: str, further: Pairs
) -> Record:
    if further:
        attributes.update(_further(row, further))
    address = attributes.get("email")
    named = email_key(str(address)) if address else ""
    winner = linked(row, "MasterRecordId", kind) if row.get("MasterRecordId") else ""
    return _record(row, kind, attributes, own, (named, link, winner))


def _thing(row: Row, plan: Plan, attributes: dict[str, Value], *keys: str) -> Record:
    return _record(row, plan.kind, attributes, _read(row, plan, attributes), keys)


def _record(
    row: Row, kind: str, attributes: dict[str, Value], own: dict[str, Value], keys: Iterable[str]
) -> Record:
    stamp, row_id = position(row)
    created, by, deleted = row.get("CreatedDate"), row.get("LastModifiedById"), row.get("IsDeleted")
    if deleted is not False:
        deleted = flag(row, "IsDeleted")
    created_at, changed_by = instant(created) if created else 0, f"{CRM}:{by}" if by else ""
    held, said = tuple(filter(None, keys)), Attributes(attributes)
    return Record(kind, row_id, stamp, created_at, deleted, said, own, held, changed_by)


_COMPANY = _plan(
    "company", texts=fields.COMPANY_TEXTS, numbers=fields.SIZES, references=(("OwnerId", "owner_id"),)
)
_OWNER = _plan(
    "owner",
    texts=(
        *(("Email", "email"), ("Name", "name"), ("TimeZoneSidKey", "time_zone")),
        ("ManagerId", "manager_id"),
    ),
    flags=(("IsActive", "active"),),
)
_QUEUE = _plan("owner", texts=(("Name", "name"), ("Email", "email")))
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = tuple(
    (f"{day}{edge}Time", f"{day.lower()}_{edge.lower()}") for day in DAYS for edge in ("Start", "End")
)
_CALENDAR = _plan(
    "calendar",
    texts=(("Name", "name"), ("TimeZoneSidKey", "time_zone"), *HOURS),
    flags=(("IsActive", "active"), ("IsDefault", "default")),
)
_HOLIDAY = _plan(
    "holiday",
    texts=(("Name", "name"), ("ActivityDate", "on")),
    flags=(("IsAllDay", "all_day"), ("IsRecurrence", "every_year")),
)
_CAMPAIGN = _plan(
    "campaign",
    texts=(
        *(("Name", "name"), ("Type", "type"), ("Status", "status")),
        *(("StartDate", "starts_on"), ("EndDate", "ends_on"), ("CurrencyIsoCode", "currency")),
    ),
    numbers=(("ActualCost", "cost"), ("BudgetedCost", "budget")),
    flags=(("IsActive", "active"),),
)
_DEAL = _plan(
    "deal",
    texts=(
        *(("Name", "name"), ("StageName", "stage"), ("CloseDate", "closes_on")),
        *(("LeadSource", "lead_source"), ("CurrencyIsoCode", "currency")),
    ),
    numbers=(("Amount", "amount"),),
    flags=(("IsClosed", "is_closed"), ("IsWon", "is_won")),
    references=(("OwnerId", "owner_id"),),
)
