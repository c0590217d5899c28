"""Events in any order, at any time, arriving in any order: the fold against a walk from tick to tick."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from oracle_lifecycle import ORDER, Times, Walk, Word, walk

from scoring.context import Context
from scoring.definitions.conditions import scored
from scoring.definitions.definition import POINT, Definition, Group, Rule
from scoring.definitions.kinds import Match
from scoring.handoff.custody import Terms
from scoring.handoff.reasons import REASONS, Feedback, Reason
from scoring.partner import Partner
from scoring.score import score
from scoring.touches import DAY, Facts, attributes_of, touches_of
from scoring.verdicts import ENDINGS, Verdicts

TICK = DAY // 2
START = 40_000 * TICK
ROBOT = "salesforce:005robot"
TIMES = Times(window=4, expiry=2, silence=5, rests={"short": 2, "long": 6})
RULE = Rule("demo", "demo", Match(("demo_request",)), 50 * POINT, "g", window=TIMES.window * TICK)
DEFINITION = Definition(
    "d", "1", "d", scored(50 * POINT), (RULE,), (Group("g"),), expires_after=TIMES.expiry * TICK
)
OWN = (Reason("short", "Short", "nurture", 1), Reason("long", "Long", "nurture", 3))
CONTEXT = Context(
    partners=(Partner("kestrel", "Kestrel", "gold"), Partner("osprey", "Osprey", "gold")),
    feedback=Feedback(
        (*REASONS, *OWN), TIMES.silence * TICK, takes_done_tasks=True, programs=frozenset({"005robot"})
    ),
    custody={slug: Terms(recall_days=0) for slug in ("kestrel", "osprey")},
)

words = st.one_of(
    st.builds(Word, st.integers(0, 30), st.sampled_from(["demo_request"])),
    st.builds(Word, st.integers(0, 30), st.sampled_from([*ORDER, "sales_disputed", "task_done"])),
    st.builds(Word, st.integers(0, 30), st.just("sales_nurture"), st.sampled_from(["short", "long", "odd"])),
    st.builds(Word, st.integers(0, 30), st.just("custody_given"), st.sampled_from(["kestrel", "osprey"])),
    st.builds(Word, st.integers(0, 30), st.just("custody_returned")),
)


def judged(said: list[Word], tick: int, *, robots: list[Word] | None = None) -> Verdicts:
    rows = [(word, "") for word in said] + [(word, ROBOT) for word in robots or []]
    touches = touches_of(
        {
            "id": number,
            "at": START + word.tick * TICK,
            "kind": word.kind,
            "asset": word.asset,
            "referrer": who,
        }
        for number, (word, who) in enumerate(rows)
    )
    return score(Facts(1, touches, attributes_of([])), DEFINITION, START + tick * TICK, context=CONTEXT)


def shown(verdicts: Verdicts) -> tuple[object, ...]:
    e = verdicts.episodes
    spells = [
        [(begin - START) // TICK, (end - START) // TICK if end else -1, ENDINGS[why]]
        for begin, end, why in zip(
            e.qualified_at.tolist(), e.ended_at.tolist(), e.ended_by.tolist(), strict=True
        )
    ]
    return verdicts.status_of(0), spells, int(verdicts.sent_back[0])


def expected(found: Walk) -> tuple[object, ...]:
    return found.visible(), found.spells, found.sent_back


class Life(RuleBasedStateMachine):
    """Events are told one after the other, whenever they happened."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Word] = []
        self.at = 0

    @rule(word=words, at=st.integers(0, 40))
    def hear(self, word: Word, at: int) -> None:
        self.said.append(word)
        self.at = at

    @invariant()
    def the_fold_is_the_walk(self) -> None:
        assert shown(judged(self.said, self.at)) == expected(walk(self.said, self.at, TIMES))


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=14, deadline=None)
test_events_told_in_any_order_give_what_happened = Life.TestCase


@settings(max_examples=80, deadline=None)
@given(st.lists(words, max_size=14), st.integers(0, 40), st.randoms(use_true_random=False))
def test_the_order_of_arrival_is_irrelevant(said: list[Word], at: int, chance: random.Random) -> None:
    shuffled = chance.sample(said, len(said))

    assert shown(judged(shuffled, at)) == shown(judged(said, at)) == expected(walk(said, at, TIMES))


@settings(max_examples=60, deadline=None)
@given(st.lists(words, max_size=8), st.lists(words, max_size=8), st.integers(0, 40))
def test_what_a_program_says_in_the_name_of_sales_changes_nothing(
    said: list[Word], by_robots: list[Word], at: int
) -> None:
    robots = [word for word in by_robots if word.kind.startswith("sales_")]

    assert shown(judged(said, at, robots=robots)) == shown(judged(said, at))


@settings(max_examples=60, deadline=None)
@given(st.lists(words, max_size=12), st.integers(0, 40))
def test_nothing_is_shown_differently_before_the_recheck(said: list[Word], at: int) -> None:
    now = judged(said, at)
    known = [word for word in said if word.tick <= at]
    until = (int(now.recheck_at[0]) - START) / TICK

    for tick in range(at + 1, 41):
        if tick < until and known == said:
            assert shown(judged(said, tick)) == shown(now)


@given(st.lists(words, max_size=10), st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_a_recycled_spell_is_marked_with_how_often(said: list[Word], at: int) -> None:
    found = judged(said, at).episodes

    for begin, recycled in zip(found.qualified_at.tolist(), found.recycled.tolist(), strict=True):
        tick = (begin - START) // TICK
        assert recycled == walk(said, tick, TIMES).sent_back


def test_a_reason_decides_what_follows_from_a_refusal() -> None:
    demo = Word(0, "demo_request")
    refused = [replace(demo, tick=1, kind="sales_rejected", asset=one.name) for one in REASONS]

    status = {word.asset: judged([demo, word], 1).status_of(0) for word in refused}

    follows = {one.name: one.follows for one in REASONS}
    assert status == {name: {"custody": "with_partner"}.get(after, after) for name, after in follows.items()}
