"""The curves against a deliberately naive evaluation of the same life."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import deeds, definitions, facts_of, instants, knowledge
from oracle import Answer, Known, Person

from scoring.conditions import GRADES
from scoring.definition import POINT, Definition
from scoring.history import parts
from scoring.ledger import explain
from scoring.score import score
from scoring.touches import ALWAYS, NEVER, Facts
from scoring.verdicts import ENDINGS, Verdicts

lives = st.tuples(deeds(), knowledge)


def answer_of(verdicts: Verdicts, facts: Facts, person: int) -> Answer:
    mine = verdicts.episodes.person == person
    spells = zip(
        verdicts.episodes.qualified_at[mine].tolist(),
        verdicts.episodes.ended_at[mine].tolist(),
        (ENDINGS[code] for code in verdicts.episodes.ended_by[mine]),
        strict=True,
    )
    standing = verdicts.standing.person == person
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
            (int(rule), int(facts.touches.id[row]) % 1000)
            for rule, row in zip(
                verdicts.standing.rule[standing], verdicts.standing.touch[standing], strict=True
            )
        ),
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(lives, min_size=1, max_size=3), definitions(), instants, st.integers(-1, 1))
def test_curves_agree_with_the_naive_evaluation(
    people: list[tuple[list, list]], definition: Definition, instant: int, jitter: int
) -> None:
    facts = facts_of(people)
    as_of = instant + jitter

    verdicts = score(facts, definition, as_of)

    for person, (done, known) in enumerate(people):
        assert answer_of(verdicts, facts, person) == Person(done, known, definition).answer(as_of)


@settings(max_examples=60, deadline=None)
@given(lives, definitions())
def test_both_sides_of_every_boundary_agree(life: tuple[list, list], definition: Definition) -> None:
    facts = facts_of([life])
    person = Person(*life, definition)

    for boundary in person.boundaries()[:24]:
        for at in (boundary - 1, boundary):
            assert answer_of(score(facts, definition, at), facts, 0) == person.answer(at)


@settings(max_examples=80, deadline=None)
@given(lives, definitions(), instants, st.sampled_from([None, 0, 12 * POINT]))
def test_nothing_visible_changes_before_the_recheck(
    life: tuple[list, list], definition: Definition, as_of: int, published: int | None
) -> None:
    facts = facts_of([life])
    person = Person(*life, definition)
    shown = None if published is None else np.array([published])

    verdicts = score(facts, definition, as_of, published=shown, score_step=5 * POINT)

    now = person.answer(as_of)
    origin = now.score if published is None else published
    recheck_at = int(verdicts.recheck_at[0])
    assert recheck_at > as_of
    for at in [at for at in person.boundaries() if as_of < at < recheck_at]:
        then = person.answer(at)
        assert (then.status, then.grade, then.reason, then.episodes) == (
            now.status,
            now.grade,
            now.reason,
            now.episodes,
        )
        assert then.standing == now.standing
        assert abs(then.score - now.score) < 5 * POINT
        if abs(now.score - origin) < 5 * POINT:
            assert abs(then.score - origin) < 5 * POINT
    if recheck_at < NEVER:
        assert recheck_at in person.boundaries()


@settings(max_examples=80, deadline=None)
@given(lives, definitions(), instants)
def test_the_lines_of_the_ledger_add_up_to_the_score(
    life: tuple[list, list], definition: Definition, as_of: int
) -> None:
    facts = facts_of([([], []), life])

    explanation = explain(facts, definition, as_of, 1)

    person = Person(*life, definition)
    assert explanation.total == person.score(as_of) == explanation.verdicts.score[0]
    standing = sorted(points for rule in definition.rules for _, points in person.pulses(rule, as_of))
    assert sorted(line.points_now for line in explanation.contributions) == standing
    for line in explanation.contributions:
        assert as_of < line.next_fade_at <= line.expires_at


@settings(max_examples=60, deadline=None)
@given(st.lists(lives, min_size=2, max_size=4), definitions(), instants, st.randoms(use_true_random=False))
def test_order_of_rows_and_batches_change_nothing(
    people: list[tuple[list, list]], definition: Definition, as_of: int, random
) -> None:
    facts = facts_of(people)
    together = score(facts, definition, as_of)

    shuffled = [(random.sample(done, len(done)), known) for done, known in people]
    again = score(facts_of(shuffled), definition, as_of)
    alone = [score(facts.of_people(p, p + 1), definition, as_of) for p in range(len(people))]

    for person in range(len(people)):
        expected = answer_of(together, facts, person)
        assert answer_of(again, facts_of(shuffled), person) == expected
        assert answer_of(alone[person], facts.of_people(person, person + 1), 0) == expected
        dated = any(row.at > ALWAYS for row in people[person][1]) or people[person][0]
        if dated:
            assert alone[person].recheck_at[0] == together.recheck_at[person]


@settings(max_examples=30, deadline=None)
@given(st.lists(lives, min_size=2, max_size=5), definitions(), instants)
def test_many_people_are_judged_in_parts_with_the_same_answers(
    people: list[tuple[list, list]], definition: Definition, as_of: int
) -> None:
    together = score(facts_of(people), definition, as_of)
    # An instant so far away that time and more than one or two people do not fit one sort key.
    far = [*people, ([], [Known(0, "title", "x"), Known(2**59, "title", "x")])]
    facts = facts_of(far)

    apart = score(facts, definition, as_of)

    assert len(list(parts(facts))) > 1
    for person in range(len(people)):
        assert answer_of(apart, facts, person) == answer_of(together, facts_of(people), person)
        assert apart.first.texts(person) == together.first.texts(person)
        assert apart.last.touch[person] == together.last.touch[person]
        assert apart.partner_of(person) == together.partner_of(person)
