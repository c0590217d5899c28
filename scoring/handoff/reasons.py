"""What sales says of a lead, and what follows from the reason that it gives.

A disposition is explicit: who says nurture gets nurture. A refusal leaves it to the reason what follows,
and a reason that is not in the list is a refusal like any other: it is listed, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from scoring.touches import DAY, HOUR, Facts, Ints, Touches

Follows = Literal["rejected", "nurture", "recycled", "disqualified", "custody"]

# What sales says itself; custody is no such word, since partners' programs may set it.
WORDS = (
    *("sales_accepted", "sales_rejected", "sales_nurture", "sales_recycled", "sales_disqualified"),
    "sales_disputed",
)
UNHEARD = "sales_unheard"  # what a program set is kept, and means nothing
TASK_DONE = "task_done"
GIVEN, RETURNED = "custody_given", "custody_returned"
OURS = "own"  # in the field of custody: we have her, whatever the rule says
BY_REASON = "with_partner"
_BY_REASON = {
    "nurture": "sales_nurture",
    "recycled": "sales_recycled",
    "disqualified": "sales_disqualified",
    "custody": GIVEN,
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why sales refuses a lead, what follows, for how many days, and what somebody should do besides."""

    name: str
    label: str
    follows: Follows
    days: int = 0
    advice: str = ""


REASONS = (
    Reason("student", "Student", "disqualified"),
    Reason("competitor", "Competitor", "disqualified"),
    Reason("own_staff", "Our staff or a partner's", "disqualified"),
    Reason("customer", "Customer already", "disqualified", advice="tell the account team"),
    Reason("job_seeker", "Looks for a job", "disqualified"),
    Reason("junk", "Bot or junk", "disqualified", advice="look where it came from"),
    Reason("wrong_industry", "Wrong industry", "disqualified"),
    Reason("wrong_size", "Wrong size", "nurture", advice="look again when it has grown"),
    Reason("wrong_place", "Wrong country or region", "rejected", advice="give it to the right territory"),
    Reason("no_authority", "Cannot decide", "nurture", advice="look for colleagues who can"),
    Reason("no_budget", "No budget", "nurture", 90),
    Reason("bad_timing", "Bad timing", "nurture", 60),
    Reason("locked_in", "Bound to a competitor", "nurture", 180, "come back before the renewal"),
    Reason("no_answer", "Does not answer", "nurture", 90),
    Reason("duplicate", "Duplicate", "rejected", advice="merge the two records"),
    Reason("bad_data", "Wrong contact data", "rejected", advice="correct the record"),
    Reason(BY_REASON, "A partner has it already", "custody", advice="name the partner in the field"),
)


@dataclass(frozen=True, slots=True)
class Feedback:
    """How the word of sales is taken. `silence` is after how long an MQL that nobody refused counts as
    accepted (0: never), `takes_done_tasks` whether whoever's follow-up task sales completed is accepted.
    `programs` are users of the CRMs, or kinds of sources, that are no human's word."""

    reasons: tuple[Reason, ...] = REASONS
    silence: int = 0
    takes_done_tasks: bool = False
    programs: frozenset[str] = frozenset()

    def reason(self, name: str) -> Reason | None:
        """This is the reason of that name, None if it is not in the list."""
        wanted = _plain(name)
        return next((one for one in self.reasons if wanted in (one.name, _plain(one.label))), None)

    def rests(self, name: str) -> int:
        """This is how long nurture lasts for this reason; 0: until a human or a rise ends it."""
        found = self.reason(name)
        return found.days * DAY if found and found.follows == "nurture" else 0

    def meaning(self, kind: str, reason: str, who: str) -> str:
        """This is the kind of touch that somebody's word amounts to."""
        if kind == TASK_DONE and not self.takes_done_tasks:
            return UNHEARD
        if kind in (*WORDS, TASK_DONE) and not self.programs.isdisjoint(who.split(":")):
            return UNHEARD
        found = self.reason(reason) if kind == "sales_rejected" and reason else None
        return _BY_REASON.get(found.follows, kind) if found else kind


def hours(number: float) -> int:
    """This is a time of so many hours."""
    return round(number * HOUR)


def _plain(name: str) -> str:
    return "_".join(name.casefold().replace("-", " ").replace("_", " ").split())


def heard(facts: Facts, feedback: Feedback) -> Facts:
    """This reads the word of sales: refusals become what their reasons amount to. It may be done twice."""
    touches = _heard(facts.touches, feedback)
    whole = None if facts.whole is None else heard(facts.whole, feedback)
    if touches is facts.touches and whole is facts.whole:
        return facts
    return replace(facts, touches=touches, whole=whole)


def _heard(touches: Touches, feedback: Feedback) -> Touches:
    # Who spoke matters only where programs are named; else it is the reasons of refusals alone.
    heard = (*WORDS, TASK_DONE) if feedback.programs else ("sales_rejected", TASK_DONE)
    said = np.array([label in heard for label in touches.labels], np.bool_)
    rows = np.flatnonzero(said[touches.kind]) if said.any() else np.empty(0, np.intp)
    if not feedback.programs and feedback.takes_done_tasks:
        rows = rows[touches.asset[rows] > 0]
    if not len(rows):
        return touches
    columns = (touches.kind[rows], touches.asset[rows], touches.referrer[rows])
    words, which = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    labels = list(touches.labels)
    meant = [_code(labels, feedback.meaning(*(labels[code] for code in word))) for word in words.tolist()]
    kind = touches.kind.copy()
    kind[rows] = np.array(meant, kind.dtype)[which.reshape(-1)]
    if np.array_equal(kind, touches.kind):
        return touches
    return replace(touches, kind=kind, labels=labels)


def _code(labels: list[str], text: str) -> int:
    if text not in labels:
        labels.append(text)
    return labels.index(text)


def rests_of(touches: Touches, rows: Ints, feedback: Feedback) -> Ints:
    """This is how long the nurture lasts that each of these rows begins."""
    codes, which = np.unique(touches.asset[rows], return_inverse=True)
    lasting = [feedback.rests(touches.labels[code]) for code in codes.tolist()]
    return np.array(lasting, np.int64)[which.reshape(-1)]


def table(reasons: Sequence[Reason] = REASONS) -> list[str]:
    """This is the table of all reasons, as the docs print it."""
    rows = [
        f"| `{one.name}` | {one.label} | {one.follows} | {one.days or ''} | {one.advice} |" for one in reasons
    ]
    return ["| reason | is called | what follows | days | besides |", "|---|---|---|---|---|", *rows]
