"""What scoring answers: one row per person, one per episode, one per standing contribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from scoring.definitions.conditions import GRADES
from scoring.definitions.definition import CELLS, Definition
from scoring.handoff.custody import Custodies
from scoring.handoff.states import NAMES
from scoring.partners.claims import Claims
from scoring.touches import Bools, Codes, Ints

STATUSES = NAMES
MQL = STATUSES.index("mql")

# How an episode ended; "" while it is open.
ENDINGS = (
    *("", "accepted", "rejected", "opportunity", "won", "lost", "excluded", "expired"),
    *("appointment", "nurture", "recycled", "disqualified", "silence", "done"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Episodes:
    """MQL spells that have begun by `as_of`, in order of (person, number); numbers count from 1.

    `ended_at` is 0 and `ended_by` is 0 ("") while a spell is open. `ended_by` is a code of ENDINGS,
    `definition` an index into the verdicts' `definitions`: the one that judged at `qualified_at`.
    `recycled` is how often sales had sent her back before it began.
    """

    person: Codes
    number: Codes
    qualified_at: Ints
    ended_at: Ints
    ended_by: Codes
    definition: Codes
    recycled: Codes = field(default_factory=lambda: np.empty(0, np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Every change of state, in order of (person, at), whatever hid the state then. `before` and `after` are
    codes of STATUSES, `event` one of EVENTS; `touch` is the row behind it, -1 where time was.
    """

    person: Ints
    at: Ints
    before: Ints
    after: Ints
    event: Codes
    touch: Ints

    def begun(self, as_of: int) -> Steps:
        """This keeps what has happened by then."""
        keep = self.at <= as_of
        return Steps(
            *(self.person[keep], self.at[keep], self.before[keep], self.after[keep]),
            self.event[keep],
            self.touch[keep],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Origins:
    """Where a touch came from, per person; texts are codes into `labels`, `touch` is a row or -1.

    `at` is when that was (0: never), `evidence` what of the touch tells it.
    """

    labels: Sequence[str]
    touch: Ints
    at: Ints
    channel: Codes
    source: Codes
    campaign: Codes
    evidence: Codes

    def texts(self, person: int) -> tuple[str, str, str]:
        """This is (channel, source, campaign) of one person, "" where unknown."""
        return (
            self.labels[self.channel[person]],
            self.labels[self.source[person]],
            self.labels[self.campaign[person]],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """The pulses that are up at `as_of`, in order of (person, rule, at).

    `rule` is an index into the rules of the definition that judges her, `touch` a row of the touches
    (-1 where none of her own raised the pulse), `at` when it rose (ALWAYS: nobody knows).
    """

    person: Codes
    rule: Codes
    touch: Ints
    at: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """The answer for people 0..people-1 at `as_of`. Points are thousandths.

    `definition` is an index into `definitions`: the one that judges her now (-1: none does). `status` is
    a code of STATUSES, `grade` of GRADES, `cell` of CELLS, `reason` an index into `reasons` (-1: not
    excluded; it is also given for people whom sales already has). `qualified_at` is the start
    of the latest episode, 0 if there was none. `recheck_at` is the next instant at which anything here
    would differ (status, grade, cell, exclusion, episode, standing contributions and deeds, origins, claim,
    the definition that judges, or a score that has moved by the step from the published one); NEVER if
    there is none. `lead` is the touch by which she became a lead. `partner` is an index into `partners`
    (-1: nobody's). `sent_back` counts how often sales gave her back; `word` is the touch of sales that made
    her what she is, -1 where time or nothing did. `would_be_mql`: she is none, but would be if what machines
    did counted.
    """

    as_of: int
    people: int
    definition: Codes
    definitions: Sequence[Definition]
    status: Codes
    score: Ints
    engagement: Ints
    fit: Ints
    grade: Codes
    cell: Codes
    reason: Codes
    reasons: Sequence[str]
    qualified_at: Ints
    recheck_at: Ints
    first: Origins
    last: Origins
    lead: Origins
    partner: Codes
    partners: Sequence[str]
    tiers: Sequence[str]
    would_be_mql: Bools
    sent_back: Codes
    word: Ints
    episodes: Episodes
    steps: Steps
    custodies: Custodies
    standing: Standing
    done: Standing
    claims: Claims = field(default_factory=Claims)
    claimants: Sequence[str] = ()
    influence: int = 0

    def status_of(self, person: int) -> str:
        return NAMES[int(self.status[person])]

    def judged_by(self, person: int) -> Definition | None:
        """This is the definition that judges her now, None if none does."""
        index = self.definition[person]
        return self.definitions[index] if index >= 0 else None

    def qualified_by(self, person: int) -> Definition | None:
        """This is the definition by which her latest episode began, None if there was none."""
        mine = self.episodes.definition[self.episodes.person == person]
        return self.definitions[mine[-1]] if len(mine) else None

    def grid_of(self, person: int) -> str:
        """This is her place in the fit and engagement grid: A1 is the best, D3 the last."""
        return GRADES[self.grade[person]] + CELLS[self.cell[person]]

    def reason_of(self, person: int) -> str:
        """This is why she is excluded, "" if she is not."""
        return self.reasons[self.reason[person]] if self.reason[person] >= 0 else ""

    def partner_of(self, person: int) -> tuple[str, str]:
        """This is (slug, tier) of the partner who holds her, "" if nobody does."""
        index = self.partner[person]
        return (self.partners[index], self.tiers[index]) if index >= 0 else ("", "")
