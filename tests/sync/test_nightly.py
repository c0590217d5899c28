"""Once a night everybody is judged anew; what differs is mended, said and counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from structlog.testing import capture_logs

from config.init import init
from config.settings import Nightly, Settings, load_settings
from config.zones import WEEKDAYS
from connectors.records import Page, Record, Touch
from scoring.definitions.definition import POINT
from sync.clock import DAY, HOUR, MINUTE, from_datetime, parse, to_datetime
from sync.cycle import cycle
from sync.daemon import nightly_tick
from sync.nightly import begins_at
from sync.store import runs
from sync.store.engine import Store
from sync.store.pages import save_page
from sync.workspace import Workspace

START = parse("2026-03-10T12:00:00Z")  # a Tuesday
BERLIN = ZoneInfo("Europe/Berlin")


def settings_in(folder: Path) -> Settings:
    init(folder)
    return replace(load_settings(folder), home_crm=("hubspot",))


COMMITS_MAX = 40


class PowerCut(BaseException):
    """The process ended here."""


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(store: Store, tmp_path: Path, clock: Clock) -> Workspace:
    """Five people, judged at START."""
    opened = Workspace(settings_in(tmp_path / "workspace"), store, {}, clock)
    people = [str(number) for number in range(1, 6)]
    records = tuple(
        Record("contact", one, 10, 5, attributes={"email": f"p{one}@acme.example"}) for one in people
    )
    touches = tuple(
        Touch(f"hubspot:contact:{one}", f"demo:{one}", "demo_request", START - DAY) for one in people
    )
    save_page(store, "hubspot", "all", Page("1", True, records, touches), START)
    runs.remember(store, "live_from", str(START - DAY))
    run(opened)
    return opened


def run(workspace: Workspace) -> tuple[int, int]:
    checked = cycle(workspace, "daemon", reads=False).checked
    return checked.people, checked.differed


def forge(workspace: Workspace, change: str) -> None:
    """The store says something that nobody decided."""
    with workspace.store.transaction() as tx:
        tx.execute(text(f"UPDATE verdict SET {change} WHERE person = 3"))


@pytest.mark.parametrize(
    ("now", "begun"),
    [
        ("2026-03-10T02:30:00Z", "2026-03-10T02:30:00Z"),
        ("2026-03-10T02:29:59Z", "2026-03-09T02:30:00Z"),
        ("2026-03-10T23:59:00Z", "2026-03-10T02:30:00Z"),
    ],
)
def test_the_night_begins_at_its_time(now: str, begun: str) -> None:
    assert begins_at(Nightly(), parse(now)) == parse(begun)


@pytest.mark.parametrize(
    ("now", "begun"),
    [
        ("2026-03-10T01:30:00Z", "2026-03-10T01:30:00Z"),  # 02:30 in winter
        ("2026-07-10T00:30:00Z", "2026-07-10T00:30:00Z"),  # 02:30 in summer
        ("2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z"),  # there is no 02:30 that day: it is 03:30
        ("2026-10-25T01:30:00Z", "2026-10-25T00:30:00Z"),  # there are two: the first one counts
    ],
)
def test_the_time_is_that_of_the_zone(now: str, begun: str) -> None:
    assert begins_at(Nightly(zone="Europe/Berlin"), parse(now)) == parse(begun)


def test_only_the_weekdays_that_are_named_have_nights() -> None:
    weekly = Nightly(days=("mon",))

    assert begins_at(weekly, parse("2026-03-15T12:00:00Z")) == parse("2026-03-09T02:30:00Z")
    assert begins_at(weekly, parse("2026-03-16T02:30:00Z")) == parse("2026-03-16T02:30:00Z")
    assert begins_at(weekly, parse("2026-03-16T02:29:59Z")) == parse("2026-03-09T02:30:00Z")


@given(
    st.integers(START, START + 400 * DAY),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
)
def test_the_latest_begin_is_never_ahead_and_on_a_day_that_is_named(
    now: int, at: time, days: set[str]
) -> None:
    begun = begins_at(Nightly(at, tuple(days), "Europe/Berlin"), now)

    there = to_datetime(begun).astimezone(BERLIN)
    assert now - 8 * DAY < begun <= now
    assert WEEKDAYS[there.weekday()] in days
    assert there.time() == at or from_datetime(datetime.combine(there.date(), at, BERLIN)) == begun


def test_a_night_begins_once_however_often_it_is_asked(workspace: Workspace, clock: Clock) -> None:
    assert nightly_tick(workspace)
    assert not nightly_tick(workspace)

    clock.now = parse("2026-03-11T02:29:59Z")
    assert not nightly_tick(workspace)

    clock.now = parse("2026-03-11T02:30:00Z")
    assert nightly_tick(workspace)


def test_everybody_is_judged_once_a_night_and_nothing_differs(workspace: Workspace, clock: Clock) -> None:
    nightly_tick(workspace)
    clock.now += MINUTE

    with capture_logs() as logs:
        found = [run(workspace) for _ in range(2)]

    assert found == [(5, 0), (0, 0)]
    assert [one for one in logs if one["event"] == "verdict_differed"] == []


def test_without_a_night_nobody_is_judged_who_is_not_due(workspace: Workspace) -> None:
    assert run(workspace) == (0, 0)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("status = 'mql'", ["status"]),
        ("grade = 'A', grid = 'A1'", ["grade", "grid"]),
        ("qualified_at = qualified_at - 1", ["qualified_at"]),
        (f"score = score + {5 * POINT}", ["score"]),
        ("would_be_mql = NOT would_be_mql", ["would_be_mql"]),
    ],
)
def test_a_verdict_that_differs_is_mended_said_and_counted(
    workspace: Workspace, change: str, what: list[str]
) -> None:
    with workspace.store.reading() as tx:
        before = tx.execute(text("SELECT status, score, grade FROM verdict WHERE person = 3")).one()
    forge(workspace, change)
    nightly_tick(workspace)

    structlog.reset_defaults()
    with capture_logs() as logs:
        found = run(workspace)

    told = [one for one in logs if one["event"] == "verdict_differed"]
    assert found == (5, 1)
    assert [(one["person"], one["what"], one["log_level"]) for one in told] == [(3, what, "warning")]
    assert "@" not in str(told)
    assert runs.latest(workspace.store, 1)[0].summary["checked"] == {"people": 5, "differed": 1}
    with workspace.store.reading() as tx:
        assert tx.execute(text("SELECT status, score, grade FROM verdict WHERE person = 3")).one() == before


def test_a_score_may_have_moved_by_less_than_a_step(workspace: Workspace) -> None:
    forge(workspace, f"score = score + {5 * POINT - 1}")
    nightly_tick(workspace)

    assert run(workspace) == (5, 0)


def test_who_lost_her_verdict_gets_one(workspace: Workspace) -> None:
    with workspace.store.transaction() as tx:
        tx.execute(text("DELETE FROM verdict WHERE person = 3"))
    nightly_tick(workspace)

    assert run(workspace) == (5, 1)


def test_who_has_news_is_no_finding(workspace: Workspace, clock: Clock) -> None:
    nightly_tick(workspace)
    clock.now += HOUR
    news = Touch("hubspot:contact:3", "quote:3", "quote_request", clock.now - MINUTE)
    save_page(workspace.store, "hubspot", "all", Page("2", True, (), (news,)), clock.now)

    assert run(workspace) == (5, 0)


def test_before_the_first_read_is_complete_nobody_is_checked(
    store: Store, tmp_path: Path, clock: Clock
) -> None:
    workspace = Workspace(settings_in(tmp_path / "workspace"), store, {}, clock)
    nightly_tick(workspace)

    assert run(workspace) == (0, 0)


def test_a_night_goes_on_wherever_the_power_went(workspace: Workspace, clock: Clock) -> None:
    whole = workspace.store.at
    for commits in range(1, COMMITS_MAX):
        clock.now += DAY
        assert nightly_tick(workspace)
        forge(workspace, "status = 'mql'")
        left = iter(range(commits))

        def cut(moment: str, left: Iterator[int] = left) -> None:
            if moment == "store.before commit" and next(left, None) is None:
                raise PowerCut

        workspace.store.at = cut
        with suppress(PowerCut):
            run(workspace)
        workspace.store.at = whole
        run(workspace)

        with workspace.store.reading() as tx:
            assert tx.execute(text("SELECT status FROM verdict WHERE person = 3")).scalar_one() == "lead"
        if next(left, None) is not None:
            return
    raise AssertionError("a cycle has more commits than that")
