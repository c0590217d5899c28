"""What leads say about people, and what sales made of them: row in, touches out, nothing else touched.

Source ids are built from record ids, so that a row read twice is one touch. A row that is deleted says
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from connectors.records import Record, Touch
from connectors.salesforce.ids import long_id
from connectors.salesforce.instants import DAY, SECOND, day
from connectors.salesforce.meanings import Meanings, Pairs
from connectors.salesforce.rows import CRM, Row, flag, time_of


def lead_teller(meanings: Meanings, origin: Pairs) -> Callable[[Row, Record], list[Touch]]:
    """This makes what reads from a lead, from its row and the record that this became, how it came in, what
    sales made of it, and whether it was converted. `origin` are the fields that say where it came from, with
    our names for them. Many leads come by few ways and have few statuses: both are worked out once.
    """
    fields = tuple(api_name for api_name, _ in origin)
    names = tuple(name for _, name in origin)

    @lru_cache(maxsize=1024)
    def arrival(ways: tuple[object, ...]) -> tuple[str, str, str]:
        """This is the address, its path, and the campaign."""
        came_by = tuple((name, str(value)) for name, value in zip(names, ways, strict=True) if value)
        url = origin_url(came_by)
        return url, urlsplit(url).path, dict(came_by).get("utm_campaign", "")

    @lru_cache(maxsize=256)
    def decided(status: object) -> tuple[str, str]:
        """This is a status as text, and the kind of decision that it is, if it is any."""
        return str(status), _disposition(str(status), meanings)

    def told(row: Row, lead: Record) -> list[Touch]:
        if lead.deleted:
            return []
        get = row.get
        lead_id, created = lead.id, lead.created_at
        key = f"{CRM}:lead:{lead_id}"
        touches = []
        ways = tuple(map(get, fields))
        if any(ways):
            url, path, campaign = arrival(ways)
            source = str(get("LeadSource") or "")
            way = (source, path, 0, campaign, url, "", "lead")
            touches.append(Touch(key, f"lead:{lead_id}:created", "form_submission", created, created, *way))
        status, kind = decided(get("Status") or "")
        if get("ConvertedDate"):
            touches += _conversion(row, lead)
        elif kind:
            at, by = _changed(row, lead), _user_key(get("LastModifiedById"))
            name = f"lead:{lead_id}:status:{status}"
            touches.append(Touch(key, name, kind, at, at, status, referrer=by, provenance="lead"))
        return touches

    return told


def _changed(row: Row, lead: Record) -> int:
    return time_of(row, "LastModifiedDate") or lead.stamp


def _disposition(status: str, meanings: Meanings) -> str:
    for name, kind in meanings.statuses:
        if name.casefold() == status.casefold():
            return kind
    if _among(status, meanings.accepted_statuses):
        return "sales_accepted"
    return "sales_rejected" if _among(status, meanings.rejected_statuses) else ""


@lru_cache(maxsize=256)
def _among(status: str, names: frozenset[str]) -> bool:
    return status in names or status.casefold() in {name.casefold() for name in names}


def _conversion(row: Row, lead: Record) -> Iterator[Touch]:
    """ConvertedDate is a day without a time. A converted lead is read-only, so its last change is
    the conversion itself, unless something touched it on a later day."""
    key, lead_id = f"{CRM}:lead:{lead.id}", lead.id
    at = min(_changed(row, lead), day(row["ConvertedDate"]) + DAY - SECOND)
    yield Touch(key, f"lead:{lead_id}:converted", "sales_accepted", at, at, provenance="lead")
    if row.get("ConvertedOpportunityId"):
        deal_id = long_id(row["ConvertedOpportunityId"])
        yield Touch(
            key, f"lead:{lead_id}:opportunity:{deal_id}", "opportunity_created", at, at, provenance="lead"
        )


def of_lead_history(row: Row, meanings: Meanings) -> Iterator[Touch]:
    """A status that sales gave a lead. It is told twice: once under the name that the lead itself would
    give it, whose date would be the lead's last change, and once for each time it happens again."""
    status = str(row.get("NewValue") or "")
    kind = _disposition(status, meanings)
    if not kind or flag(row, "IsDeleted"):
        return
    lead_id, row_id, at = long_id(row.get("LeadId")), long_id(row.get("Id")), time_of(row, "CreatedDate")
    name, by = f"lead:{lead_id}:status:{status}", _user_key(row.get("CreatedById"))
    for source_id in (name, f"{name}:{row_id}"):
        yield Touch(
            *(f"{CRM}:lead:{lead_id}", source_id, kind, at, at, status),
            referrer=by,
            provenance="lead_history",
        )


def _user_key(user_id: object) -> str:
    """This is who said so, as touches name people of the org."""
    return f"{CRM}:{user_id}" if user_id else ""


def origin_url(came_by: Pairs) -> str:
    """This is the landing page with the campaign parameters that the lead carries in fields of its own.

    A parameter that already stands in the address stays as it is there.
    """
    landing = dict(came_by).get("landing_page", "").strip()
    if "." in landing.partition("/")[0] and "://" not in landing:
        landing = f"https://{landing}"  # people type www.example.com/page
    try:
        parts = urlsplit(landing)
    except ValueError:  # an address such as http://[broken
        return landing
    present = {name.casefold() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    added = urlencode([(n, value) for n, value in came_by if n.startswith("utm_") and n not in present])
    query = "&".join(part for part in (parts.query, added) if part)
    return urlunsplit(parts._replace(path=parts.path or "/", query=query))
