"""The SLA report: what counts as kept, what comes first, and what strangers wrote into it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from dashboard.sla_page import sla_page
from reports.intervals import wilson
from reports.sla import Line, Share, SlaReport, sla_report
from reports.sla_text import lasting, sla_csv, sla_lines
from scoring.touches import DAY, HOUR, MINUTE

NOW = 20_000 * DAY
LINE = Line(
    person=1,
    key="hubspot:contact:1",
    number=1,
    promise="first_touch",
    state="running",
    started_at=NOW - HOUR,
    due_at=NOW + HOUR,
    stopped_at=0,
    ended_at=0,
    target=4 * HOUR,
    worked=HOUR,
    passed=HOUR,
    owner="Ann (hubspot:owner:9)",
    territory="north",
    partner="",
    tier="",
    definition="standard",
)
MET = replace(LINE, person=2, state="met", stopped_at=NOW - MINUTE, worked=30 * MINUTE, passed=2 * HOUR)
BROKEN = replace(LINE, person=3, state="breached", due_at=NOW - HOUR)


def report(*lines: Line) -> SlaReport:
    return sla_report(lines, NOW - 90 * DAY, NOW)


def share(found: SlaReport, by: str = "", name: str = "", promise: str = "first_touch") -> Share:
    (one,) = [s for s in found.shares if (s.promise, s.by, s.name) == (promise, by, name)]
    return one


def test_what_runs_past_its_due_instant_is_broken_already() -> None:
    in_time, too_late = replace(LINE, due_at=NOW + 1), replace(LINE, due_at=NOW)

    assert report(in_time).running == [in_time]
    assert report(in_time).breached == []
    assert report(too_late).running == []
    assert [one.state for one in report(too_late).breached] == ["breached"]


def test_a_clock_that_stands_is_not_broken_and_stands_last() -> None:
    stands = replace(LINE, state="paused", due_at=0)

    assert report(stands, LINE).running == [LINE, stands]
    assert report(stands).breached == []


def test_the_soonest_due_comes_first_and_of_the_broken_ones_what_is_still_to_be_done() -> None:
    later = replace(LINE, person=7, due_at=NOW + 2 * HOUR)
    late_but_done = replace(BROKEN, due_at=NOW - 2 * HOUR, stopped_at=NOW - MINUTE)
    over = replace(BROKEN, person=4, due_at=NOW - 3 * HOUR, ended_at=NOW - MINUTE)

    assert report(later, LINE).running == [LINE, later]
    assert report(late_but_done, over, BROKEN).breached == [BROKEN, over, late_but_done]


def test_the_share_counts_what_is_decided_and_says_how_sure_it_is() -> None:
    closed = replace(LINE, state="closed", ended_at=NOW - MINUTE)

    found = share(report(LINE, MET, MET, BROKEN, closed))

    assert (found.kept, found.broken, found.running) == (2, 1, 1)
    assert found.percent == pytest.approx(66.67, abs=0.01)
    assert (found.low, found.high) == wilson(2, 3)
    assert share(report(LINE)).percent is None


def test_the_share_is_told_by_whose_it_was_and_only_where_somebody_s_it_was() -> None:
    found = report(MET, replace(BROKEN, owner="", territory="south", partner="kestrel", tier="gold"))

    assert share(found, "owner", "").percent == 0
    assert share(found, "owner", LINE.owner).percent == 100
    assert share(found, "territory", "south").percent == 0
    assert share(found, "tier", "gold").known == 1
    assert share(found, "definition", "standard").known == 2
    assert not [one for one in report(MET).shares if one.by in ("partner", "tier")]


def test_times_are_those_of_what_was_done_in_both_ways_of_counting() -> None:
    slow = replace(MET, state="breached", worked=90 * MINUTE, passed=4 * HOUR)

    found = share(report(MET, slow, BROKEN))

    assert (found.worked, found.passed) == (HOUR, 3 * HOUR)


def test_the_clock_from_the_assignment_is_measured_and_nobody_s_breach() -> None:
    late = replace(BROKEN, promise="from_assignment")

    assert report(late).breached == []
    assert share(report(late), promise="from_assignment").broken == 1


def test_an_old_clock_is_listed_while_it_is_open_and_counted_no_more() -> None:
    old = replace(BROKEN, started_at=NOW - 90 * DAY - 1)

    assert report(old).breached == [old]
    assert report(old).shares == []
    assert report(replace(old, ended_at=NOW - DAY)).lines == []


def test_the_report_reads_as_text_json_csv_and_page() -> None:
    evil = replace(BROKEN, owner="=cmd()|<script>", escalated_at=NOW, escalated_to="<b>boss</b>")
    found = report(LINE, MET, evil)

    said = "\n".join(sla_lines(found))
    told = json.loads(json.dumps(found.as_dict()))
    rows = list(csv.DictReader(io.StringIO(sla_csv(found))))
    page = sla_page(found)

    assert "1 running, 1 broken and still to be done" in said
    assert "in 1 h 0 min" in said
    assert told["shares"][0]["kept_percent"] == 50.0
    assert told["running"][0]["target_hours"] == 4.0
    assert [row["person"] for row in rows] == ["1", "2", "3"]
    assert rows[2]["owner"].startswith("'=")
    assert rows[1]["working_minutes"] == "30"
    assert "<script" not in page
    assert "<b>boss" not in page
    assert "&lt;b&gt;boss" in page


def test_long_lists_are_cut_and_an_empty_report_says_so() -> None:
    many = [replace(LINE, person=number) for number in range(30)]

    assert "… and 28 more" in "\n".join(sla_lines(report(*many), shown_max=2))
    assert "No clock has started" in "\n".join(sla_lines(report()))
    assert "None." in sla_page(report())


@pytest.mark.parametrize(
    ("micros", "words"),
    [
        (0, "0 min"),
        (HOUR - 1, "59 min"),
        (HOUR, "1 h 0 min"),
        (DAY - 1, "23 h 59 min"),
        (DAY + 5 * HOUR, "1 d 5 h"),
    ],
)
def test_lengths_of_time_are_told_in_two_units(micros: int, words: str) -> None:
    assert lasting(micros) == words
