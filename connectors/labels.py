"""How the choices of our fields read in a CRM: the same words that reports, docs and partners see."""

from __future__ import annotations

from collections.abc import Mapping

LABELS: Mapping[str, Mapping[str, str]] = {
    "status": {
        "lead": "Lead (inquiry)",
        "mql": "MQL",
        "sal": "SAL",
        "appointment": "Appointment",
        "sql": "SQL",
        "customer": "Customer (won)",
        "lost": "Lost",
        "nurture": "Nurture",
        "recycled": "Recycled",
        "rejected": "Rejected (SRL)",
        "with_partner": "With partner",
        "disqualified": "Disqualified",
    },
    "disposition": {
        "accepted": "Accepted",
        "rejected": "Rejected",
        "nurture": "Nurture",
        "recycle": "Recycle",
        "disqualified": "Disqualified",
        "dispute": "Dispute",
    },
    "disposition_reason": {
        "student": "Student",
        "competitor": "Competitor",
        "own_staff": "Our staff or a partner's",
        "customer": "Customer already",
        "job_seeker": "Looks for a job",
        "junk": "Bot or junk",
        "wrong_industry": "Wrong industry",
        "wrong_size": "Wrong size",
        "wrong_place": "Wrong country or region",
        "no_authority": "Cannot decide",
        "no_budget": "No budget",
        "bad_timing": "Bad timing",
        "locked_in": "Bound to a competitor",
        "no_answer": "Does not answer",
        "duplicate": "Duplicate",
        "bad_data": "Wrong contact data",
        "with_partner": "A partner has it already",
    },
}


def label_of(field: str, choice: str) -> str:
    """This is how a choice of one of our fields reads; what has no other words reads as it is stored."""
    return LABELS.get(field, {}).get(choice, choice)
