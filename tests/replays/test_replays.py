"""The connectors against what was recorded: the suite's main jobs as plain replays, no server at all."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from jobs import CRMS, FIRST, JOBS, KEY, START, Reading, Writing, connected
from recording import (
    CASSETTES,
    LATER_S,
    Exchange,
    cassette,
    elsewhere,
    exchanges,
    file_of,
    record,
)
from vcr.errors import CannotOverwriteExistingCassetteException

from connectors.outcome import Done, Rejected
from connectors.records import Record, Touch
from sync.clock import SECOND, parse

MEGABYTE = 1_000_000
LATER = parse(START) + LATER_S * SECOND
EVERY = list(product(CRMS, JOBS))


@cache
def replayed(crm: str, job: str) -> Reading | Writing:
    """This does the job from its cassette; each answer must be asked for exactly once."""
    before = Reading() if job == FIRST else read(crm)
    with cassette(file_of(CASSETTES, crm, job), "none") as tape:
        made = JOBS[job](connected(crm, elsewhere(crm)), before)
    unasked = [tape.requests[n] for n in range(len(tape)) if not tape.play_counts[n]]
    assert not unasked, f"{crm} {job}: nobody asked for {unasked[0].method} {unasked[0].uri}"
    return made


def read(crm: str, job: str = FIRST) -> Reading:
    made = replayed(crm, job)
    assert isinstance(made, Reading)
    return made


def written(crm: str) -> Writing:
    made = replayed(crm, "push")
    assert isinstance(made, Writing)
    return made


def record_of(reading: Reading, email: str) -> Record:
    (found,) = (row for row in reading.records if row.attributes.get("email") == email and row.keys)
    return found


def kinds(rows: tuple[Record, ...] | tuple[Touch, ...]) -> Counter[str]:
    return Counter(row.kind for row in rows)


def sent(crm: str, path: str) -> list[Exchange]:
    """These are the requests of the push to addresses that end so."""
    return [one for one in exchanges(file_of(CASSETTES, crm, "push")) if one[1].endswith(path)]


@pytest.mark.parametrize(("crm", "job"), EVERY)
def test_a_job_replays_to_its_end_and_asks_for_every_answer(crm: str, job: str) -> None:
    replayed(crm, job)


@pytest.mark.parametrize("crm", CRMS)
def test_a_first_read_understands_every_row(crm: str) -> None:
    first = read(crm)

    assert first.unread == ()
    assert len({(row.kind, row.id) for row in first.records}) == len(first.records)
    assert first.bookmarks.keys() == {s.name for s in connected(crm, elsewhere(crm)).streams()}


def test_hubspots_first_read_brings_people_companies_deals_and_what_people_did() -> None:
    first = read("hubspot")

    assert kinds(first.records) == {"contact": 15, "owner": 5, "company": 5, "campaign": 5, "deal": 2}
    did = kinds(first.touches)
    assert (did["page_view"], did["blog_visit"], did["email_open"], did["email_click"]) == (34, 20, 11, 5)
    assert (did["demo_request"], did["quote_request"], did["content_download"]) == (1, 1, 4)
    assert (did["ad_click"], did["call"], did["meeting"], did["deal_won"], did["deal_lost"]) == (
        6,
        2,
        2,
        1,
        1,
    )


def test_a_hubspot_contact_is_read_with_company_source_and_address() -> None:
    ada = record_of(read("hubspot"), "ada.okafor0@krypton0.example")

    assert (ada.kind, ada.id, ada.deleted) == ("contact", "21000000000", False)
    assert ada.keys == ("email:ada.okafor0@krypton0.example",)
    assert ada.attributes["title"] == "VP Marketing"
    assert ada.attributes["company_key"] == "hubspot:company:31000000000"
    assert ada.attributes["first_url"] == "https://www.acme-analytics.example/blog/speed-to-lead"
    assert ada.own == {}


def test_salesforces_first_read_brings_leads_contacts_campaigns_and_responses() -> None:
    first = read("salesforce")

    people = {"lead": 6, "contact": 5}
    assert kinds(first.records) == {
        **people,
        "campaign": 54,
        "owner": 7,
        "company": 2,
        "calendar": 1,
        "holiday": 1,
    }
    did = kinds(first.touches)
    assert did == {
        "form_submission": 6,
        "campaign_response": 4,
        "webinar_registration": 3,
        "webinar_attendance": 3,
    }


def test_a_salesforce_lead_is_read_with_owner_source_and_address() -> None:
    mateo = record_of(read("salesforce"), "mateo.ziegler3@oldquay.edu.example")

    assert (mateo.kind, mateo.id, mateo.deleted) == ("lead", "00QdM0000000004UAA", False)
    assert mateo.keys == ("email:mateo.ziegler3@oldquay.edu.example",)
    assert mateo.attributes["title"] == "Student"
    assert mateo.attributes["owner_id"] == "00GdM0000000001UAA"
    assert mateo.attributes["converted"] == "false"


NEWS = {
    "hubspot": (
        *("demo_request", "quote_request", "form_submission", "webinar_registration", "email_click"),
        *("unsubscribe", "page_view", "page_view", "page_view", "page_view"),
        *("sales_rejected", "sales_accepted"),
    ),
    # a rejection is told by the lead and, once for each time, by its history
    "salesforce": (
        *("webinar_registration", "meeting", "opportunity_created"),
        *("sales_rejected", "sales_rejected"),
    ),
}


@pytest.mark.parametrize("crm", CRMS)
def test_an_increment_brings_what_happened_since(crm: str) -> None:
    before, after = read(crm), read(crm, "increment")
    held = {touch.source_id for touch in before.touches}

    news = {touch.source_id: touch.kind for touch in after.touches if touch.occurred_at >= parse(START)}

    assert Counter(news.values()) == Counter(NEWS[crm])
    assert not news.keys() & held
    assert after.unread == ()


@pytest.mark.parametrize("crm", CRMS)
def test_an_increment_leaves_out_the_people_who_did_not_change(crm: str) -> None:
    before, after = read(crm), read(crm, "increment")

    changed = {row.id for row in after.records if row.kind in ("contact", "lead")}
    people = {row.id for row in before.records if row.kind in ("contact", "lead")}

    assert changed < people
    assert all(row.stamp >= LATER for row in after.records)


@pytest.mark.parametrize("crm", CRMS)
def test_two_people_are_written_and_who_does_not_exist_is_refused_in_the_crms_words(crm: str) -> None:
    one, nobody, other = written(crm).fields

    assert isinstance(one, Done)
    assert isinstance(other, Done)
    assert one.id != other.id
    assert isinstance(nobody, Rejected)
    assert nobody.reason
    assert nobody.remedy


@pytest.mark.parametrize("crm", CRMS)
def test_a_task_that_is_meant_twice_is_one_task(crm: str) -> None:
    (task,), (again,) = written(crm).task, written(crm).again

    assert isinstance(task, Done)
    assert again == task


def test_hubspots_task_is_looked_up_before_it_would_be_made_again() -> None:
    assert len(sent("hubspot", "/tasks/batch/read")) == 2
    ((_, _, _, body, _),) = sent("hubspot", "/tasks/batch/upsert")
    assert KEY.encode() in body


def test_salesforces_task_is_upserted_by_its_key_both_times() -> None:
    once, twice = sent("salesforce", "/Task/MQL_Key__c")

    assert once == twice
    assert KEY.encode() in once[3]


@pytest.mark.parametrize("crm", CRMS)
def test_what_was_not_recorded_is_not_answered(crm: str) -> None:
    (name, *_) = read(crm).bookmarks
    with (
        cassette(file_of(CASSETTES, crm, "push"), "none"),
        pytest.raises(CannotOverwriteExistingCassetteException),
    ):
        connected(crm, elsewhere(crm)).pull(name, "", Reading().known)


def test_a_fresh_recording_asks_what_the_stored_one_asked(tmp_path: Path) -> None:
    record(tmp_path)

    for crm, job in EVERY:
        stored, fresh = exchanges(file_of(CASSETTES, crm, job)), exchanges(file_of(tmp_path, crm, job))
        assert fresh == stored, f"{crm} {job}: if this is meant, run tools/record_cassettes"


def test_no_cassette_names_a_host_or_holds_a_secret() -> None:
    secrets = re.compile(r"127\.0\.0\.1|localhost|pat-sandbox|sandbox-consumer|3MVG9|00D\w{12,15}!")
    for crm, job in EVERY:
        file = file_of(CASSETTES, crm, job)
        assert not secrets.search(file.read_text()), file.name
        with cassette(file, "none") as tape:
            assert all(request.uri.startswith("/") for request in tape.requests), file.name


def test_the_cassettes_are_small_and_none_is_left_over() -> None:
    files = set(CASSETTES.iterdir())

    assert files == {file_of(CASSETTES, crm, job) for crm, job in EVERY}
    assert sum(file.stat().st_size for file in files) < 1.25 * MEGABYTE
