"""What a CRM counts and what is stored differ only by what can be explained."""

from __future__ import annotations

from dataclasses import replace

from reports.health import DAY, HOUR, Findings, Level, health
from reports.tally import Tally, tally_line, tally_note

NOW = 400 * DAY
LEADS = Tally("salesforce", "leads", there=100, held=100, excused=0, moved=0, counted_at=NOW - HOUR)


def judged(tally: Tally) -> tuple[Level, tuple[str, ...]]:
    found = health(Findings(NOW, 60, tallies=[tally]))
    return found.level, tuple(one.text for one in found.problems)


def test_as_many_here_as_there_is_fine() -> None:
    assert judged(LEADS) == (Level.FINE, ())


def test_rows_that_are_there_and_not_here_are_missing_unless_excused() -> None:
    assert judged(replace(LEADS, held=95, excused=5)) == (Level.FINE, ())

    level, texts = judged(replace(LEADS, held=93, excused=5))

    assert level is Level.DEGRADED
    assert texts == ("not here: 2 of 100 leads of salesforce (counted 1 h ago)",)


def test_rows_that_are_here_and_not_there_are_too_many_unless_they_moved() -> None:
    assert judged(replace(LEADS, held=102, moved=2)) == (Level.FINE, ())

    level, texts = judged(replace(LEADS, held=104, moved=2))

    assert level is Level.DEGRADED
    assert texts == ("here, but not shown by salesforce: 2 leads (counted 1 h ago)",)


def test_what_moved_excuses_nothing_that_is_missing_and_what_is_excused_no_surplus() -> None:
    assert replace(LEADS, held=99, moved=5).missing == 1
    assert replace(LEADS, held=101, excused=5).surplus == 1


def test_a_comparison_is_one_line() -> None:
    assert tally_line(LEADS) == "counted: salesforce leads 100 of 100"
    assert tally_line(replace(LEADS, moved=2)) == "counted: salesforce leads 100 of 100, 2 changed since"


def test_a_note_is_made_only_of_what_nothing_explains() -> None:
    assert tally_note(LEADS) == tally_note(replace(LEADS, held=102, moved=2)) == ""
    assert tally_note(replace(LEADS, held=98)) == "2 missing"
    assert tally_note(replace(LEADS, held=101)) == "1 too many"
