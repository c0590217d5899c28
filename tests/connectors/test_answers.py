"""Which answers are believed, and what error answers say without giving anything away."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answers import (
    WORDS_MAX,
    Answer,
    Unbelievable,
    believed,
    error_codes,
    error_words,
    missing_scopes,
    parsed,
    redacted,
)

JSON = {"content-type": "application/json;charset=utf-8"}
RESULTS = {"results": list}


def answer(body: bytes, content_type: str = JSON["content-type"], status: int = 200) -> Answer:
    return Answer(status, {"content-type": content_type}, body)


def test_a_page_of_the_asked_shape_is_believed() -> None:
    assert believed(answer(b'{"results": [1]}'), RESULTS) == {"results": [1]}


@pytest.mark.parametrize(
    "odd",
    [
        answer(b"<html>maintenance</html>", "text/html"),
        answer(b'{"results": []}', "text/html"),
        answer(b""),
        answer(b"null"),
        answer(b'"results"'),
        answer(b"{}"),
        answer(b'{"results": null}'),
        answer(b'{"results": {}}'),
        answer(b'[{"results": []}]'),
        answer(b'{"results": [NaN]}'),
        answer(b"[" * 100_000),
    ],
)
def test_anything_else_with_a_2xx_is_not(odd: Answer) -> None:
    assert isinstance(believed(odd, RESULTS), Unbelievable)


def test_a_body_cut_at_any_byte_is_never_believed() -> None:
    body = orjson.dumps({"results": [{"id": "1", "properties": {"email": "ü"}}], "paging": {"next": {}}})

    for length in range(len(body)):
        assert isinstance(believed(answer(body[:length]), RESULTS), Unbelievable)
    assert not isinstance(believed(answer(body), RESULTS), Unbelievable)


def test_an_empty_answer_is_only_believed_where_it_may_be_empty() -> None:
    assert believed(Answer(204), {}, may_be_empty=True) == {}
    assert isinstance(believed(Answer(204), {}), Unbelievable)


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), st.lists))
def test_json_reads_as_it_was_written_but_for_nul(value: Any) -> None:
    body = orjson.dumps({"value": value})

    read = parsed(body)["value"]

    assert "\0" not in str(read)
    if b"\\u0000" not in body:
        assert read == value


def test_half_characters_and_broken_utf8_cost_one_character_each() -> None:
    assert parsed(rb'{"name": "a\ud800b", "next": "\ud83d\ude00"}') == {"name": "a�b", "next": "😀"}
    assert parsed(b'["a\xff"]') == ["a�"]
    assert parsed(rb'{"a\u0000": ["\u0000"]}') == {"a�": ["�"]}


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_value_error(body: bytes) -> None:
    try:
        parsed(body)
    except ValueError:
        return


@pytest.mark.parametrize(
    ("secret", "rest"),
    [
        ("jane.doe+x@mail.example.com", ""),
        ("jane%40mail.example.com", ""),
        ("pat-na1-0a1b2c3d-1111-2222", ""),
        ("00D5g00000ABCDE!AQEAQJabcdef.ghi", ""),
        ("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJh.c2ln", ""),
        ("Bearer abcdefgh", ""),
    ],
)
def test_addresses_and_secrets_never_stay_in_words(secret: str, rest: str) -> None:
    said = redacted(f"Contact {secret} is not valid")

    assert secret not in said
    assert said.startswith("Contact (")
    assert said.endswith("is not valid")


def test_words_are_one_bounded_line() -> None:
    assert redacted("a\n b\t c") == "a b c"
    assert len(redacted("word " * 500)) == WORDS_MAX


def test_errors_are_read_wherever_the_crms_put_them() -> None:
    hubspot = {
        "category": "VALIDATION_ERROR",
        "message": "no",
        "errors": [{"code": "PROPERTY_DOESNT_EXIST", "message": "what"}, "odd"],
    }
    salesforce = [{"errorCode": "MALFORMED_QUERY", "message": "no"}, {"statusCode": "X"}, 3]

    assert error_codes(hubspot) == {"VALIDATION_ERROR", "PROPERTY_DOESNT_EXIST"}
    assert error_words(hubspot) == "no; what"
    assert error_codes(salesforce) == {"MALFORMED_QUERY", "X"}
    assert error_codes({"error": "invalid_grant"}) == {"invalid_grant"}
    assert error_codes("text") == frozenset()


def test_missing_scopes_are_named_in_their_own_spelling() -> None:
    inside = {"errors": [{"context": {"requiredGranularScopes": ["a.read", "b"]}}]}
    outside = {"context": {"requiredGranularScopes": ["b"]}}

    assert missing_scopes(inside) == ("a.read", "b")
    assert missing_scopes(outside) == ("b",)
    assert missing_scopes({"context": {"requiredGranularScopes": "b"}}) == ()


def test_the_servers_clock_is_its_date_header() -> None:
    dated = Answer(200, {"date": "Thu, 01 Jan 1970 00:00:02 GMT"})

    assert dated.server_now(7) == 2_000_000
    assert Answer(200).server_now(7) == 7
    assert Answer(200, {"date": "yesterday"}).server_now(7) == 7
