"""First loads by bulk query: the same rows as page by page, whatever becomes of the job."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from salesforce_fake import Fake, fake

from connectors.errors import Unreachable
from connectors.salesforce import Options, csv_rows, window
from connectors.salesforce.window import RECENT_MAX
from sandbox.crm import Response

CATALOGUE = (
    Path(os.environ.get("MQLSYNC_RECORDED", "../shared/recorded")) / "salesforce/errors/catalogue.json"
)
ALWAYS = Options(bulk_from=1)
PEOPLE = 4_000  # leads and contacts do not fit one page each


def read_by(options: Options) -> dict[Any, Any]:
    with fake(people=PEOPLE, options=options) as org:
        org.read("leads", "contacts")
        return {**org.shelf.rows, **org.shelf.touches}


def test_bulk_brings_the_same_rows_as_rest() -> None:
    with fake(people=PEOPLE, options=ALWAYS) as org:
        org.read("leads", "contacts")
        jobs = [call for call in org.asked("jobs/query") if call.method == "POST"]
        read: dict[Any, Any] = {**org.shelf.rows, **org.shelf.touches}
        unread = org.shelf.unread

    assert len(jobs) == 2
    assert unread == []
    assert read == read_by(Options(bulk_from=0))


@pytest.mark.parametrize("bulk_from", [0, 1], ids=["by page", "by bulk"])
def test_after_a_load_in_which_much_had_just_changed_all_of_it_is_walked_once_more(bulk_from: int) -> None:
    with fake(people=PEOPLE, options=Options(bulk_from=bulk_from)) as org:
        leads, stamp = org.crm.org.tables["Lead"], org.crm.org.stamp()
        there = sorted(org.there("Lead"))
        for lead in there[:: len(there) // (RECENT_MAX + 1)][: RECENT_MAX + 1]:  # some of each page
            leads.put({**(leads.find(lead) or {}), "SystemModstamp": stamp})
        walk = window.read(org.read("leads")[-1].cursor)

        assert walk.owed == walk.since > 0
        assert bool(org.asked("/results")) == bool(bulk_from)


def test_a_load_below_the_threshold_makes_no_job() -> None:
    with fake(people=PEOPLE, options=Options(bulk_from=100_000)) as org:
        org.read("leads")

        assert org.asked("jobs/query") == []


@pytest.mark.parametrize("piece", [700, 1_000, 1_001])
def test_every_piece_and_every_page_can_be_the_last_of_a_process(piece: int) -> None:
    with fake(people=PEOPLE, options=Options(bulk_from=1, bulk_piece=piece)) as org:
        org.crm.jobs.looks = 3
        for _ in range(60):
            org.fresh()
            if org.read("leads", pages=1)[0].caught_up:
                break
        bin_too = org.crm.org.tables["Lead"]
        total = sum(1 for number in range(10_000) if bin_too.get(number))

        assert len([key for key in org.shelf.rows if key[0] == "lead"]) == total
        assert org.shelf.live("lead") == org.there("Lead")


def refused(org: Fake) -> None:
    org.crm.jobs.left = 0


def forgotten(org: Fake) -> None:
    org.crm.jobs.forget()


def too_slow(org: Fake) -> None:
    org.crm.jobs.looks = 10_000


@pytest.mark.parametrize(("trouble", "after_pages"), [(refused, 1), (forgotten, 3), (too_slow, 1)])
def test_a_job_in_vain_costs_time_and_no_row(trouble: Callable[[Fake], None], after_pages: int) -> None:
    with fake(people=PEOPLE, options=ALWAYS) as org:
        org.read("leads", pages=after_pages)
        trouble(org)
        org.fresh()
        org.read("leads")

        assert org.shelf.live("lead") == org.there("Lead")


def test_a_hundred_thousand_leads_take_at_most_twenty_calls_even_if_the_job_takes_a_minute() -> None:
    piece = 250  # rows; fewer pieces come where the real ones are larger
    with fake(people=PEOPLE, options=Options(bulk_from=1, bulk_piece=piece)) as org:
        assert piece / len(org.there("Lead")) <= Options().bulk_piece / 100_000
        org.crm.jobs.looks = 7  # a first one at once, then after 1, 2, 4, 8, 16 and 32 seconds
        org.read("leads")

        assert org.waits.seconds >= 63
        assert org.shelf.live("lead") == org.there("Lead")
        assert len(org.stub.calls) <= 20


Answer = Callable[[Any], Response | None]


def answering(org: Fake, answer: Answer) -> None:
    """From now on the server says so first."""
    handle = org.crm.handle
    org.crm.handle = lambda request: answer(request) or handle(request)  # type: ignore[method-assign]  # a fault


def as_job(status: int, body: Any, at: str) -> Answer:
    """Bulk shapes are said where a job is made (`at` its path's end), or where one is looked at."""

    def answer(request: Any) -> Response | None:
        is_made = request.method == "POST" and request.path.endswith("/jobs/query")
        is_looked = request.method == "GET" and "/jobs/query/" in request.path
        if is_made if at == "made" else is_looked:
            return Response(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
        return None

    return answer


def test_every_bulk_shape_of_the_catalogue_ends_in_reading_page_by_page() -> None:
    if not CATALOGUE.exists():
        pytest.skip(f"no catalogue at {CATALOGUE}: set MQLSYNC_RECORDED")
    entries = json.loads(CATALOGUE.read_bytes())["entries"]
    shapes = [each for each in entries if "Bulk" in each["where"] or "jobs/query" in each["where"]]
    for shape in shapes:
        with fake(people=PEOPLE, options=ALWAYS) as org:
            where = "made" if "POST jobs/query" in shape["where"] else "looked at"
            answering(org, as_job(shape["status"], shape["body"], where))
            org.read("leads")

            assert org.shelf.live("lead") == org.there("Lead")
            assert len(org.asked("jobs/query")) <= 2

    assert len(shapes) == 2


@pytest.mark.parametrize("times", [1, 2])
def test_a_job_that_others_lock_out_is_asked_for_again(times: int) -> None:
    locked = [{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access"}]
    with fake(people=PEOPLE, options=ALWAYS) as org:
        say, left = as_job(409, locked, "made"), iter(range(times))
        answering(
            org, lambda request: said if (said := say(request)) and next(left, None) is not None else None
        )
        org.read("leads")

        made = [call for call in org.asked("jobs/query") if call.method == "POST"]
        assert len(made) == times + 1
        assert org.asked("/results")
        assert org.shelf.live("lead") == org.there("Lead")


def test_a_conflict_that_is_no_lock_ends_in_reading_page_by_page() -> None:
    conflict = [{"errorCode": "TXN_SECURITY_METERING_ERROR", "message": "a policy refused it"}]
    with fake(people=PEOPLE, options=ALWAYS) as org:
        answering(org, as_job(409, conflict, "made"))
        org.read("leads")

        assert len(org.asked("jobs/query")) == 1
        assert org.shelf.live("lead") == org.there("Lead")


def test_a_piece_that_holds_fewer_rows_than_it_says_is_not_believed() -> None:
    with fake(people=PEOPLE, options=ALWAYS) as org:
        handle = org.crm.handle

        def short(request: Any) -> Response:
            said = handle(request)
            if not request.path.endswith("/results"):
                return said
            return Response(said.status, said.body[: len(said.body) // 2], said.headers)

        org.crm.handle = short  # type: ignore[method-assign]  # the server's own fault, not ours

        with pytest.raises(Unreachable, match="rows were announced"):
            org.read("leads")


cells = st.text(max_size=8)


@given(st.lists(st.tuples(cells, cells), max_size=5))
def test_whatever_stands_in_a_text_stays_in_its_cell(rows: list[tuple[str, str]]) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("Id", "Account.Name"), *rows])

    found = list(csv_rows.rows(written.getvalue().encode("utf-8", "replace"), {}))

    def kept(text: str) -> str | None:
        return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd") or None

    assert [row.get("Id") for row in found] == [kept(one) for one, _ in rows]
    assert [(row["Account"] or {}).get("Name") for row in found] == [kept(two) for _, two in rows]


def test_cells_become_what_their_columns_say() -> None:
    types = {"IsDeleted": "boolean", "NumberOfEmployees": "int", "Account.AnnualRevenue": "currency"}
    body = (
        b'"Id","IsDeleted","NumberOfEmployees","Account.AnnualRevenue","Title"\n'
        b'"1","false","85","1250000.5",""\n'
        b'"2","TRUE","","many","line 1\nline 2"\n'
    )

    first, second = csv_rows.rows(body, types)

    assert first == {
        "Id": "1",
        "IsDeleted": False,
        "NumberOfEmployees": 85,
        "Account": {"AnnualRevenue": 1250000.5},
    }
    assert second["IsDeleted"] is True
    assert "NumberOfEmployees" not in second
    assert second["Account"] == {"AnnualRevenue": "many"}
    assert second["Title"] == "line 1\nline 2"


def test_a_row_with_too_few_cells_is_put_aside() -> None:
    rows = list(csv_rows.rows(b'"Id","Email"\n"00Q"\n"00R","a@b.example"\n', {}))

    assert "cells" in rows[0]
    assert rows[1] == {"Id": "00R", "Email": "a@b.example"}
