"""What a portal gives us: token, scopes, our properties, limits. Looks only, changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from connectors.calling import Declined, Request
from connectors.errors import ConnectorError, MissingScope, NotAuthorised, OverQuota, Unreachable
from connectors.hubspot import client, fields, lag, provision, tasks, values
from connectors.hubspot.client import Portal
from connectors.hubspot.probes import GRANT, PROBES, probed
from connectors.protocol import Finding

NEARLY_FULL = 0.9
PROVISION = "Run `mqlsync provision`."
# (calls in ten seconds, calls a day) that a tier has at least, the highest first
TIERS = (
    (250, 0, "with the API limit increase"),
    (190, 1_000_000, "Enterprise"),
    (190, 0, "Professional or Enterprise"),
    (110, 0, "any tier, as an OAuth app"),
    (0, 0, "Free or Starter"),
)


def check(portal: Portal, further: Iterable[str] = ()) -> list[Finding]:
    """This looks at everything once; a bad token or a portal out of reach ends the look. `further` are
    properties of contacts that the settings name."""
    findings: list[Finding] = []
    try:
        for found in _looks(portal, further):
            findings.append(found)  # noqa: PERF402 (those before an error stay)
    except (NotAuthorised, Unreachable, OverQuota) as error:
        return [*findings, Finding("connection", "error", error.subject, error.remedy)]
    return findings


def _looks(portal: Portal, further: Iterable[str]) -> Iterator[Finding]:
    yield _account(portal)
    yield Finding("token", "ok", portal.access.kind)
    for probe in PROBES:
        yield probed(portal, probe)
    yield from _properties(portal, further)
    yield _task_key(portal)
    yield from _room(portal)
    yield lag.sample(portal)
    yield from _limits(portal)


def _account(portal: Portal) -> Finding:
    try:
        data = portal.details()
    except (MissingScope, Declined) as error:
        return Finding(
            "account", "warning", error.subject, "The day's limit is taken to end at midnight UTC."
        )
    zone = data.get("timeZone") or "unknown"
    return Finding(
        "account", "ok", f"portal {data['portalId']}, time zone {zone}: the day of its limits ends there"
    )


def _properties(portal: Portal, further: Iterable[str]) -> list[Finding]:
    try:
        there = provision.definitions(portal, "contacts")
    except (MissingScope, Declined) as error:
        return [Finding("properties", "error", error.subject, GRANT)]
    findings = [*_own(there), *(_named(name, there) for name in further)]
    if "salesforceleadid" in there or "salesforcecontactid" in there:
        text = "this portal syncs with Salesforce by HubSpot's own link"
        names = ", ".join(fields.OWN)
        remedy = f"Leave these properties out of that link's field mappings: {names}."
        findings.append(Finding("vendor link", "warning", text, remedy))
    else:
        findings.append(Finding("vendor link", "ok", "no link of HubSpot's own to Salesforce is visible"))
    return findings


def _own(there: Mapping[str, Mapping[str, object]]) -> Iterator[Finding]:
    subject = "contacts own properties"
    missing = [name for name in fields.OWN if name not in there]
    objections = {
        name: wrong
        for name, field in fields.OWN.items()
        if name in there and (wrong := provision.objection(field, there[name]))
    }
    short = [f"{name} {wrong}" for name, wrong in objections.items() if wrong.startswith("lacks")]
    odd = [f"{name} {wrong}" for name, wrong in objections.items() if not wrong.startswith("lacks")]
    if missing:
        yield Finding(subject, "error", f"missing: {', '.join(missing)}", PROVISION)
    if short:
        yield Finding(subject, "error", "; ".join(short), PROVISION)
    if odd:
        yield Finding(subject, "error", "; ".join(odd), provision.OTHER_TYPE)
    if not (missing or objections):
        yield Finding(subject, "ok", f"{len(fields.OWN)} properties are there")


def _named(name: str, there: Mapping[str, object]) -> Finding:
    subject = f"contacts.{name}"
    if name in there:
        return Finding(subject, "ok", "is read as an attribute")
    return Finding(subject, "error", "does not exist", "Correct its name under `attributes` in the settings.")


def _task_key(portal: Portal) -> Finding:
    subject = f"tasks.{fields.TASK_KEY}"
    try:
        unique = tasks.has_unique_key(portal)
    except (MissingScope, Declined) as error:
        return Finding(subject, "warning", error.subject)
    if unique:
        return Finding(subject, "ok", "unique: tasks are created by key")
    text = "absent: tasks are looked up by their text before they are created"
    return Finding(subject, "warning", text, "Run `mqlsync provision`; not every portal allows it.")


def _room(portal: Portal) -> Iterator[Finding]:
    """How many more custom properties contacts may have, where the portal tells."""
    request = Request("GET", client.CUSTOM_PROPERTY_LIMITS, allowed=frozenset({403, 404}))
    try:
        data = portal.call(request).data
    except ConnectorError:
        return
    for row in data.get("results", ()) if isinstance(data, dict) else ():
        if not isinstance(row, dict) or row.get("objectTypeId", row.get("objectType")) not in (
            "0-1",
            "contacts",
        ):
            continue
        usage, limit = row.get("usage"), row.get("limit")
        if isinstance(usage, int) and isinstance(limit, int) and limit > 0:
            text = f"{usage} of {limit} custom properties of contacts are used"
            is_full = usage >= limit * NEARLY_FULL
            remedy = f"mqlsync needs {len(fields.OWN)} of them." if is_full else ""
            yield Finding("room", "warning" if is_full else "ok", text, remedy)


def _limits(portal: Portal) -> Iterator[Finding]:
    usage = portal.caller.usage
    tier = next(name for burst, day, name in TIERS if portal.burst >= burst and usage.day_limit >= day)
    yield Finding("tier", "ok", f"{portal.burst} calls in ten seconds: {tier}")
    if not usage.day_limit:
        yield Finding("limits", "ok", "HubSpot does not show a daily limit to this token")
        return
    used = (
        f"{usage.day_used} of {usage.day_limit} calls of the day are used, {usage.day_left} are left for us"
    )
    text = f"{used} (portal's clock: {values.iso(portal.now())})"
    remedy = "" if usage.day_left else "Work goes on at the portal's midnight, or raise `daily_share`."
    yield Finding("limits", "ok" if usage.day_left else "warning", text, remedy)
