"""What should stand in the CRMs, compared with what does. Pure: values in, changes out.

The publish step decides once per person; every record of hers converges to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.own import OWN_FIELDS, TEXT_MAX, shows
from connectors.records import Value
from scoring.definitions.conditions import GRADES
from scoring.found_through import found_through
from scoring.partners.words import evidence_sentence, influencing
from scoring.verdicts import Verdicts

POINT = 1_000
SECOND = 1_000_000
Fields = Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a plan may be before a human must release it."""

    share_percent: float = 20.0
    people_min: int = 10


def desired(
    verdicts: Verdicts, person: int, reason: str, beside: Fields | None = None
) -> dict[str, Value | None]:
    """These are the values of all our fields for one person; None means empty.

    `beside` are those that follow from more than the verdict.
    """
    definition = verdicts.judged_by(person)
    first, last, lead = (one.texts(person) for one in (verdicts.first, verdicts.last, verdicts.lead))
    partner, tier = verdicts.partner_of(person)
    values: dict[str, Value | None] = {
        "status": verdicts.status_of(person),
        "score": int(verdicts.score[person]) // POINT,
        "grade": GRADES[verdicts.grade[person]],
        "grid": verdicts.grid_of(person),
        "reason": reason,
        "definition": definition.name if definition else None,
        "definition_version": definition.version if definition else None,
        "qualified_at": int(verdicts.qualified_at[person]) // SECOND * SECOND,
        "first_channel": first[0],
        "first_source": first[1],
        "first_campaign": first[2],
        "last_channel": last[0],
        "last_source": last[1],
        "last_campaign": last[2],
        "lead_channel": lead[0],
        "lead_source": lead[1],
        "lead_campaign": lead[2],
        "found_through": found_through(verdicts.first, person),
        "partner": partner,
        "partner_tier": tier,
        "partners_influencing": ", ".join(influencing(verdicts, person)),
        "partner_evidence": evidence_sentence(verdicts, person),
        "recycled": int(verdicts.sent_back[person]) or None,
        "sla_status": None,
        "sla_due_at": None,
        **(beside or {}),
    }
    kinds = {field.name: field.type for field in OWN_FIELDS}
    return {name: _held(value, kinds[name]) for name, value in values.items()}


def _held(value: Value | None, kind: str) -> Value | None:
    """This is the value as a CRM can hold it: an empty text or no instant is an empty field."""
    if isinstance(value, str):
        return value[:TEXT_MAX].strip() or None
    return (value or None) if kind == "instant" else value


def publish(wanted: Fields, published: Fields, step: int) -> Fields:
    """This is what the CRMs should show now, given what they were told before.

    Nothing is said about people of whom there is nothing to say. A score alone is told again only when
    it has moved by `step` points, so that fading does not eat the API quota.
    """
    if not published:
        quiet = wanted["status"] == "lead" and int(wanted["score"] or 0) <= 0
        return {} if quiet else wanted
    same = all(wanted[name] == published.get(name) for name in ("status", "grade", "reason"))
    shown = published.get("score")
    if same and isinstance(shown, int) and abs(int(wanted["score"] or 0) - shown) < step:
        return {**wanted, "score": shown}
    return wanted


def difference(shown: Mapping[str, Value], own: Fields) -> dict[str, Value | None]:
    """These are the fields to write so that a record that shows `shown` ends with `own`."""
    return {name: value for name, value in own.items() if not shows(shown.get(name), value)}


def why_held(status_changes: int, people: int, *, is_first: bool, limits: Limits) -> str:
    """This says why a human should release the plan, or "" if it may run by itself."""
    if is_first:
        return "it is the first plan of this workspace"
    if status_changes > limits.people_min and status_changes * 100 > limits.share_percent * people:
        return (
            f"it changes the status of {status_changes} of {people} people, "
            f"more than {limits.share_percent:g} %"
        )
    return ""
