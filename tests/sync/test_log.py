"""Logs: lines of JSON in UTC, in which nobody's address and no secret can be read."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from config import secrets
from sync import clock, log
from sync.masking import MASK, masked, masked_text

SESSION = "00D5e000000ABCD!AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL.QJWwYMfAbUeeG"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    written = capsys.readouterr()
    assert written.out == ""
    return [json.loads(line) for line in written.err.splitlines()]


def test_an_event_is_one_line_of_json_with_its_facts_and_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    before = clock.to_datetime(clock.now())
    log.configure()
    structlog.contextvars.bind_contextvars(run=7)

    structlog.get_logger().info("intent_settled", outcome="done", attempts=2, ratio=0.5, late=False)

    [line] = lines(capsys)
    stamp = datetime.fromisoformat(line.pop("timestamp"))
    assert before <= stamp <= clock.to_datetime(clock.now())
    assert stamp.tzinfo == UTC
    assert line == {
        "event": "intent_settled", "level": "info", "run": 7, "outcome": "done", "attempts": 2, "ratio": 0.5,
        "late": False,
    }  # fmt: skip


def test_the_level_is_the_first_that_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("warning")
    structlog.get_logger().info("page_pulled")
    structlog.get_logger().warning("row_quarantined")

    assert [line["event"] for line in lines(capsys)] == ["row_quarantined"]


def test_configuring_again_does_not_double_lines(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    log.configure("debug")
    structlog.get_logger().debug("page_pulled")
    logging.getLogger("apscheduler").warning("late")

    assert [line["event"] for line in lines(capsys)] == ["page_pulled", "late"]


def test_libraries_are_heard_from_warnings_upward_and_masked(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("debug")
    library = logging.getLogger("urllib3.connectionpool")
    library.info("starting")
    library.warning("retry of /contacts/%s", "jane@acme.example")

    [line] = lines(capsys)
    assert line["event"] == f"retry of /contacts/{MASK}"
    assert (line["logger"], line["level"]) == ("urllib3.connectionpool", "warning")


def test_what_an_exception_says_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    try:
        raise ValueError(f"jane@acme.example was refused with Bearer {SESSION}")
    except ValueError:
        structlog.get_logger().exception("call_failed")

    [line] = lines(capsys)
    assert "ValueError: *** was refused with Bearer ***" in line["exception"]


def test_a_secret_rotated_after_the_start_is_masked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MQLSYNC_HUBSPOT_TOKEN", "plain-looking-one")
    log.configure()
    structlog.get_logger().info("said plain-looking-one")
    monkeypatch.setenv("MQLSYNC_HUBSPOT_TOKEN", "plain-looking-two")
    secrets.hubspot_token()
    structlog.get_logger().info("said plain-looking-two after plain-looking-one")

    assert [line["event"] for line in lines(capsys)] == ["said ***", "said *** after ***"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("email:jane.doe+x@acme.example is new", "email:*** is new"),
        ("<jane@acme.example>, (joe@acme.example)", "<***>, (***)"),
        ("/contacts/jane%2Bx%40acme.example?a=1", "/contacts/***?a=1"),
        ("jürgen@müller.example", "***"),
        ("Authorization: Bearer abc.def-123", "Authorization: *** ***"),
        ("with bearer abc.def-123, twice", "with bearer ***, twice"),
        ("key pat-eu1-0a1b2c3d-0000-1111-2222-333344445555.", "key ***."),
        (f"sid {SESSION} ended", "sid *** ended"),
        ("t eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "t ***"),
        ("grant_type=x&client_secret=abc%2Fd&client_id=me", "grant_type=x&client_secret=***&client_id=me"),
        ('{"access_token":"abc","scope":"api"}', '{"access_token":"***","scope":"api"}'),
        ("postgresql+psycopg://jane:pw@db.example/crm", "postgresql+psycopg://***db.example/crm"),
        ("00Q5e00001abcDEAAY took 3 visits at 10:00", "00Q5e00001abcDEAAY took 3 visits at 10:00"),
        ("hubspot:contact:123 @ noon", "hubspot:contact:123 @ noon"),
        ("https://api.hubapi.com/crm/objects", "https://api.hubapi.com/crm/objects"),
    ],
)
def test_addresses_and_tokens_are_masked_and_the_rest_is_left(text: str, left: str) -> None:
    assert masked_text(text) == left


def test_values_under_secret_names_are_masked_whatever_they_are() -> None:
    assert masked({"token": "abc", "Password": "x y", "tokens": 5, "note": "abc"}) == {
        "token": MASK, "Password": MASK, "tokens": 5, "note": "abc",
    }  # fmt: skip


def test_secrets_are_masked_in_every_way_they_are_written() -> None:
    known = frozenset({"ab/c+d e&f", "ab/c+d e&f-longer", "tiny"})

    assert masked_text("ab/c+d e&f ab%2Fc%2Bd%20e%26f ab%2Fc%2Bd+e%26f", known) == "*** *** ***"
    assert masked_text("ab/c+d e&f-longer", known) == MASK
    assert masked_text("a tiny word", known) == "a tiny word"


def test_a_value_that_holds_itself_ends() -> None:
    endless: dict[str, Any] = {"who": "jane@acme.example"}
    endless["again"] = endless

    assert "jane" not in json.dumps(masked(endless))


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("x jane@acme.example"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("jane@acme.example"), inner),
    max_leaves=12,
)


@given(NESTED, st.sampled_from(["jane@acme.example", SESSION, "the-known-secret", "pat-na1-1234-abcd"]))
def test_nothing_survives_however_deep_it_stands(value: object, hidden: str) -> None:
    found = json.dumps(
        masked([value, {"deep": (hidden, {hidden: {hidden}})}], frozenset({"the-known-secret"}))
    )

    assert hidden not in found
    assert "jane@" not in found


@given(NESTED)
def test_masking_twice_changes_nothing(value: object) -> None:
    once = masked(value)

    assert masked(once) == once


def test_importing_the_module_is_quick_to_do() -> None:
    code = "import sys, sync.log; print([m for m in ('structlog', 'pydantic', 'yaml') if m in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )

    assert done.stdout == "[]\n"
