"""The object types of the portal, by every name under which the API accepts them."""

from __future__ import annotations

from sandbox.hubspot import ids
from sandbox.hubspot.contacts import Contacts
from sandbox.hubspot.properties import Properties
from sandbox.hubspot.refusals import refused
from sandbox.hubspot.rows import Source
from sandbox.hubspot.sales import Companies, Deals, Engagements, Written
from sandbox.hubspot.tables import Kind, Table
from sandbox.world import World

_RECORD = "contacts/{portal}/record/%s/{id}"
_ACTIVITY = ("hs_lastmodifieddate", "hs_createdate", ())
KINDS = {
    kind.name: kind
    for kind in (
        Kind("contact", "contacts", "0-1", "lastmodifieddate", "createdate",
             ("email", "firstname", "lastname"), _RECORD % "0-1", ("hs_all_contact_vids", "{id}")),
        Kind("company", "companies", "0-2", "hs_lastmodifieddate", "createdate",
             ("name", "domain"), _RECORD % "0-2"),
        Kind("deal", "deals", "0-3", "hs_lastmodifieddate", "createdate",
             ("dealname", "amount", "dealstage", "pipeline", "closedate"), _RECORD % "0-3"),
        Kind("call", "calls", "0-48", *_ACTIVITY, "calls/{portal}/review/{id}"),
        Kind("meeting", "meetings", "0-47", *_ACTIVITY, "contacts/{portal}/record/0-47/{id}"),
        Kind("task", "tasks", "0-27", *_ACTIVITY, "tasks/{portal}/view/all/task/{id}",
             ("hs_obj_coords", "0-27-{id}")),
        Kind("email", "emails", "0-49", *_ACTIVITY, _RECORD % "0-49"),
        Kind("lead", "leads", "0-136", *_ACTIVITY, _RECORD % "0-136"),
    )
}  # fmt: skip


def tables(world: World, contacts: Contacts, *, unique_tasks: bool) -> dict[str, Table]:
    """These are the tables of the portal by the singular name of the object type."""
    sources: dict[str, tuple[Source, ids.Ids]] = {
        "contact": (contacts, ids.CONTACT),
        "company": (Companies(world), ids.COMPANY),
        "deal": (Deals(world), ids.DEAL),
        "call": (Engagements(world, "call", ids.CALL), ids.CALL),
        "meeting": (Engagements(world, "meeting", ids.MEETING), ids.MEETING),
        "task": (Written(), ids.TASK),
        "email": (Written(), ids.EMAIL),
        "lead": (Written(), ids.LEAD),
    }
    return {
        name: Table(KINDS[name], *sources[name], Properties(name, unique_tasks or name != "task"))
        for name in KINDS
    }


def kind_named(text: str) -> Kind:
    """This finds an object type by singular, plural or type id, in any case."""
    folded = text.casefold()
    for kind in KINDS.values():
        if folded in (kind.name, kind.plural, kind.type_id):
            return kind
    raise refused(400, f"Unable to infer object type from: {text}")
