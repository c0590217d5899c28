"""The same answers, computed the slow and obvious way: one person, one instant, plain Python.

Nothing here is clever on purpose. It looks at every touch for every question, and walks through every
instant at which anything could change. The curves must agree with it to the digit.
"""

from __future__ import annotations

from dataclasses import dataclass

from scoring.conditions import (
    GRADES,
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Did,
    GradeIs,
    HasAttribute,
    IsMachine,
    NotOf,
    Reaches,
)
from scoring.definition import POINT, Definition, Rule
from scoring.fit import points as criterion_points
from scoring.kinds import Repeated
from scoring.patterns import glob, passes
from scoring.touches import ALWAYS, DAY, NEVER

RESETS = ("sales_rejected", "deal_lost")
SALES = ("sales_accepted", "sales_rejected", "opportunity_created", "deal_won", "deal_lost")
# How a spell ends by each touch of sales, and what the person is then.
BY_SALES = {
    "sales_accepted": ("accepted", {"sql": "sql", "*": "sal"}),
    "sales_rejected": ("rejected", {"*": "rejected"}),
    "opportunity_created": ("opportunity", {"*": "sql"}),
    "deal_won": ("won", {"*": "customer"}),
    "deal_lost": ("lost", {"rejected": "rejected", "*": "lead"}),
}
MACHINE_KINDS = ("email_open", "email_click", "call", "sales_email", "unsubscribe", *SALES)


@dataclass(frozen=True)
class Deed:
    """One touch of the person."""

    id: int
    at: int
    kind: str
    asset: str = ""
    page: str = ""
    url: str = ""


@dataclass(frozen=True)
class Known:
    """One row of the attribute log."""

    at: int
    name: str
    value: str


@dataclass(frozen=True)
class Answer:
    status: str
    score: int
    engagement: int
    fit: int
    grade: str
    reason: int
    qualified_at: int
    episodes: tuple[tuple[int, int, str], ...]
    standing: frozenset[tuple[int, int]]


class Person:
    """One person's life under one definition."""

    def __init__(self, deeds: list[Deed], known: list[Known], definition: Definition) -> None:
        self.deeds = sorted(deeds, key=lambda deed: (deed.at, deed.id))
        self.known = known
        self.definition = definition
        self.voided = self._voided()
        self.real = [deed for deed in self.deeds if deed.id not in self.voided]
        dated = [deed.at for deed in self.deeds] + [row.at for row in known if row.at > ALWAYS]
        # Attributes without a date hold from the first instant that is known of anything.
        self.begins = min(dated, default=NEVER)

    def _voided(self) -> set[int]:
        rule, voided = self.definition.machine, set()
        clicks = [deed for deed in self.deeds if deed.kind == "email_click"]
        for first in clicks:
            window = [
                deed
                for deed in clicks
                if deed.asset == first.asset and first.at <= deed.at < first.at + rule.within
            ]
            if len({deed.url for deed in window}) >= rule.links:
                voided |= {deed.id for deed in window}
        return voided

    # -- points at an instant -------------------------------------------------

    def chosen(self, rule: Rule, at: int) -> list[Deed]:
        start = max((deed.at for deed in self.real if deed.kind in RESETS and deed.at <= at), default=ALWAYS)
        found, days = [], set()
        for deed in self.real:
            if not (start <= deed.at <= at) or deed.kind not in rule.match.kinds:
                continue
            if rule.match.pages and not glob(rule.match.pages).fullmatch(deed.page):
                continue
            if rule.match.assets and not glob(rule.match.assets).fullmatch(deed.asset):
                continue
            day = (deed.asset or "page:" + deed.page, deed.at // DAY)
            if rule.once_per_day and day in days:
                continue
            days.add(day)
            found.append(deed)
        return found

    def pulses(self, rule: Rule, at: int) -> list[tuple[Deed, int]]:
        """The (touch, points) that stand at `at`."""
        chosen = self.chosen(rule, at)
        if isinstance(rule.how, Repeated):
            moments = self._rises(chosen, rule.how)
            holds = self._enough(chosen, rule.how, at)
        else:
            moments, holds = chosen, True
        if rule.at_most:
            moments = moments[-rule.at_most :]
        standing = []
        for number, deed in enumerate(moments):
            age = at - deed.at
            if rule.window and age >= rule.window:
                continue
            if rule.half_life:
                points, steps = abs(rule.points), age // rule.half_life
                points = points // 2**steps
                if steps >= 8 or (steps > 0 and points < POINT):
                    continue
                standing.append((deed, points if rule.points > 0 else -points))
                continue
            is_latest = number == len(moments) - 1
            if not rule.window and isinstance(rule.how, Repeated) and not (holds and is_latest):
                continue
            standing.append((deed, rule.points))
        return standing

    @staticmethod
    def _enough(chosen: list[Deed], how: Repeated, at: int) -> bool:
        return sum(deed.at <= at < deed.at + how.within for deed in chosen) >= how.times

    def _rises(self, chosen: list[Deed], how: Repeated) -> list[Deed]:
        moments = []
        for at in sorted({deed.at for deed in chosen}):
            if self._enough(chosen, how, at) and not self._enough(chosen, how, at - 1):
                up = [deed for deed in chosen if deed.at <= at < deed.at + how.within]
                moments.append(up[how.times - 1] if up[how.times - 1].at == at else up[-1])
        return moments

    def engagement(self, at: int) -> int:
        total = 0
        for group in self.definition.groups:
            points = sum(
                points
                for rule in self.definition.rules
                if rule.group == group.name
                for _, points in self.pulses(rule, at)
            )
            total += within(points, group.floor, group.cap)
        return total

    def value(self, name: str, at: int) -> str:
        return _latest([row for row in self.known if row.name == name and row.at <= at])

    def fit(self, at: int) -> int:
        fit, total = self.definition.fit, 0
        for criterion in fit.criteria:
            value = self.value(criterion.field, at)
            total += criterion_points(criterion, value) if value.strip() else criterion.unknown
        return within(total, fit.floor, fit.cap)

    def grade(self, at: int) -> str:
        points = self.fit(at)
        for grade, least in zip(GRADES, self.definition.fit.grades, strict=False):
            if points >= least:
                return grade
        return GRADES[-1]

    def score(self, at: int) -> int:
        return within(self.engagement(at) + self.fit(at), self.definition.floor, self.definition.cap)

    def reason(self, at: int) -> int:
        for number, exclusion in enumerate(self.definition.exclusions):
            if any(self.holds(cause, at) for cause in exclusion.causes):
                return number
        return -1

    def holds(self, condition: Condition, at: int, since: int = ALWAYS) -> bool:
        """Whether the condition holds at `at`, of touches since `since`."""
        if isinstance(condition, AllOf):
            return all(self.holds(part, at, since) for part in condition.conditions)
        if isinstance(condition, AnyOf):
            return any(self.holds(part, at, since) for part in condition.conditions)
        if isinstance(condition, AtLeast):
            return sum(self.holds(part, at, since) for part in condition.conditions) >= condition.count
        if isinstance(condition, NotOf):
            return not self.holds(condition.condition, at, since)
        if isinstance(condition, Reaches):
            return getattr(self, condition.what)(at) >= condition.least
        if isinstance(condition, GradeIs):
            return self.grade(at) <= condition.least
        if isinstance(condition, HasAttribute):
            value = self.value(condition.field, at)
            return passes(condition.test, value) if value.strip() else condition.unknown
        if isinstance(condition, Did):
            how = condition.how if isinstance(condition.how, Repeated) else Repeated(1, NEVER)
            did = [
                deed for deed in self.real if deed.kind in condition.match.kinds and since <= deed.at <= at
            ]
            if condition.match.pages:
                did = [deed for deed in did if glob(condition.match.pages).fullmatch(deed.page)]
            return sum(at < deed.at + how.within for deed in did) >= how.times
        assert isinstance(condition, IsMachine)
        bursts = [deed.at for deed in self.deeds if deed.id in self.voided and deed.at <= at]
        humans = [deed.at for deed in self.real if deed.kind not in MACHINE_KINDS and deed.at <= at]
        return bool(bursts) and not humans

    def qualifies(self, at: int) -> bool:
        definition = self.definition
        return at >= self.begins and self.holds(definition.qualified, at) and self.reason(at) < 0

    # -- life -----------------------------------------------------------------

    def boundaries(self) -> list[int]:
        """Every instant at which anything could change."""
        found = {row.at for row in self.known if row.at > ALWAYS} | {deed.at for deed in self.deeds}
        for deed in self.deeds:
            for rule in self.definition.rules:
                if rule.window:
                    found.add(deed.at + rule.window)
                if rule.half_life:
                    found |= {deed.at + step * rule.half_life for step in range(1, 9)}
                if isinstance(rule.how, Repeated):
                    found.add(deed.at + rule.how.within)
            for exclusion in self.definition.exclusions:
                found |= {
                    deed.at + cause.how.within
                    for cause in exclusion.causes
                    if isinstance(cause, Did) and isinstance(cause.how, Repeated)
                }
        if self.definition.expires_after:
            found |= {at + self.definition.expires_after for at in found}
        return sorted(found)

    def life(self, until: int) -> tuple[str, list[list[object]]]:
        """The status and the spells at `until`, by walking through every boundary."""
        state, spells = "lead", []
        qualified, excluded, false_since = False, False, ALWAYS

        def end(at: int, why: str) -> None:
            if state == "mql":
                spells[-1][1:] = [at, why]

        for at in [at for at in self.boundaries() if at <= until]:
            for deed in self.deeds:
                if deed.at == at and deed.kind in SALES and state != "customer":
                    ended_by, states = BY_SALES[deed.kind]
                    end(at, ended_by)
                    state = states.get(state, states["*"])
            was_qualified, was_excluded = qualified, excluded
            qualified, excluded = self.qualifies(at), self.reason(at) >= 0
            if was_qualified and not qualified:
                false_since = at
            lapsed = self.definition.expires_after and at - false_since >= self.definition.expires_after
            begins = excluded and not was_excluded
            if state == "mql" and not qualified and (lapsed or begins):
                end(at, "expired" if lapsed else "excluded")
                state = "lead"
            if qualified and not was_qualified and state in ("lead", "rejected"):
                state = "mql"
                spells.append([at, 0, ""])
        if self.reason(until) >= 0 and state in ("lead", "mql", "rejected"):
            state = "excluded"
        return state, spells

    def answer(self, at: int) -> Answer:
        status, spells = self.life(at)
        standing = {
            (number, deed.id)
            for number, rule in enumerate(self.definition.rules)
            for deed, _ in self.pulses(rule, at)
        }
        return Answer(
            status,
            self.score(at),
            self.engagement(at),
            self.fit(at),
            self.grade(at),
            self.reason(at),
            spells[-1][0] if spells else 0,
            tuple(tuple(spell) for spell in spells),
            frozenset(standing),
        )


def _latest(rows: list[Known]) -> str:
    """The value of the latest row; of two at one instant the later row holds."""
    latest = ""
    at = None
    for row in rows:
        if at is None or row.at >= at:
            at, latest = row.at, row.value
    return latest


def within(value: int, floor: int | None, cap: int | None) -> int:
    if floor is not None:
        value = max(value, floor)
    return value if cap is None else min(value, cap)
