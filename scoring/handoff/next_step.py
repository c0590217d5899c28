"""What to do next with a lead, and how soon: from the strongest thing she did, and from the grid.

Both are rules of thumb that a BDR can argue with, so both are tables. Nothing here depends on what day
it is today: the same deeds and the same spell always give the same step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from scoring.ledger import TouchLine
from scoring.touches import DAY

Priority = Literal["high", "medium", "low"]

# By fit (A to D) and engagement (1 to 3). Whom the definition does not grade goes by the row of B.
PRIORITIES: Mapping[str, tuple[Priority, Priority, Priority]] = {
    "A": ("high", "high", "medium"),
    "B": ("high", "medium", "medium"),
    "C": ("medium", "medium", "low"),
    "D": ("medium", "low", "low"),
}
UNGRADED = "B"
RECENT = 30 * DAY  # before she qualified; what is older did not make her an MQL now

# The strongest first: who asked for something is owed an answer before anybody is asked anything.
_STEPS: Mapping[str, str] = {
    "demo_request": "Call back and offer two dates for the demo",
    "quote_request": "Call about the quote: scope, number of users, date",
    "contact_request": "Call back: a conversation was asked for",
    "cart_add": "Call and ask what keeps the order open",
    "meeting": "Follow up on the meeting",
    "webinar_attendance": "Call and ask what the webinar left open",
    "event_attendance": "Call and ask what the event left open",
    "form_submission": "Answer the form and offer a call",
    "content_download": "Call and ask what made them read",
    "campaign_response": "Call about what they responded to",
    "webinar_registration": "Write and ask what they hope to hear in the webinar",
    "email_click": "Write and offer a call on what they clicked",
    "page_view": "Write and offer a call on what they looked at",
}
FALLBACK = "Introduce yourself and ask what they are looking for"


def priority(grade: str, cell: str, *, is_graded: bool) -> Priority:
    """This is how soon, by the fit × engagement grid. `cell` is 1 (most engaged) to 3."""
    return PRIORITIES[grade if is_graded else UNGRADED][int(cell) - 1]


def strongest(deeds: Iterable[TouchLine], qualified_at: int) -> TouchLine | None:
    """This is the deed to start from: the strongest kind since shortly before she qualified, of these
    the newest."""
    ranks = {kind: rank for rank, kind in enumerate(_STEPS)}
    told = [one for one in deeds if one.kind in ranks and one.at >= qualified_at - RECENT]
    return min(told, key=lambda one: (ranks[one.kind], -one.at, -one.id), default=None)


def step(deed: TouchLine | None) -> str:
    """This is what to do, in the imperative."""
    return _STEPS[deed.kind] if deed else FALLBACK


def sooner(one: Priority, other: Priority) -> Priority:
    """This is the more urgent of the two."""
    order: tuple[Priority, ...] = ("high", "medium", "low")
    return min(one, other, key=order.index)
