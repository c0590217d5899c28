"""The weather table, line by line."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.weather import TABLE, Do, Sight, advice, exception_names


def seen(status: int, *codes: str, words: str = "") -> Do:
    return advice(Sight(status, frozenset(codes), words)).do


@pytest.mark.parametrize(
    ("sight", "do"),
    [
        (Sight(200), Do.BELIEVE),
        (Sight(299), Do.BELIEVE),
        (Sight(200, is_unbelievable=True), Do.AGAIN),
        (Sight(302), Do.AGAIN),
        (Sight(400), Do.REFUSE),
        (Sight(400, frozenset({"UNABLE_TO_LOCK_ROW"})), Do.AGAIN),
        (Sight(400, frozenset({"invalid_grant"})), Do.STOP_REVOKED),
        (Sight(401, frozenset({"BAD_REFRESH_TOKEN"})), Do.STOP_REVOKED),
        (Sight(400, frozenset({"BAD_CLIENT_SECRET"})), Do.STOP_CONFIG),
        (Sight(429, frozenset({"invalid_client"})), Do.AGAIN),
        (Sight(401), Do.RENEW),
        (Sight(403), Do.REFUSE),
        (Sight(403, frozenset({"INVALID_SESSION_ID"})), Do.RENEW),
        (Sight(403, frozenset({"MISSING_SCOPES"})), Do.STOP_SCOPE),
        (Sight(403, frozenset({"REQUEST_LIMIT_EXCEEDED"}), "TotalRequests Limit exceeded."), Do.STOP_QUOTA),
        (Sight(403, frozenset({"REQUEST_LIMIT_EXCEEDED"}), "ConcurrentRequests …"), Do.AGAIN),
        (Sight(404), Do.REFUSE),
        (Sight(409), Do.REFUSE),
        (Sight(414), Do.REFUSE),
        (Sight(423), Do.AGAIN),
        (Sight(429), Do.AGAIN),
        (Sight(429, frozenset({"TEN_SECONDLY_ROLLING"})), Do.AGAIN),
        (Sight(429, frozenset({"DAILY"})), Do.STOP_QUOTA),
        (Sight(429, words="You have reached your daily limit."), Do.STOP_QUOTA),
        (Sight(429, words="You have reached your secondly limit."), Do.AGAIN),
        (Sight(477), Do.AGAIN),
        (Sight(499), Do.REFUSE),
        (Sight(500), Do.AGAIN),
        (Sight(530), Do.AGAIN),
        (Sight(599), Do.AGAIN),
    ],
)
def test_each_sight_leads_to_one_deed(sight: Sight, do: Do) -> None:
    assert advice(sight).do is do


@given(
    st.integers(0, 999), st.frozensets(st.text(max_size=30), max_size=3), st.text(max_size=40), st.booleans()
)
def test_whatever_is_seen_there_is_advice(status: int, codes: frozenset[str], words: str, odd: bool) -> None:
    assert isinstance(advice(Sight(status, codes, words, is_unbelievable=odd)).do, Do)


@pytest.mark.parametrize("status", [401, 403, 423, 429])
def test_a_refused_call_did_not_happen(status: int) -> None:
    assert not advice(Sight(status)).happened


@pytest.mark.parametrize("status", [408, 500, 502, 504, 530])
def test_a_broken_answer_may_hide_a_deed(status: int) -> None:
    assert advice(Sight(status)).happened


def test_only_what_was_never_sent_is_safe_to_repeat() -> None:
    never = [ConnectionRefusedError(), socket.gaierror()]
    perhaps = [ConnectionResetError(), TimeoutError(), ValueError()]

    assert [advice(Sight(exceptions=exception_names(each))).happened for each in never] == [False, False]
    assert all(advice(Sight(exceptions=exception_names(each))).happened for each in perhaps)


def test_wrapped_errors_are_known_by_their_core() -> None:
    outer = OSError("outer", ConnectionRefusedError("inner"))
    outer.__cause__ = outer  # rings end

    assert {"OSError", "ConnectionRefusedError"} <= exception_names(outer)


def test_every_line_of_the_table_can_be_reached() -> None:
    for place, row in enumerate(TABLE):
        sight = Sight(
            status=min(row.statuses, default=0),
            codes=row.codes,
            words=row.words,
            exceptions=row.exceptions,
            is_unbelievable=row.is_unbelievable,
        )
        assert next(number for number, each in enumerate(TABLE) if each.matches(sight)) == place
