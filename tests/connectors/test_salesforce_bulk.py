"""First loads by bulk query: the same rows as page by page, whatever becomes of the job."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from salesforce_fake import Fake, fake

from connectors.errors import Unreachable
from connectors.salesforce import Options, csv_rows
from sandbox.crm import Response

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

    assert [row["Id"] for row in found] == [kept(one) for one, _ in rows]
    assert [(row["Account"] or {"Name": None})["Name"] for row in found] == [kept(two) for _, two in rows]


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
        "Title": None,
    }
    assert second["IsDeleted"] is True
    assert second["NumberOfEmployees"] is None
    assert second["Account"] == {"AnnualRevenue": "many"}
    assert second["Title"] == "line 1\nline 2"


def test_a_row_with_too_few_cells_is_put_aside() -> None:
    rows = list(csv_rows.rows(b'"Id","Email"\n"00Q"\n"00R","a@b.example"\n', {}))

    assert "cells" in rows[0]
    assert rows[1] == {"Id": "00R", "Email": "a@b.example"}
