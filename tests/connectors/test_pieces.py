"""A list that is read in pieces says what it says as a whole, or is as broken."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.answers import Answer, Unbelievable, believed, parsed
from connectors.calling import Caller, Reply, Request
from connectors.pacing import Budget, Day, Pace
from connectors.pieces import InPieces
from connectors.port import Patience, Port

BETWEEN = b',{"a":'
JSON = {"content-type": "application/json"}

values = st.recursive(
    st.none() | st.integers(-9, 9) | st.text(max_size=4) | st.just(',{"a":') | st.just('"rows":['),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "rows"]), inner, max_size=3)
        | st.lists(st.fixed_dictionaries({"a": inner}), max_size=3)
    ),
    max_leaves=8,
)
rows = st.lists(values | st.fixed_dictionaries({"a": values}, optional={"b": values}), max_size=8)


def flat(pieces: list[list[Any]]) -> list[Any]:
    return [item for piece in pieces for item in piece]


def read(body: bytes, size: int) -> Any:
    """This is what a body says, its pieces put together again."""
    data = InPieces("rows", BETWEEN, list, size).read(body)
    if isinstance(data, dict) and isinstance(data.get("rows"), list):
        return {**data, "rows": flat(data["rows"])}
    return data


def outcome(body: bytes, size: int | None) -> Any:
    try:
        return parsed(body) if size is None else read(body, size)
    except ValueError:
        return "broken"


@given(rows, st.dictionaries(st.sampled_from(["done", "a", "rows"]), values), st.integers(0, 60))
def test_pieces_together_are_the_whole(items: list[Any], more: dict[str, Any], size: int) -> None:
    for data in ({**more, "rows": items}, {"rows": items, **more}, items, {"more": more}):
        body = orjson.dumps(data)
        assert read(body, size) == parsed(body)


@given(st.lists(st.fixed_dictionaries({"a": values}), min_size=1, max_size=8), st.integers(0, 60), st.data())
@example([{"a": 1}, {"a": 2}], 0, None)
def test_a_body_that_is_cut_or_garbled_is_as_broken_in_pieces(
    items: list[Any], size: int, data: st.DataObject | None
) -> None:
    body = orjson.dumps({"done": True, "rows": items})
    place = data.draw(st.integers(0, len(body))) if data else body.index(BETWEEN)
    odd = data.draw(st.binary(max_size=3)) if data else b""
    for other in (body[:place], body[:place] + odd + body[place:], body[:place] + body[place + 1 :]):
        assert outcome(other, size) == outcome(other, None)


def test_a_long_list_comes_in_pieces_and_in_its_order() -> None:
    items = [{"a": number} for number in range(1_000)]

    data = InPieces("rows", BETWEEN, list, size=900).read(orjson.dumps({"done": True, "rows": items}))

    assert flat(data["rows"]) == items
    assert 5 <= len(data["rows"]) <= 15
    assert data["done"] is True


@pytest.mark.parametrize("text", ["\0", "\ud800"])
def test_a_text_that_no_store_takes_is_mended_in_its_piece(text: str) -> None:
    body = json.dumps({"rows": [{"a": "1"}, {"a": text}, {"a": "3"}]}, separators=(",", ":")).encode()

    assert [each["a"] for each in read(body, 1)["rows"]] == ["1", "\ufffd", "3"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"rows":[,{"a":1}]}',
        b'{"rows":[ ,{"a":1}]}',
        b'{"rows":[{"a":1},,{"a":2}]}',
        b'{"rows": [],"x":{"rows":[1,2]}}',
        b'{"\\u0072ows":[],"x":{"rows":[{"a":1},{"a":2}]}}',
        b'{"rows": [],"\\"rows":[1]}',
        b'{"rows":null,"more":{"rows":[1]}}',
    ],
)
def test_a_body_that_is_odd_in_the_worst_place_is_read_as_a_whole(body: bytes) -> None:
    for size in (0, 1, 100):
        assert outcome(body, size) == outcome(body, None)


def test_what_cannot_be_taken_is_not_blamed_on_the_answer() -> None:
    def take(_: list[Any]) -> None:
        raise ValueError("our own trouble")

    for body in (b'{"rows":[{"a":1}]}', b'{"rows": [{"a":1}]}'):
        with pytest.raises(RuntimeError, match="could not be taken"):
            believed(Answer(200, JSON, body), {"rows": list}, read=InPieces("rows", BETWEEN, take).read)


def test_an_empty_list_is_no_piece() -> None:
    assert InPieces("rows", BETWEEN, list).read(b'{"rows":[]}') == {"rows": []}


def test_what_is_no_list_stays_what_it_is() -> None:
    assert InPieces("rows", BETWEEN, list).read(b'{"rows":{"a":1}}') == {"rows": {"a": 1}}
    answer = Answer(200, JSON, b'{"rows":{"a":1}}')
    assert isinstance(
        believed(answer, {"rows": list}, read=InPieces("rows", BETWEEN, list).read), Unbelievable
    )


def test_an_answer_that_breaks_off_is_asked_again_and_counts_once() -> None:
    whole = orjson.dumps({"rows": [{"a": number} for number in range(100)]})
    answers = [Answer(200, JSON, whole[:700]), Answer(200, JSON, whole)]
    port = Port(lambda: 0, lambda: 0.0, lambda _: None)
    pace = Pace({"account": Budget(port, limit=9, interval_s=1.0)}, Day(port), lambda *_: None)
    caller = Caller(
        "crm", lambda _: answers.pop(0), port=port, patience=Patience(), pace=pace, renew=lambda: None
    )

    reply = caller.call(Request("GET", "/rows", in_pieces=InPieces("rows", BETWEEN, list, size=100)))

    assert isinstance(reply, Reply)
    assert [row["a"] for row in flat(reply.data["rows"])] == list(range(100))
    assert answers == []
