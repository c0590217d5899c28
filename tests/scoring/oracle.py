"""The same answers, computed the slow and obvious way: one person, one instant, plain Python.

Nothing here is clever on purpose. It looks at every touch for every question, and walks through every
instant at which anything could change. The curves must agree with it to the digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from oracle_kinds import Deed, Moment, Query, epoch, moments, remembered, span_of, standing

from scoring.context import Context
from scoring.definitions.conditions import (
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
    leaves,
)
from scoring.definitions.definition import POINT, Definition, Rule
from scoring.fit import points as criterion_points
from scoring.patterns import passes
from scoring.touches import ALWAYS, NEVER

RESETS = ("sales_rejected", "sales_nurture", "sales_recycled", "sales_disqualified", "deal_lost")
STATES = ("lead", "mql", "sal", "appointment", "sql", "customer", "lost", "nurture", "recycled", "rejected")
STATES += ("disqualified",)
LINKS = {("mail", ""): 2, ("mail", "spring"): 3, ("guide", ""): 3}  # how many links each mail has
SALES = (*RESETS, "sales_accepted", "opportunity_created", "deal_won", "sales_disputed")
# Within one instant in this order: how a spell ends, what the person is then, and where it changes nothing.
BY_SALES = {
    "sales_rejected": ("rejected", "rejected", ()),
    "sales_recycled": ("recycled", "recycled", ()),
    "sales_nurture": ("nurture", "nurture", ()),
    "sales_disqualified": ("disqualified", "disqualified", ()),
    "sales_accepted": ("accepted", "sal", ("appointment", "sql")),
    "meeting": ("appointment", "appointment", tuple(set(STATES) - {"mql", "sal"})),
    "opportunity_created": ("opportunity", "sql", ()),
    "deal_lost": ("lost", "lost", ("rejected", "recycled", "nurture", "disqualified")),
    "deal_won": ("won", "customer", ()),
}
FREE = ("lead", "lost", "nurture", "recycled", "rejected")
MACHINE_KINDS = ("email_open", "email_click", "call", "sales_email", "unsubscribe", "email_delivered", *SALES)


@dataclass(frozen=True)
class Known:
    """One row of the attribute log."""

    at: int
    name: str
    value: str


@dataclass(frozen=True)
class Life:
    """What one person did and what was known about her; people of one company have its number."""

    deeds: list[Deed]
    known: list[Known] = field(default_factory=list)
    company: int = 0


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
    standing: frozenset[tuple[int, int, int]]


def world(lives: list[Life], definition: Definition, context: Context) -> list[Person]:
    """Everybody, each knowing her colleagues (herself among them)."""
    people = [Person(life, definition, context) for life in lives]
    for person in people:
        person.colleagues = [one for one in people if one.company == person.company > 0]
    return people


class Person:
    """One person's life under one definition."""

    def __init__(self, life: Life, definition: Definition, context: Context) -> None:
        self.deeds = sorted(life.deeds, key=lambda deed: (deed.at, deed.id))
        self.known = known = life.known
        self.company = life.company
        self.colleagues: list[Person] = []
        self.definition, self.context = definition, context
        self.memory: dict[object, object] = {}
        self.voided = self._voided()
        self.real = [deed for deed in self.deeds if deed.id not in self.voided]
        dated = [deed.at for deed in self.deeds] + [row.at for row in known if row.at > ALWAYS]
        # Attributes without a date hold from the first instant that is known of anything.
        self.begins = min(dated, default=NEVER)

    def since(self, query: Query, at: int) -> int:
        """Where the present epoch begins."""
        return ALWAYS if query.whole_life else epoch(self.real, RESETS, at)

    def _voided(self) -> set[int]:
        rule = self.definition.machine
        voided = {deed.id for deed in self.deeds if deed.is_machine and rule.crm_says}
        clicks = [deed for deed in self.deeds if deed.kind == "email_click"]
        arrivals = [deed for deed in self.deeds if deed.kind == "email_delivered"]
        for first in clicks:
            mail = [deed for deed in clicks if mail_of(deed) == mail_of(first)]
            window = [deed for deed in mail if first.at <= deed.at < first.at + rule.within]
            if rule.links and len({deed.url for deed in window}) >= rule.links:
                voided |= {deed.id for deed in window}
            minute = [deed for deed in mail if first.at <= deed.at < first.at + rule.every_link_within]
            tour = [deed for deed in minute if deed.url]
            known = LINKS.get(mail_of(first), 0)
            if known >= rule.every_link > 0 and len({deed.url.split("?")[0] for deed in tour}) >= known:
                voided |= {deed.id for deed in tour}
            for one in arrivals:
                same = mail_of(one) == mail_of(first) != ("", "")
                if same and abs(first.at - one.at) < rule.after_delivery:
                    voided.add(first.id)
        return voided

    # -- points at an instant -------------------------------------------------

    def pulses(self, rule: Rule, at: int) -> list[tuple[Moment, int]]:
        """The (moment, points) that stand at `at`."""
        query = Query(rule.match, rule.how, rule.once_per_day)
        found = moments(self, query, at)
        lasting = standing(self, query, at)
        if rule.at_most:
            found = found[-rule.at_most :]
        up = []
        for moment in found:
            age = at - moment.at
            if rule.window and age >= rule.window:
                continue
            if not rule.window and not rule.half_life and moment not in lasting:
                continue
            points = halved(rule, age) if rule.half_life else stepped(rule, age)
            if points is not None:
                up.append((moment, points))
        return up

    def group(self, name: str, at: int) -> int:
        points = sum(
            points
            for rule in self.definition.rules
            if rule.group == name
            for _, points in self.pulses(rule, at)
        )
        group = next(group for group in self.definition.groups if group.name == name)
        return within(points, group.floor, group.cap)

    def engagement(self, at: int) -> int:
        return sum(self.group(group.name, at) for group in self.definition.groups)

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

    @remembered
    def reason(self, at: int) -> int:
        for number, exclusion in enumerate(self.definition.exclusions):
            if any(self.holds(cause, at, whole_life=True) for cause in exclusion.causes):
                return number
        return -1

    def holds(self, condition: Condition, at: int, *, whole_life: bool = False) -> bool:
        """Whether the condition holds at `at`, of the present epoch or of the whole life."""

        def each(parts: Iterable[Condition]) -> list[bool]:
            return [self.holds(part, at, whole_life=whole_life) for part in parts]

        if isinstance(condition, AllOf):
            return all(each(condition.conditions))
        if isinstance(condition, AnyOf):
            return any(each(condition.conditions))
        if isinstance(condition, AtLeast):
            return sum(each(condition.conditions)) >= condition.count
        if isinstance(condition, NotOf):
            return not any(each([condition.condition]))
        if isinstance(condition, Reaches):
            kind, _, name = condition.what.partition(":")
            value = self.group(name, at) if kind == "group" else getattr(self, kind)(at)
            return value >= condition.least
        if isinstance(condition, GradeIs):
            return self.grade(at) <= condition.least
        if isinstance(condition, HasAttribute):
            value = self.value(condition.field, at)
            return passes(condition.test, value) if value.strip() else condition.unknown
        if isinstance(condition, Did):
            did = standing(self, Query(condition.match, condition.how, whole_life=whole_life), at)
            return any(not condition.lasts or at < moment.at + condition.lasts for moment in did)
        assert isinstance(condition, IsMachine)
        bursts = [deed.at for deed in self.deeds if deed.id in self.voided and deed.at <= at]
        humans = [deed.at for deed in self.real if deed.kind not in MACHINE_KINDS and deed.at <= at]
        return bool(bursts) and not humans

    @remembered
    def qualifies(self, at: int) -> bool:
        definition = self.definition
        return at >= self.begins and self.holds(definition.qualified, at) and self.reason(at) < 0

    # -- life -----------------------------------------------------------------

    def boundaries_of(self, query: Query) -> list[int]:
        """Every instant at which such a condition could change."""
        return sorted(self._facts() | {at + span_of(query.how) for at in self._facts()})

    def _facts(self) -> set[int]:
        dated = {row.at for row in self.known if row.at > ALWAYS}
        return dated | {deed.at for one in (self, *self.colleagues) for deed in one.deeds}

    def boundaries(self) -> list[int]:
        """Every instant at which anything could change."""
        facts = self._facts()
        found = {at + partner.claim for at in facts for partner in self.context.partners}
        for rule in self.definition.rules:
            begun = facts | {at + span_of(rule.how) for at in facts}
            later = {rule.window, *(after for after, _ in rule.steps)}
            later |= {step * rule.half_life for step in range(1, 9)}
            found |= begun | {at + after for at in begun for after in later}
        causes = [cause for exclusion in self.definition.exclusions for cause in exclusion.causes]
        for condition in (self.definition.qualified, *causes):
            for leaf in leaves(condition):
                if isinstance(leaf, Did):
                    begun = facts | {at + span_of(leaf.how) for at in facts}
                    found |= begun | {at + leaf.lasts for at in begun}
        found |= facts
        if self.definition.expires_after:
            found |= {at + self.definition.expires_after for at in found}
        return sorted(at for at in found if at < NEVER)

    def life(self, until: int) -> tuple[str, list[list[object]]]:
        """The status and the spells at `until`, by walking through every boundary."""
        state, spells = "lead", []
        qualified, excluded, false_since = False, False, ALWAYS

        def end(at: int, why: str) -> None:
            if state == "mql":
                spells[-1][1:] = [at, why]

        for at in [at for at in self.boundaries() if at <= until]:
            said = [deed.kind for deed in self.real if deed.at == at and deed.kind in BY_SALES]
            for kind in sorted(said, key=list(BY_SALES).index):
                ended_by, becomes, unmoved = BY_SALES[kind]
                if state not in ("customer", *unmoved):
                    end(at, ended_by)
                    state = becomes
            was_qualified, was_excluded = qualified, excluded
            qualified, excluded = self.qualifies(at), self.reason(at) >= 0
            if was_qualified and not qualified:
                false_since = at
            lapsed = self.definition.expires_after and at - false_since >= self.definition.expires_after
            begins = excluded and not was_excluded
            if state == "mql" and not qualified and (lapsed or begins):
                end(at, "expired" if lapsed else "excluded")
                state = "lead"
            if qualified and not was_qualified and state in FREE:
                state = "mql"
                spells.append([at, 0, ""])
        if self.reason(until) >= 0 and state not in ("sal", "appointment", "sql", "customer"):
            state = "disqualified"
        return state, spells

    def answer(self, at: int) -> Answer:
        status, spells = self.life(at)
        standing = {
            (number, moment.deed.id if moment.deed else -1, moment.at)
            for number, rule in enumerate(self.definition.rules)
            for moment, _ in self.pulses(rule, at)
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


def mail_of(deed: Deed) -> tuple[str, str]:
    return deed.asset, deed.campaign


def _latest(rows: list[Known]) -> str:
    """The value of the latest row; of two at one instant the later row holds."""
    latest = ""
    at = None
    for row in rows:
        if at is None or row.at >= at:
            at, latest = row.at, row.value
    return latest


def halved(rule: Rule, age: int) -> int | None:
    """The points after so many half-lives; None where the pulse is over."""
    halvings = age // rule.half_life
    points = abs(rule.points) // 2**halvings if halvings < 8 else 0
    if halvings and points < POINT:
        return None
    return points if rule.points > 0 else -points


def stepped(rule: Rule, age: int) -> int | None:
    """The points of the step reached; None where nothing but zeros is left."""
    points, rest = rule.points, [points for after, points in rule.steps if after > age]
    for after, worth in rule.steps:
        if age >= after:
            points = worth
    is_over = rule.steps and age >= rule.steps[0][0] and not points and not any(rest)
    return None if is_over else points


def within(value: int, floor: int | None, cap: int | None) -> int:
    if floor is not None:
        value = max(value, floor)
    return value if cap is None else min(value, cap)
