"""One small call for each permission: may we, and what is lost if not?

Reading is probed with one row, writing with a batch of none: HubSpot looks at the token first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from connectors.calling import Declined, Request
from connectors.errors import MissingScope
from connectors.hubspot import client
from connectors.hubspot.client import Portal
from connectors.protocol import Finding

GRANT = "Grant the scopes to the service key (or private app) in HubSpot, then check again."
ONE = (("limit", "1"),)


@dataclass(frozen=True, slots=True)
class Probe:
    """One call that shows whether something may be done, and what is lost if not."""

    subject: str
    path: str
    scope: str
    lost: str = ""  # "" = nothing works without it
    query: tuple[tuple[str, str], ...] = ONE
    required: str = "results"
    body: Any = None
    is_search: bool = False  # asked with a body, and yet only read

    @property
    def writes(self) -> bool:
        return self.body is not None and not self.is_search

    @property
    def request(self) -> Request:
        if self.body is not None:
            required = {self.required: list} if self.is_search else {}
            return Request("POST", self.path, body=self.body, required=required)
        return Request("GET", self.path, query=self.query, required={self.required: list})


def _writing(subject: str, path: str, scope: str, lost: str = "") -> Probe:
    return Probe(subject, path, scope, lost, body={"inputs": []})


PROBES = (
    Probe("contacts", client.objects("contacts"), "crm.objects.contacts.read"),
    Probe("owners", client.OWNERS, "crm.objects.owners.read"),
    _writing("contacts (write)", client.objects("contacts", "batch/update"), "crm.objects.contacts.write"),
    _writing(
        "properties (create)",
        f"{client.properties('contacts')}/batch/create",
        "crm.schemas.contacts.write",
        "nothing, once the properties exist",
    ),
    Probe("companies", client.objects("companies"), "crm.objects.companies.read", "fit by company"),
    Probe("deals", client.objects("deals"), "crm.objects.deals.read", "whether MQLs become customers"),
    Probe("forms", client.FORMS, "forms", "form submissions: demo and contact requests, downloads"),
    Probe(
        "e-mail events",
        client.EMAIL_EVENTS,
        "content",
        "opens and clicks of marketing e-mail",
        required="events",
    ),
    Probe(
        "page views",
        client.EVENT_OCCURRENCES,
        "an Enterprise portal",
        "page views one by one (Enterprise portals have them)",
        (("eventType", "e_visited_page"), *ONE),
    ),
    Probe(
        "webinars",
        client.MARKETING_EVENTS,
        "crm.objects.marketing_events.read",
        "webinar registrations and attendance",
    ),
    Probe(
        "lists",
        f"{client.LISTS}/search",
        "crm.lists.read",
        "who was put on the lists that the settings name",
        required="lists",
        body={"offset": 0, "count": 1},
        is_search=True,
    ),
    Probe("calls", client.objects("calls"), "crm.objects.contacts.read", "calls of sales"),
    Probe("meetings", client.objects("meetings"), "crm.objects.contacts.read", "meetings of sales"),
    Probe(
        "one-to-one e-mails",
        client.objects("emails"),
        "sales-email-read",
        "e-mails of sales: first touch, attempts",
    ),
    Probe("tasks", client.objects("tasks"), "crm.objects.contacts.read", "calls and e-mails done as tasks"),
    Probe(
        "leads",
        client.objects("leads"),
        "crm.objects.leads.read and Sales Hub Professional",
        "stages of leads; status, stage and deals still tell what sales decided",
    ),
    Probe("campaigns", client.CAMPAIGNS, "marketing.campaigns.read", "names of campaigns"),
)


def probed(portal: Portal, probe: Probe) -> Finding:
    """This makes the call. A refusal for another reason than the scope shows that writing is permitted."""
    state: Literal["warning", "error"] = "warning" if probe.lost else "error"
    try:
        portal.call(probe.request)
    except MissingScope as error:
        cost = f"Without it the score lacks {probe.lost}. " if probe.lost else ""
        return Finding(probe.subject, state, error.subject, cost + GRANT)
    except Declined as refusal:
        if probe.writes and refusal.status != 403:
            return Finding(probe.subject, "ok", "writable")
        text = refusal.words or f"answered {refusal.status}"
        remedy = f"It takes {probe.scope}. Lost: {probe.lost or 'everything'}."
        return Finding(probe.subject, state, text, remedy)
    return Finding(probe.subject, "ok", "writable" if probe.writes else "readable")
