"""Who and what stands behind the people: users, the queue for leads nobody owns, campaigns, the org."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.behaviour import Activity
from sandbox.clock import DAY, SECOND, when
from sandbox.marketing import ADS, FORMS, OWN_DOMAIN, PARTNERS, Webinar, webinar, webinar_before
from sandbox.people import OWNERS, Company, Person
from sandbox.salesforce import ids, instants
from sandbox.salesforce.tables import Listed, Row
from sandbox.world import World

INTEGRATION_USER = len(OWNERS) + 1
WEBINARS_AHEAD = 2
SITE_FORMS = tuple(form for form in FORMS if form.key != "webinar" and not form.key.startswith("lp_"))

# HubSpot's words for industries, which the world speaks, in those of Salesforce.
INDUSTRIES = {
    "COMPUTER_SOFTWARE": "Technology",
    "INFORMATION_TECHNOLOGY_AND_SERVICES": "Technology",
    "FINANCIAL_SERVICES": "Finance",
    "LOGISTICS_AND_SUPPLY_CHAIN": "Transportation",
    "HOSPITAL_HEALTH_CARE": "Healthcare",
    "RETAIL": "Retail",
    "MACHINERY": "Machinery",
    "EDUCATION_MANAGEMENT": "Education",
}


def stamp(at: int) -> str:
    """This is an instant of the world (microseconds) as a row's whole second."""
    return instants.stamped(at // SECOND)


def day(at: int) -> str:
    return instants.day(when(at))


def user_id(owner: int) -> str:
    """This is an owner's user; activities and accounts that nobody owns belong to the first."""
    return ids.encode("005", max(owner, 0) + 1)


def integration_user_id() -> str:
    return ids.encode("005", INTEGRATION_USER)


def queue_id() -> str:
    return ids.encode("00G", 1)


def lead_id(index: int) -> str:
    return ids.encode("00Q", index + 1)


def contact_id(index: int) -> str:
    return ids.encode("003", index + 1)


def account_id(company: Company | None) -> str | None:
    return ids.encode("001", company.number + 1) if company else None


def opportunity_id(index: int) -> str:
    return ids.encode("006", index + 1)


def made(at: int, by: str, changed_at: int, changed_by: str = "") -> Row:
    """These are the stamps of a row. SystemModstamp is the table's own business."""
    return {
        "CreatedDate": stamp(at),
        "CreatedById": by,
        "LastModifiedDate": stamp(max(at, changed_at)),
        "LastModifiedById": changed_by or by,
    }


def users(world: World) -> Listed:
    """The salespeople in the order of their numbers, and last the user that we are."""
    first = stamp(world.start)
    people = [(each.first_name, each.last_name, each.email, each.active) for each in OWNERS]
    people.append(("", "MQL Integration", f"integration@{OWN_DOMAIN}", True))
    rows: list[Row] = []
    for number, (first_name, last_name, email, active) in enumerate(people, start=1):
        made_at = {"CreatedDate": first, "LastModifiedDate": first, "SystemModstamp": first}
        rows.append({
            "Username": f"{email}.sandbox", "FirstName": first_name or None, "LastName": last_name,
            "Name": f"{first_name} {last_name}".strip(), "Email": email, "Alias": last_name[:8].lower(),
            "IsActive": active, "TimeZoneSidKey": "Europe/Berlin", "UserType": "Standard",
            "Title": "Business Development Representative" if first_name else None,
            "ManagerId": ids.encode("005", 1) if 1 < number < len(people) else None,
            "ProfileId": ids.encode("00e", 1), **made_at,
            "CreatedById": integration_user_id(), "LastModifiedById": integration_user_id(),
        })  # fmt: skip
    return Listed(rows)


LEAD_STATUSES = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
)
TASK_STATUSES = ("Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred")


def _statuses(names: Sequence[str], first: Row, **last: str) -> list[Row]:
    """These are the rows of a list of statuses, of which the one in `last` has its flag."""
    return [
        {
            "MasterLabel": name, "ApiName": name, "SortOrder": place,
            "IsDefault": place == 1, **{flag: name == which for flag, which in last.items()}, **first,
        }
        for place, name in enumerate(names, start=1)
    ]  # fmt: skip


def small(world: World) -> dict[str, Listed]:
    """The tables that hold a handful of rows about the org itself."""
    first = made(world.start, integration_user_id(), world.start) | {"SystemModstamp": stamp(world.start)}
    queue = {"Name": "Inbound leads", "DeveloperName": "Inbound_leads", "Type": "Queue"}
    org = {
        "Name": "Acme Analytics", "OrganizationType": "Enterprise Edition", "IsSandbox": False,
        "InstanceName": "EU62", "TimeZoneSidKey": "Europe/Berlin", "LanguageLocaleKey": "en_US",
    }  # fmt: skip
    hours: Row = {"Name": "Default", "IsActive": True, "IsDefault": True, "TimeZoneSidKey": "Europe/Berlin"}
    for name in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        hours |= {f"{name}StartTime": "09:00:00.000Z", f"{name}EndTime": "17:00:00.000Z"}
    holiday = {"Name": "New Year", "ActivityDate": "2026-01-01", "IsAllDay": True, "IsRecurrence": True}
    rules: list[Row] = [
        {
            "DeveloperName": f"Standard_{kind}_Duplicate_Rule",
            "MasterLabel": f"Standard {kind} Duplicate Rule",
            "SobjectType": kind,
            "IsActive": True,
        }
        for kind in ("Contact", "Lead")
    ]
    rights: Row = dict.fromkeys(
        [f"Permissions{name}" for name in ("ApiEnabled", "EditTask", "ViewSetup", "CustomizeApplication")],
        True,
    )
    return {
        "BusinessHours": Listed([{**hours, **first}]),
        "Holiday": Listed([{**holiday, **first}]),
        "User": users(world),
        "Group": Listed([{**queue, **first}]),
        "Organization": Listed([{**org, **first}]),
        "LeadStatus": Listed(_statuses(LEAD_STATUSES, first, IsConverted="Closed - Converted")),
        "TaskStatus": Listed(_statuses(TASK_STATUSES, first, IsClosed="Completed")),
        "DuplicateRule": Listed([{**rule, **first} for rule in rules]),
        "UserPermissionAccess": Listed([{**rights, **first}]),
    }


class Campaigns:
    """All campaigns, and the id of each by its utm_campaign or, for forms, by `form:<key>`."""

    def __init__(self, world: World) -> None:
        rows = [_campaign(key, world, **more) for key, more in _kinds(world).items()]
        rows.sort(key=lambda row: str(row["SystemModstamp"]))
        keys = [row.pop("key") for row in rows]
        self.seed = Listed(rows)
        self.ids = {key: ids.encode("701", number) for number, key in enumerate(keys, start=1)}


def _kinds(world: World) -> dict[str, dict[str, Any]]:
    begin = world.start
    found: dict[str, dict[str, Any]] = {}
    for partner in PARTNERS:
        name = f"Co-marketing with {partner.name}"
        found[partner.campaign] = {"name": name, "kind": "Partners", "begin": begin, "cost": 12_000.0}
    for ad in ADS:
        name = f"Ads: {ad.campaign}"
        found[ad.campaign] = {"name": name, "kind": "Advertisement", "begin": begin, "cost": 30_000.0}
    for form in SITE_FORMS:
        found[f"form:{form.key}"] = {"name": f"Website: {form.name}", "kind": "Other", "begin": begin}
    first, last = webinar_before(begin).number, webinar_before(world.now).number + WEBINARS_AHEAD
    for event in (webinar(number) for number in range(first, last + 1)):
        found[event.campaign] = {
            "name": f"Webinar: {event.title} ({day(event.starts_at)})",
            "kind": "Webinar",
            "begin": event.starts_at - 30 * DAY,
            "event": event,
            "cost": 1_500.0,
        }
    return found


def _campaign(
    key: str,
    world: World,
    *,
    name: str,
    kind: str,
    begin: int,
    cost: float = 0.0,
    event: Webinar | None = None,
) -> Row:
    owner = user_id(0)
    over = event is not None and event.ends_at <= world.now
    changed_at = min(event.ends_at if event else begin, world.now)
    return {
        "key": key,
        "IsDeleted": False,
        "Name": name[:80],
        "Type": kind,
        "Status": "Completed" if over else "Planned" if event else "In Progress",
        "IsActive": not over,
        "StartDate": day(event.starts_at if event else begin),
        "EndDate": day(event.ends_at) if event else None,
        "BudgetedCost": cost or None,
        "ActualCost": cost or None,
        "OwnerId": owner,
        **made(min(begin, world.now), owner, changed_at),
        "SystemModstamp": stamp(changed_at),
    }


def origin(activities: tuple[Activity, ...]) -> Row:
    """These are the UTM fields: what the first address with parameters said, and the first page."""
    addresses = [activity.url for activity in activities if activity.kind in ("page_view", "form")]
    tagged = next((address for address in addresses if "utm_source=" in address), "")
    said = {name: values[0] for name, values in parse_qs(urlsplit(tagged).query).items()}
    landed = tagged or next(iter(addresses), "")
    fields = {f"UTM_{name.title()}__c": said.get(f"utm_{name}") for name in ("source", "medium", "campaign")}
    return {**fields, "Landing_Page__c": landed.partition("?")[0] or None}


def sales_owner(person: Person) -> str:
    """This is the user who works on a person; where nobody owns the person, somebody looked after her."""
    return user_id(person.owner if person.owner >= 0 else person.index % 4)
