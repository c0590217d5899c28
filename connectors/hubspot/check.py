"""What a portal gives us: token, scopes, our properties, limits. Looks only, changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.calling import Declined, Request
from connectors.errors import ConnectorError, MissingScope, NotAuthorised, Unreachable
from connectors.hubspot import client, fields, provision, tasks, values
from connectors.hubspot.client import Portal
from connectors.protocol import Finding

GRANT = "Grant the scopes to the service key (or private app) in HubSpot, then check again."


@dataclass(frozen=True, slots=True)
class Probe:
    """One call that shows whether something may be read, and what is lost if not."""

    subject: str
    path: str
    lost: str = ""  # "" = nothing works without it
    query: tuple[tuple[str, str], ...] = (("limit", "1"),)
    required: str = "results"


def _probes() -> tuple[Probe, ...]:
    return (
        Probe("contacts", client.objects("contacts")),
        Probe("owners", client.OWNERS),
        Probe("companies", client.objects("companies"), "fit by company"),
        Probe("deals", client.objects("deals"), "whether MQLs become customers"),
        Probe("forms", client.FORMS, "form submissions: demo and contact requests, downloads"),
        Probe(
            "e-mail events", client.EMAIL_EVENTS, "opens and clicks of marketing e-mail", required="events"
        ),
        Probe(
            "page views",
            client.EVENT_OCCURRENCES,
            "page views (Enterprise portals have them)",
            (("eventType", "e_visited_page"), ("limit", "1")),
        ),
        Probe("webinars", client.MARKETING_EVENTS, "webinar registrations and attendance"),
        Probe("campaigns", client.CAMPAIGNS, "names of campaigns"),
    )


def check(portal: Portal) -> list[Finding]:
    """This looks at everything once; a bad token or a portal out of reach ends the look."""
    findings: list[Finding] = []
    try:
        findings.append(_account(portal))
        findings.extend(_probed(portal, probe) for probe in _probes())  # keeps those before an error
        findings += _properties(portal)
        findings.append(_task_key(portal))
    except (NotAuthorised, Unreachable) as error:
        return [*findings, Finding("connection", "error", error.subject, (error.__doc__ or "").strip())]
    return [*findings, _limits(portal)]


def _account(portal: Portal) -> Finding:
    try:
        data = portal.call(Request("GET", client.ACCOUNT_DETAILS, required={"portalId": int})).data
    except (MissingScope, Declined) as error:
        return Finding("account", "warning", error.subject)
    return Finding("account", "ok", f"portal {data['portalId']}, time zone {data.get('timeZone', 'unknown')}")


def _probed(portal: Portal, probe: Probe) -> Finding:
    request = Request("GET", probe.path, query=probe.query, required={probe.required: list})
    try:
        portal.call(request)
    except MissingScope as error:
        remedy = f"Without it the score lacks {probe.lost}. {GRANT}" if probe.lost else GRANT
        return Finding(probe.subject, "warning" if probe.lost else "error", error.subject, remedy)
    except Declined as refusal:
        text = refusal.words or f"answered {refusal.status}"
        return Finding(probe.subject, "warning" if probe.lost else "error", text, f"Lost: {probe.lost}.")
    return Finding(probe.subject, "ok", "readable")


def _properties(portal: Portal) -> list[Finding]:
    try:
        there = provision.definitions(portal, "contacts")
    except (MissingScope, Declined) as error:
        return [Finding("properties", "error", error.subject, GRANT)]
    findings = [_own(name, there) for name in fields.OWN]
    if "salesforceleadid" in there or "salesforcecontactid" in there:
        text = "this portal syncs with Salesforce by HubSpot's own link"
        remedy = f"Leave every {fields.PREFIX}* property out of that link's field mappings."
        findings.append(Finding("vendor link", "warning", text, remedy))
    return findings


def _own(name: str, there: Mapping[str, Mapping[str, object]]) -> Finding:
    subject = f"contacts.{name}"
    if name not in there:
        return Finding(subject, "error", "does not exist", "Run `mqlsync provision`.")
    wrong = provision.objection(fields.OWN[name], there[name])
    if wrong:
        remedy = "Run `mqlsync provision`." if wrong.startswith("lacks") else provision.OTHER_TYPE
        return Finding(subject, "error", wrong, remedy)
    return Finding(subject, "ok", "exists")


def _task_key(portal: Portal) -> Finding:
    subject = f"tasks.{fields.TASK_KEY}"
    try:
        unique = tasks.has_unique_key(portal)
    except ConnectorError as error:
        return Finding(subject, "warning", error.subject)
    if unique:
        return Finding(subject, "ok", "unique: tasks are created by key")
    text = "absent: tasks are looked up by their text before they are created"
    return Finding(subject, "warning", text, "Run `mqlsync provision`; not every portal allows it.")


def _limits(portal: Portal) -> Finding:
    usage = portal.caller.usage
    if not usage.day_limit:
        return Finding("limits", "ok", "HubSpot does not show a daily limit to this token")
    used = f"{usage.day_used} of {usage.day_limit} calls of the day are used"
    ends = values.iso(portal.now())
    return Finding("limits", "ok", f"{used} (portal's clock: {ends})")
