"""Looks at an org without changing it: may we log in, see and write what we need, and how much is left?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from connectors.calling import Declined
from connectors.errors import ConnectorError
from connectors.own import TEXT_MAX, OwnField
from connectors.protocol import Finding
from connectors.salesforce import grants, surroundings
from connectors.salesforce.choices import missing_choices
from connectors.salesforce.client import API_VERSION
from connectors.salesforce.fields import OWN_PAIRS, TASK_KEY_FIELD
from connectors.salesforce.instants import SECOND
from connectors.salesforce.org import OPTIONAL, Org
from connectors.salesforce.provision import PEOPLE
from connectors.salesforce.streams import Source

EXPIRY_NOTICE_S = 30 * 86_400
PROVISION = "Run `mqlsync provision`."
TYPES: Mapping[str, frozenset[str]] = {
    "text": frozenset({"string", "textarea"}),
    "number": frozenset({"double", "int", "currency"}),
    "instant": frozenset({"datetime"}),
    "choice": frozenset({"picklist", "string"}),
}


def check(org: Org, sources: Mapping[str, Source], *, day_share: float) -> list[Finding]:
    """This answers with one finding per thing looked at; the first failed login ends it."""
    try:
        token = org.token()
        versions = org.versions()
    except ConnectorError as error:
        return [Finding("login", "error", error.subject, grants.remedy(error.subject) or error.remedy)]
    findings = [_login(org, token.instance_url)]
    findings.append(_version(versions))
    for look in (
        partial(_limits, org, day_share),
        partial(surroundings.permissions, org),
        partial(_objects, org, sources),
        partial(_link, org),
        partial(surroundings.person_accounts, org),
        partial(surroundings.duplicate_rules, org),
        partial(surroundings.validation_rules, org),
    ):
        try:
            findings.extend(look())
        except ConnectorError as error:
            findings.append(Finding("salesforce", "error", error.subject, (error.__doc__ or "").strip()))
    return findings


def _login(org: Org, instance_url: str) -> Finding:
    """This says how we come in and when that ends. Only a certificate has an end that can be seen."""
    grant = org.grant
    ends_at = grant.ends_at()
    text = f"{grant.name} is accepted at {instance_url}"
    if ends_at is None:
        return Finding("login", "ok", f"{text}; it has no end of its own")
    text += f"; the certificate ends on {ends_at:%Y-%m-%d}"
    if (ends_at.timestamp() - org.server_now() / SECOND) < EXPIRY_NOTICE_S:
        remedy = "Make a new key and certificate, upload it to the app, put the key in place."
        return Finding("login", "warning", text, remedy)
    return Finding("login", "ok", text)


def _version(versions: list[str]) -> Finding:
    if API_VERSION in versions:
        return Finding("API version", "ok", f"v{API_VERSION} is served")
    newest = versions[-1] if versions else "none"
    remedy = "Update mqlsync to a release that speaks a version of this org."
    return Finding("API version", "error", f"v{API_VERSION} is not served (newest: {newest})", remedy)


def _limits(org: Org, day_share: float) -> Iterator[Finding]:
    day: Mapping[str, Any] = org.limits()["DailyApiRequests"]
    most, left = int(day.get("Max", 0)), int(day.get("Remaining", 0))
    ours = f"{org.share.used} by this process"
    text = f"{most - left} of {most} calls of the last 24 hours are used by all, {ours}"
    if most and most - left >= most * day_share:
        remedy = f"mqlsync rests above {day_share:.0%}: find out who else calls so much, or buy more."
        yield Finding("daily calls", "warning", text, remedy)
    else:
        yield Finding("daily calls", "ok", text)


def _objects(org: Org, sources: Mapping[str, Source]) -> Iterator[Finding]:
    for source in sources.values():
        try:
            described = org.describe(source.object, fresh=True)
        except Declined as error:
            remedy = f"Grant our user read access to {source.object}; until then its stream stays empty."
            yield Finding(source.object, "error", f"our user may not see it: {error.words}", remedy)
            continue
        yield from _readable(source, described.fields)
        if source.object in PEOPLE:
            yield from _own(source.object, described.fields)
        if source.object == "Task":
            yield from _tasks(described.grants, described.fields)


def _link(org: Org) -> Iterator[Finding]:
    return surroundings.vendor_link({source: org.describe(source).fields for source in PEOPLE})


def _readable(source: Source, seen: Mapping[str, Any]) -> Iterator[Finding]:
    ours = {TASK_KEY_FIELD, *(name for name, _ in OWN_PAIRS)}
    wanted = [name for name in source.fields if "." not in name and name not in ours]
    # An org with one currency has no CurrencyIsoCode, one without shared activities no WhoCount.
    wanted = [name for name in wanted if name in seen or name not in OPTIONAL]
    standard = [name for name in wanted if name not in seen and not name.endswith("__c")]
    custom = [name for name in wanted if name not in seen and name.endswith("__c")]
    if standard:
        text = f"not readable: {', '.join(standard)}"
        yield Finding(source.object, "warning", text, "Grant our user read access to these fields.")
    if custom:
        text = f"not in this org, or hidden from our user: {', '.join(custom)}"
        remedy = "If the org keeps them under other names, put those into the settings."
        yield Finding(source.object, "warning", text, remedy)
    if not standard and not custom:
        yield Finding(source.object, "ok", f"{len(wanted)} fields are readable")


def _own(source: str, seen: Mapping[str, Any]) -> Iterator[Finding]:
    missing = [name for name, _ in OWN_PAIRS if name not in seen]
    locked = [name for name, _ in OWN_PAIRS if name in seen and not seen[name].get("updateable")]
    odd = [text for name, field in OWN_PAIRS if name in seen and (text := _oddity(name, field, seen[name]))]
    if missing:
        yield Finding(f"{source} own fields", "error", f"missing: {', '.join(missing)}", PROVISION)
    if locked:
        remedy = f"Grant our user edit access to them. {PROVISION}"
        yield Finding(f"{source} own fields", "error", f"read-only for us: {', '.join(locked)}", remedy)
    if odd:
        remedy = f"{PROVISION} Where that is not enough, rename or delete the field in Setup first."
        yield Finding(f"{source} own fields", "error", "; ".join(odd), remedy)
    if not (missing or locked or odd):
        yield Finding(f"{source} own fields", "ok", f"{len(OWN_PAIRS)} fields are writable")


def _oddity(name: str, field: OwnField, described: Mapping[str, Any]) -> str:
    """This says how a field of our name differs from what we would have made."""
    type_ = str(described.get("type"))
    if type_ not in TYPES[field.type]:
        return f"{name} is of type {type_}, not {field.type}"
    if field.type == "text" and int(described.get("length") or 0) < TEXT_MAX:
        return f"{name} holds {described.get('length')} characters, not {TEXT_MAX}"
    absent = missing_choices(field, described)
    if described.get("restrictedPicklist") and absent:
        return f"{name} lacks the values {', '.join(absent)}"
    return ""


def _tasks(grants: Mapping[str, bool], seen: Mapping[str, Any]) -> Iterator[Finding]:
    if not grants.get("createable"):
        yield Finding("Task", "error", "our user may not create tasks", "Grant it the permission Edit Tasks.")
    key = seen.get(TASK_KEY_FIELD)
    if key and key.get("externalId") and key.get("unique"):
        yield Finding("task key", "ok", f"{TASK_KEY_FIELD} is unique: no task is made twice")
    elif key:
        text = f"{TASK_KEY_FIELD} is not a unique external id"
        yield Finding("task key", "error", text, "Tick both boxes at the field (object Activity) in Setup.")
    else:
        text = f"{TASK_KEY_FIELD} is missing: each task costs a look before it is made"
        yield Finding("task key", "warning", text, PROVISION)
