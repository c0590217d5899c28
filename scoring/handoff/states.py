"""Where a person can stand, in the words that everybody reads: the CRMs, the reports, partners, the docs.

Each state is written down once, with what brings a person into it. Nobody is called qualified by two
meanings: MQL is a claim of marketing's, SAL and what follows are the word of sales.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """One state: as the CRM has it, as people say it, and what must have happened to be in it.

    `works` says who has the next move: marketing, sales, the partner, or nobody. A final state is left
    only by the word of sales, never because somebody became active again.
    """

    name: str
    label: str
    entry: str
    works: str
    is_final: bool = False


STATES = (
    State("lead", "Lead (inquiry)", "Known to us, and below the line; stays in nurture.", "marketing"),
    State(
        "mql",
        "MQL",
        "Qualifies by the definition named beside it: its condition rose. Sales is told, and the clock runs.",
        "sales",
    ),
    State(
        "sal",
        "SAL",
        "Accepted by sales: by disposition, lead status or conversion, or by silence where that counts.",
        "sales",
    ),
    State(
        "appointment",
        "Appointment",
        "An MQL or SAL with whom sales has made or held a meeting.",
        "sales",
    ),
    State("sql", "SQL", "Sales has opened an opportunity with this person.", "sales"),
    State("customer", "Customer (won)", "A deal with this person was won.", "nobody", is_final=True),
    State(
        "lost", "Lost", "The deal was lost. Engagement starts anew; a new rise qualifies again.", "marketing"
    ),
    State(
        "nurture",
        "Nurture",
        "Sales put it off with a reason: engagement starts anew, and after the reason's time it is recycled.",
        "marketing",
    ),
    State(
        "recycled",
        "Recycled",
        "Sales gave it back to marketing. Engagement starts anew, fit stays; a new rise qualifies again.",
        "marketing",
    ),
    State(
        "rejected",
        "Rejected (SRL)",
        "Sales refused the lead. Engagement starts anew, fit stays; a new rise qualifies again.",
        "marketing",
    ),
    State(
        "with_partner",
        "With partner",
        "A partner has it in hand: no task and no nurture of ours; it is scored on, and comes back as it is.",
        "partner",
    ),
    State(
        "disqualified",
        "Disqualified",
        "An exclusion holds (student, competitor, own staff …), or sales disqualified it, with the reason.",
        "nobody",
        is_final=True,
    ),
)
NAMES = tuple(one.name for one in STATES)
LABELS = {one.name: one.label for one in STATES} | {"excluded": "Excluded (now: disqualified)"}
(
    LEAD,
    MQL,
    SAL,
    APPOINTMENT,
    SQL,
    CUSTOMER,
    LOST,
    NURTURE,
    RECYCLED,
    REJECTED,
    WITH_PARTNER,
    DISQUALIFIED,
) = range(len(STATES))
# What moves people, in the order in which it counts within one instant. The more a word of sales commits to,
# the later it counts, so that a lead status and a disposition set in one go do not contradict each other.
EVENTS = (
    *("done", "rejected", "recycled", "nurture", "disqualified", "accepted", "appointment"),
    *("opportunity", "lost", "won", "rested", "silence", "expired", "excluded", "rose"),
)
WORKED = (SAL, APPOINTMENT, SQL, CUSTOMER)  # while sales works on somebody, nothing of ours moves her
FREE = (LEAD, LOST, NURTURE, RECYCLED, REJECTED)  # from here a rise of the condition makes an MQL


def table() -> list[str]:
    """This is the table of all states, as the docs print it."""
    rows = [
        f"| `{one.name}` | {one.label} | {one.entry} | {one.works} |{' yes' if one.is_final else ''} |"
        for one in STATES
    ]
    return ["| status | is called | when | next move | final |", "|---|---|---|---|---|", *rows]
