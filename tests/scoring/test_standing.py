"""What sales sees of a spell: the worst of its clocks, by when something is owed, and when that changes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from test_sla import SLA, THURSDAY, at, clock, clocks, points

from scoring.handoff.sla import Clock, FollowUp, Watch, clocks_of
from scoring.handoff.standing import Standing, read, standing, worst
from scoring.touches import DAY, HOUR, NEVER

BEGIN = at(THURSDAY)


def stands(spell: dict[str, Clock], as_of: int) -> Standing | None:
    (found,) = read([spell], as_of)
    return standing(found, as_of)


def test_a_spell_of_which_nothing_was_promised_does_not_stand_at_all() -> None:
    assert stands({}, BEGIN) is None
    assert stands({"from_assignment": clock(THURSDAY)}, BEGIN) is None
    assert read([], BEGIN) == []


def test_the_worst_clock_is_what_is_seen() -> None:
    assert worst(["met", "running", "closed"]) == "running"
    assert worst(["paused", "breached", "running"]) == "breached"
    assert worst(["paused", "met"]) == "paused"
    assert worst(["closed", "met"]) == "met"
    assert worst(["closed"]) == worst([]) == "closed"


def test_what_is_owed_next_is_due_and_what_is_done_is_not() -> None:
    first, decision = clock(THURSDAY), clock(THURSDAY, 8)
    due, later = at("2026-11-19T14:00"), at("2026-11-20T10:00")

    assert stands({"first_touch": first, "decision": decision}, BEGIN) == Standing("running", due, due)
    called = {"first_touch": replace(first, stop=BEGIN + HOUR), "decision": decision}
    assert stands(called, BEGIN) == Standing("running", due, BEGIN + HOUR)
    assert stands(called, BEGIN + HOUR) == Standing("running", later, later)
    done = {"first_touch": called["first_touch"], "decision": replace(decision, stop=BEGIN + 2 * HOUR)}
    assert stands(done, BEGIN + DAY) == Standing("met", NEVER, NEVER)


def test_a_broken_promise_stays_what_is_seen_while_another_still_runs() -> None:
    spell = {"first_touch": clock(THURSDAY), "decision": clock(THURSDAY, 8)}
    due, later = at("2026-11-19T14:00"), at("2026-11-20T10:00")

    assert stands(spell, due) == Standing("breached", due, later)
    assert stands(spell, later) == Standing("breached", due, NEVER)


def test_a_pause_that_lasts_owes_nothing_and_one_that_ends_changes_then() -> None:
    ends = BEGIN + DAY

    assert stands({"first_touch": clock(THURSDAY, pauses=((BEGIN, NEVER),))}, BEGIN) == Standing(
        "paused", NEVER, NEVER
    )
    assert stands({"first_touch": clock(THURSDAY, pauses=((BEGIN, ends),))}, BEGIN) == Standing(
        "paused", NEVER, ends
    )


def test_the_clocks_of_a_follow_up_are_read_together() -> None:
    work = FollowUp(BEGIN, BEGIN, (Watch(0, SLA.calendar),), assigned_at=BEGIN + HOUR)

    found = stands(clocks_of(work, replace(SLA, decision=8 * HOUR), 0), BEGIN)

    assert found is not None
    assert found.due_at == at("2026-11-19T14:00")


@settings(deadline=None, max_examples=120)
@given(
    st.dictionaries(st.sampled_from(["first_touch", "attempts", "decision"]), clocks(), min_size=1),
    points,
    points,
)
def test_nothing_changes_before_the_instant_that_was_told(
    spell: dict[str, Clock], as_of: int, other: int
) -> None:
    now = stands(spell, as_of)
    assert now is not None
    assert now.changes_at > as_of

    if as_of <= other < now.changes_at:
        later = stands(spell, other)
        assert later is not None
        assert (later.state, later.due_at) == (now.state, now.due_at)
        assert later.changes_at == now.changes_at
