"""What sales says of somebody in the fields that are its own to write: a disposition, its reason, a custody.

The fields stand in every CRM and show only what holds now. So a word of sales is a step between two readings
of a record, dated by the field's change where the CRM tells it, else by the record's. A row that was born
with a value took it over from another one, by a conversion or a merge: that is nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.records import Record, Touch, Value

# A disposition, and the touch that it is. A reason alone is a refusal.
DISPOSITIONS: Mapping[str, str] = {
    "accepted": "sales_accepted",
    "rejected": "sales_rejected",
    "nurture": "sales_nurture",
    "recycle": "sales_recycled",
    "disqualified": "sales_disqualified",
    "dispute": "sales_disputed",
}
REASONS = (
    *("student", "competitor", "own_staff", "customer", "job_seeker", "junk", "wrong_industry", "wrong_size"),
    *("wrong_place", "no_authority", "no_budget", "bad_timing", "locked_in", "no_answer", "duplicate"),
    *("bad_data", "with_partner"),
)
OURS = "own"  # in the field of custody: no partner has her, whatever was agreed
FIELDS = ("disposition", "disposition_reason", "custody")
BORN_WITHIN = 600_000_000  # of its creation, in microseconds
MS = 1_000


def said(key: str, record: Record, before: Mapping[str, Value] | None, at: int) -> Iterator[Touch]:
    """This is what sales has said since the record was read last (None: it never was), at that instant."""
    was, now = _words(before or {}), _words(record.own)
    is_born = before is None and not record.said_at and record.stamp - record.created_at < BORN_WITHIN
    if record.deleted or now == was or is_born:
        return
    at = record.said_at or at
    (disposition, reason, custody), held = now, was[2]
    kind = DISPOSITIONS.get(disposition, "sales_rejected" if disposition or reason else "")
    if kind and (disposition, reason) != was[:2]:
        asset = reason if disposition in DISPOSITIONS else reason or disposition
        yield _touch(key, f"{disposition}:{reason}", kind, at, asset, record.changed_by)
    if custody != held:
        kind = "custody_given" if custody and custody != OURS else "custody_returned"
        yield _touch(key, f"custody:{custody}", kind, at, custody, record.changed_by)


def _words(own: Mapping[str, Value]) -> tuple[str, str, str]:
    disposition, reason, custody = (str(own.get(name, "")).strip() for name in FIELDS)
    return disposition, reason, custody.casefold()


def _touch(key: str, name: str, kind: str, at: int, asset: str, who: str) -> Touch:
    return Touch(
        key=key,
        source_id=f"said:{key.partition(':')[2]}:{name}:{at // MS}",
        kind=kind,
        occurred_at=at,
        recorded_at=at,
        asset=asset,
        referrer=who,
        provenance="disposition",
    )
