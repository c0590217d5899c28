"""What scoring answers: one row per person, one per episode, one per standing contribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.touches import Codes, Ints

STATUSES = ("lead", "mql", "sal", "sql", "customer", "rejected", "excluded")
LEAD, MQL, SAL, SQL, CUSTOMER, REJECTED, EXCLUDED = range(7)

# How an episode ended; "" while it is open.
ENDINGS = ("", "accepted", "rejected", "opportunity", "won", "lost", "excluded", "expired")


@dataclass(frozen=True, slots=True, eq=False)
class Episodes:
    """MQL spells that have begun by `as_of`, in order of (person, number); numbers count from 1.

    `ended_at` is 0 and `ended_by` is 0 ("") while a spell is open. `ended_by` is a code of ENDINGS.
    """

    person: Codes
    number: Codes
    qualified_at: Ints
    ended_at: Ints
    ended_by: Codes


@dataclass(frozen=True, slots=True, eq=False)
class Origins:
    """Where a touch came from, per person; texts are codes into `labels`, `touch` is a row or -1."""

    labels: Sequence[str]
    touch: Ints
    channel: Codes
    source: Codes
    campaign: Codes

    def texts(self, person: int) -> tuple[str, str, str]:
        """This is (channel, source, campaign) of one person, "" where unknown."""
        return (
            self.labels[self.channel[person]],
            self.labels[self.source[person]],
            self.labels[self.campaign[person]],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """The pulses that are up at `as_of`, in order of (person, rule, at); `touch` is a row of the touches."""

    person: Codes
    rule: Codes
    touch: Ints
    at: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """The answer for people 0..people-1 at `as_of`. Points are thousandths.

    `status` is a code of STATUSES, `grade` of definition.GRADES, `reason` an index into `reasons`
    (-1: not excluded; it is also given for people whom sales already has). `qualified_at` is the start
    of the latest episode, 0 if there was none. `recheck_at` is the next instant at which anything here
    would differ (status, grade, exclusion, episode, standing contributions, origins, claim, or a score
    that has moved by the step from the published one); NEVER if there is none. `partner` is an index
    into `partners` (-1: nobody's).
    """

    as_of: int
    people: int
    status: Codes
    score: Ints
    engagement: Ints
    fit: Ints
    grade: Codes
    reason: Codes
    reasons: Sequence[str]
    qualified_at: Ints
    recheck_at: Ints
    first: Origins
    last: Origins
    partner: Codes
    partners: Sequence[str]
    tiers: Sequence[str]
    episodes: Episodes
    standing: Standing

    def status_of(self, person: int) -> str:
        return STATUSES[self.status[person]]

    def reason_of(self, person: int) -> str:
        """This is why she is excluded, "" if she is not."""
        return self.reasons[self.reason[person]] if self.reason[person] >= 0 else ""

    def partner_of(self, person: int) -> tuple[str, str]:
        """This is (slug, tier) of the partner who holds her, "" if nobody does."""
        index = self.partner[person]
        return (self.partners[index], self.tiers[index]) if index >= 0 else ("", "")
