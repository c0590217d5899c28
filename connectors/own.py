"""The fields that belong to us in every CRM: the only ones we ever write by default.

Names here are ours; each connector's `fields.py` says what its CRM calls them and how a value is
encoded. `decode(encode(value)) == value` for every value that `fits`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from connectors.dispositions import DISPOSITIONS, REASONS
from connectors.records import Value

STATUSES = (
    *("lead", "mql", "sal", "appointment", "sql", "customer"),
    *("lost", "nurture", "recycled", "rejected", "with_partner", "disqualified"),
)
GRADES = ("A", "B", "C", "D")
SLA_STATES = ("running", "paused", "met", "breached", "closed")
CELLS = tuple(f"{grade}{engaged}" for grade in GRADES for engaged in "123")
CUT = "…"  # stands at the end of a text that a field is too short for
TEXT_MAX = 255  # Salesforce text fields end here; HubSpot's are longer


@dataclass(frozen=True, slots=True)
class OwnField:
    """One field of ours. Numbers are whole, instants (microseconds) fall on whole seconds.

    A few are made by us for sales to write: we read them, and never change them.
    """

    name: str
    label: str
    type: Literal["text", "number", "instant", "choice"]
    description: str
    choices: tuple[str, ...] = ()
    is_theirs: bool = False  # sales writes it, and we read it


OWN_FIELDS: tuple[OwnField, ...] = (
    OwnField(
        "status",
        "MQL status",
        "choice",
        "Where this person stands, by the definition named beside it.",
        STATUSES,
    ),
    OwnField("score", "MQL score", "number", "Engagement plus fit, in points."),
    OwnField("grade", "MQL grade", "choice", "How well person and company fit: A is best.", GRADES),
    OwnField("grid", "MQL grid", "choice", "Fit (A to D) and engagement (1 to 3): A1 is the best.", CELLS),
    OwnField("reason", "MQL reason", "text", "Why, in one sentence."),
    OwnField("definition", "MQL definition", "text", "The definition that judged this person."),
    OwnField("definition_version", "MQL definition version", "text", "The version of that definition."),
    OwnField("qualified_at", "MQL since", "instant", "The moment at which the definition was met."),
    OwnField("first_channel", "First touch channel", "text", "Channel of the first known touch."),
    OwnField("first_source", "First touch source", "text", "Source of the first known touch."),
    OwnField("first_campaign", "First touch campaign", "text", "Campaign of the first known touch."),
    OwnField("last_channel", "Last touch channel", "text", "Channel of the latest touch."),
    OwnField("last_source", "Last touch source", "text", "Source of the latest touch."),
    OwnField("last_campaign", "Last touch campaign", "text", "Campaign of the latest touch."),
    OwnField("lead_channel", "Lead creation channel", "text", "Channel of the touch that made her a lead."),
    OwnField("lead_source", "Lead creation source", "text", "Source of the touch that made her a lead."),
    OwnField("lead_campaign", "Lead creation campaign", "text", "Campaign of that touch."),
    OwnField("found_through", "MQL found through", "text", "How this person found us, and the evidence."),
    OwnField("partner", "MQL partner", "text", "The partner who brought this person, by evidence."),
    OwnField("partner_tier", "MQL partner tier", "text", "That partner's tier."),
    OwnField(
        "partners_influencing",
        "MQL partners influencing",
        "text",
        "Other partners who had to do with this person shortly before she became MQL.",
    ),
    OwnField(
        "partner_evidence",
        "MQL partner evidence",
        "text",
        "Who holds the claim, on what evidence, since and until when; whose claim lost, and why.",
    ),
    OwnField("sla_status", "SLA status", "choice", "How the promised follow-up stands.", SLA_STATES),
    OwnField("sla_due_at", "SLA due", "instant", "By when the next follow-up is owed, or was."),
    OwnField("recycled", "MQL recycled", "number", "How often sales gave this person back to marketing."),
    OwnField(
        "disposition",
        "MQL disposition",
        "choice",
        "For sales to set: what becomes of this lead.",
        tuple(DISPOSITIONS),
        is_theirs=True,
    ),
    OwnField(
        "disposition_reason",
        "MQL disposition reason",
        "choice",
        "For sales to set: why.",
        REASONS,
        is_theirs=True,
    ),
    OwnField(
        "custody",
        "MQL custody",
        "text",
        "For sales to set: the partner who has this lead in hand; empty it, or write own, to take it back.",
        is_theirs=True,
    ),
)


def shows(shown: Value | None, wanted: Value | None) -> bool:
    """This tells whether a CRM shows what is wanted, as far as it can: a field that is shorter than ours
    shows the beginning of a text, and a mark."""
    if isinstance(shown, str) and isinstance(wanted, str) and shown.endswith(CUT) and shown != CUT:
        return shown == wanted or wanted.startswith(shown.removesuffix(CUT))
    return shown == wanted
