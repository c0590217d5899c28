"""The curves against a deliberately naive evaluation of the same lives.

MQLSYNC_EXAMPLES multiplies how many lives are tried; the suite tries few, and often.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lives import CONTEXT, deeds, definitions, facts_of, instants, knowledge, lives, machines, mailed
from oracle import FREE, Answer, Known, Life, Person, world

from scoring.definitions.conditions import GRADES, scored
from scoring.definitions.definition import EVERYBODY_IS_HUMAN, POINT, Definition, Group, MachineClicks
from scoring.history import parts
from scoring.ledger import explain
from scoring.machines import machine_clicks
from scoring.rules.committee import colleagues_needed
from scoring.score import score
from scoring.touches import ALWAYS, NEVER, Facts
from scoring.verdicts import ENDINGS, Verdicts

EXAMPLES = float(os.environ.get("MQLSYNC_EXAMPLES", "1"))


def trying(examples: int) -> Callable:
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(max_examples=int(examples * EXAMPLES), deadline=None, suppress_health_check=slow)


def answer_of(verdicts: Verdicts, facts: Facts, person: int) -> Answer:
    mine = verdicts.episodes.person == person
    spells = zip(
        verdicts.episodes.qualified_at[mine].tolist(),
        verdicts.episodes.ended_at[mine].tolist(),
        (ENDINGS[code] for code in verdicts.episodes.ended_by[mine]),
        strict=True,
    )
    standing = verdicts.standing
    rows = np.flatnonzero(standing.person == person)
    return Answer(
        verdicts.status_of(person),
        int(verdicts.score[person]),
        int(verdicts.engagement[person]),
        int(verdicts.fit[person]),
        GRADES[verdicts.grade[person]],
        int(verdicts.reason[person]),
        int(verdicts.qualified_at[person]),
        tuple(spells),
        frozenset(
            (
                int(standing.rule[row]),
                int(facts.touches.id[standing.touch[row]]) % 1000 if standing.touch[row] >= 0 else -1,
                int(standing.at[row]),
            )
            for row in rows
        ),
    )


def judged(facts: Facts, definition: Definition, as_of: int) -> Verdicts:
    return score(facts, definition, as_of, context=CONTEXT)


@trying(150)
@given(st.lists(lives, min_size=1, max_size=3), definitions(), instants, st.integers(-1, 1))
def test_curves_agree_with_the_naive_evaluation(
    people: list[Life], definition: Definition, instant: int, jitter: int
) -> None:
    facts = facts_of(people)
    as_of = instant + jitter

    verdicts = judged(facts, definition, as_of)

    for number, person in enumerate(world(people, definition, CONTEXT)):
        assert answer_of(verdicts, facts, number) == person.answer(as_of)


scanned = st.builds(Life, mailed(), knowledge, st.integers(0, 1))


@trying(80)
@given(st.lists(scanned, min_size=1, max_size=3), machines)
def test_machines_are_told_as_by_looking_at_each_click(people: list[Life], rule: MachineClicks) -> None:
    facts = facts_of(people)
    definition = Definition("d", "1", "d", scored(0), (), (Group("g"),), machine=rule)

    voided = facts.touches.id[machine_clicks(facts.touches, rule)].tolist()

    assert voided == [
        deed.id + 1000 * number
        for number, person in enumerate(world(people, definition, CONTEXT))
        for deed in person.deeds
        if deed.id in person.voided
    ]


@trying(60)
@given(st.lists(scanned, min_size=1, max_size=2), definitions(), instants)
def test_who_would_be_an_mql_is_one_where_everybody_is_human(
    people: list[Life], definition: Definition, as_of: int
) -> None:
    verdicts = judged(facts_of(people), definition, as_of)

    humans = world(people, replace(definition, machine=EVERYBODY_IS_HUMAN), CONTEXT)
    for number, person in enumerate(world(people, definition, CONTEXT)):
        is_free = person.life(as_of)[0] in (*FREE, "disqualified")
        expected = bool(person.voided) and is_free and humans[number].life(as_of)[0] == "mql"
        assert verdicts.would_be_mql[number] == expected


@trying(40)
@given(st.lists(st.builds(Life, deeds(6), knowledge, st.just(1)), min_size=1, max_size=2), definitions())
def test_both_sides_of_every_boundary_agree(people: list[Life], definition: Definition) -> None:
    facts = facts_of(people)
    person = world(people, definition, CONTEXT)[0]
    boundaries = person.boundaries()

    for boundary in boundaries[:: max(len(boundaries) // 10, 1)]:
        for at in (boundary - 1, boundary, boundary + 1):
            assert answer_of(judged(facts, definition, at), facts, 0) == person.answer(at)


@trying(80)
@given(
    st.lists(lives, min_size=1, max_size=2), definitions(), instants, st.sampled_from([None, 0, 12 * POINT])
)
def test_nothing_visible_changes_before_the_recheck(
    people: list[Life], definition: Definition, as_of: int, published: int | None
) -> None:
    facts = facts_of(people)
    person = world(people, definition, CONTEXT)[0]
    shown = None if published is None else np.full(len(people), published)

    verdicts = score(facts, definition, as_of, context=CONTEXT, published=shown, score_step=5 * POINT)

    now = person.answer(as_of)
    origin = now.score if published is None else published
    recheck_at = int(verdicts.recheck_at[0])
    assert recheck_at > as_of
    for at in [at for at in person.boundaries() if as_of < at < recheck_at]:
        assert_as_before(person, now, at)
        then = person.score(at)
        if abs(now.score - origin) < 5 * POINT:
            assert abs(then - origin) < 5 * POINT
    if recheck_at < NEVER:
        assert recheck_at in person.boundaries()


def assert_as_before(person: Person, now: Answer, at: int) -> None:
    then = person.answer(at)
    assert (then.status, then.grade, then.reason, then.episodes) == (
        now.status,
        now.grade,
        now.reason,
        now.episodes,
    )
    assert then.standing == now.standing
    assert abs(then.score - now.score) < 5 * POINT


@trying(80)
@given(lives, lives, definitions(), instants)
def test_the_lines_of_the_ledger_add_up_to_the_score(
    other: Life, life: Life, definition: Definition, as_of: int
) -> None:
    facts = facts_of([other, life])

    explanation = explain(facts, definition, as_of, 1, context=CONTEXT)

    person = world([other, life], definition, CONTEXT)[1]
    assert explanation.total == person.score(as_of) == explanation.verdicts.score[0]
    standing = sorted(points for rule in definition.rules for _, points in person.pulses(rule, as_of))
    assert sorted(line.points_now for line in explanation.contributions) == standing
    for line in explanation.contributions:
        assert line.at <= as_of < line.next_fade_at <= line.expires_at


@trying(60)
@given(st.lists(lives, min_size=2, max_size=4), definitions(), instants, st.randoms(use_true_random=False))
def test_order_of_rows_and_batches_change_nothing(
    people: list[Life], definition: Definition, as_of: int, random
) -> None:
    facts = facts_of(people)
    together = judged(facts, definition, as_of)

    turn = random.sample(range(len(people)), len(people))
    shuffled = facts_of(
        [
            Life(random.sample(one.deeds, len(one.deeds)), one.known, one.company)
            for one in (people[number] for number in turn)
        ]
    )
    again = judged(shuffled, definition, as_of)

    for person, life in enumerate(people):
        expected = answer_of(together, facts, person)
        assert answer_of(again, shuffled, turn.index(person)) == expected
        part = facts.of_people(person, person + 1)
        alone = judged(part, definition, as_of)
        assert answer_of(alone, part, 0) == expected
        if life.deeds or any(row.at > ALWAYS for row in life.known):
            assert alone.recheck_at[0] == together.recheck_at[person] == again.recheck_at[turn.index(person)]


@trying(40)
@given(lives, lives, definitions(), instants)
def test_colleagues_matter_only_to_committees(
    life: Life, other: Life, definition: Definition, as_of: int
) -> None:
    together = facts_of([life, Life(other.deeds, other.known, life.company)])
    alone = facts_of([life])

    verdicts = judged(together, definition, as_of)

    if not colleagues_needed(definition):
        expected = answer_of(judged(alone, definition, as_of), alone, 0)
        assert answer_of(verdicts, together, 0) == expected


@trying(30)
@given(st.lists(lives, min_size=2, max_size=5), definitions(), instants)
def test_many_people_are_judged_in_parts_with_the_same_answers(
    people: list[Life], definition: Definition, as_of: int
) -> None:
    together = judged(facts_of(people), definition, as_of)
    # An instant so far away that time and more than one or two people do not fit one sort key.
    facts = facts_of([*people, Life([], [Known(0, "title", "x"), Known(2**59, "title", "x")])])

    apart = judged(facts, definition, as_of)

    assert len(list(parts(facts))) > 1
    for person in range(len(people)):
        assert answer_of(apart, facts, person) == answer_of(together, facts_of(people), person)
        assert apart.first.texts(person) == together.first.texts(person)
        assert apart.last.touch[person] == together.last.touch[person]
        assert apart.partner_of(person) == together.partner_of(person)
