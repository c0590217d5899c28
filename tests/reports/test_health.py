"""Health is the worst of what was found, and every problem says what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.health import (
    DAY,
    HOUR,
    MINUTE,
    SHOWN_MAX,
    Aside,
    Findings,
    Held,
    LastRun,
    Level,
    Refusal,
    Stream,
    age,
    health,
)

NOW = 400 * DAY
CONTACTS = Stream("hubspot", "contacts", 10, NOW)
FINE = Findings(NOW, 60, streams=[CONTACTS], last=LastRun("run", "done", NOW))


def read(ago: int, every_s: int = 0) -> Findings:
    return replace(FINE, streams=[replace(CONTACTS, caught_up_at=NOW - ago, every_s=every_s)])


def test_nothing_found_is_fine() -> None:
    assert health(FINE).level is Level.FINE
    assert health(FINE).problems == ()


def test_a_stream_of_every_cycle_is_late_after_a_quarter_of_an_hour() -> None:
    assert health(read(15 * MINUTE)).level is Level.FINE
    assert health(read(15 * MINUTE + 1)).level is Level.STOPPED


def test_ten_long_cycles_may_pass_before_a_stream_is_late() -> None:
    half_hourly = replace(read(300 * MINUTE), interval_s=1_800)

    assert health(half_hourly).level is Level.FINE
    assert health(replace(half_hourly, as_of=NOW + 1)).level is Level.STOPPED


def test_a_stream_with_a_clock_of_its_own_is_late_by_that_clock() -> None:
    hourly = 2 * HOUR + 15 * MINUTE

    assert health(read(hourly, every_s=3_600)).level is Level.FINE
    assert health(read(hourly + 1, every_s=3_600)).level is Level.STOPPED
    assert health(read(hourly + 1, every_s=6 * 3_600)).level is Level.FINE


def test_one_late_stream_among_others_degrades_and_is_named_with_its_age() -> None:
    late = replace(CONTACTS, name="forms", caught_up_at=NOW - 3 * HOUR)

    (problem,) = health(replace(FINE, streams=[CONTACTS, late])).problems

    assert problem.level is Level.DEGRADED
    assert problem.text == "not read lately: hubspot forms (3 h ago)"


def test_a_connection_of_which_nothing_is_read_any_more_has_stopped() -> None:
    owners = Stream("hubspot", "owners", 5, NOW - HOUR, every_s=3_600)
    leads = Stream("salesforce", "leads", 5, NOW)

    (problem,) = health(replace(read(HOUR), streams=[*read(HOUR).streams, owners, leads])).problems

    assert problem.level is Level.STOPPED
    assert problem.text == "hubspot was last read 1 h ago"
    assert "mqlsync run" in problem.remedy


def test_a_long_run_that_is_under_way_has_not_stopped() -> None:
    assert health(replace(read(HOUR), worker="here:1")).level is Level.DEGRADED


def test_a_stream_of_a_crm_that_is_not_connected_any_more_is_never_late() -> None:
    left = replace(CONTACTS, caught_up_at=1, is_connected=False)

    assert health(replace(FINE, streams=[CONTACTS, left])).level is Level.FINE


def test_a_stream_that_was_never_read_is_named() -> None:
    unread = Stream("salesforce", "leads", 0, 0)

    (problem,) = health(replace(FINE, streams=[CONTACTS, unread])).problems

    assert problem.text == "never read to the end: salesforce leads"
    assert "mqlsync backfill" in problem.remedy


def test_a_new_workspace_is_told_to_read() -> None:
    (problem,) = health(Findings(NOW, 60, streams=[replace(CONTACTS, caught_up_at=0)])).problems

    assert problem.text == "nothing was read to its end yet"
    assert "mqlsync backfill" in problem.remedy


def test_nobody_complains_of_a_first_read_that_is_under_way() -> None:
    reading = Findings(NOW, 60, streams=[replace(CONTACTS, caught_up_at=0)], worker="here:1")

    assert health(reading).level is Level.FINE


def test_a_failed_run_means_stopped_and_comes_first() -> None:
    failed = LastRun("daemon", "failed", NOW - 5 * MINUTE, "hubspot GET /x: 401.")

    found = health(replace(FINE, last=failed, held=Held(3, "it is large")))

    assert found.level is Level.STOPPED
    assert [one.level for one in found.problems] == [Level.STOPPED, Level.DEGRADED]
    assert found.problems[0].text == "the last run failed 5 min ago: hubspot GET /x: 401"


@pytest.mark.parametrize("state", ["done", "stopped"])
def test_a_run_that_was_done_or_told_to_stop_is_no_problem(state: str) -> None:
    assert health(replace(FINE, last=LastRun("run", state, NOW, "asked to"))).level is Level.FINE


def test_a_held_plan_degrades_with_the_reason_and_the_way_on() -> None:
    (problem,) = health(replace(FINE, held=Held(7, "it moves 40 % of all people"))).problems

    assert problem.level is Level.DEGRADED
    assert problem.text == "plan 7 is held because it moves 40 % of all people"
    assert "mqlsync plan" in problem.remedy
    assert "mqlsync apply" in problem.remedy


@pytest.mark.parametrize(("rows", "words"), [(1, "1 row could not"), (2, "2 rows could not")])
def test_rows_put_aside_are_counted(rows: int, words: str) -> None:
    (problem,) = health(replace(FINE, aside=[Aside("hubspot", "forms", "no time", rows)])).problems

    assert problem.text.startswith(words)


def test_refusals_of_one_reason_are_one_problem_in_the_words_of_the_crm() -> None:
    refused = [Refusal(f"hubspot:contact:{n}", "fields", "not allowed.", "Grant it.") for n in (1, 2, 3)]

    (problem,) = health(replace(FINE, refusals=refused)).problems

    assert problem.text == "the CRM refused a change of fields of hubspot:contact:1 and 2 more: not allowed"
    assert problem.remedy == "Grant it"


def test_refusals_of_very_many_reasons_are_cut_and_counted() -> None:
    refused = [Refusal(f"hubspot:contact:{n}", "task", f"reason {n}", "") for n in range(SHOWN_MAX + 2)]

    problems = health(replace(FINE, refusals=refused)).problems

    assert len(problems) == SHOWN_MAX + 1
    assert problems[0].text.startswith("the CRM refused a task of hubspot:contact:0: reason 0")
    assert problems[-1].text == "the CRM refused writes for 2 more reasons"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (MINUTE - 1, "just now"),
        (MINUTE, "1 min ago"),
        (HOUR - 1, "59 min ago"),
        (HOUR, "1 h ago"),
        (2 * DAY - 1, "47 h ago"),
        (2 * DAY, "2 days ago"),
    ],
)
def test_an_age_reads_in_the_unit_that_fits(passed: int, words: str) -> None:
    assert age(NOW - passed, NOW) == words


def test_what_never_happened_has_no_age() -> None:
    assert age(0, NOW) == "never"


def test_a_clock_that_runs_ahead_is_just_now() -> None:
    assert age(NOW + HOUR, NOW) == "just now"
