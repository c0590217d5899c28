"""What HubSpot tells by itself: whom to believe, and what a delivery says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.hubspot.webhooks import AGE_MAX_S, Hint, hints, is_genuine, signature

RECORDED = Path(os.environ.get("MQLSYNC_RECORDED", Path(__file__).parents[3] / "shared/recorded")) / "hubspot"
SECRET, URI, BODY = "a secret", "https://hooks.example/webhooks/hubspot", b"[]"
NOW = 1_795_000_000_000_000
STAMP = str(NOW // 1_000)


def recorded(name: str) -> Any:
    file = RECORDED / "handwritten" / f"{name}.json"
    if not file.is_file():
        pytest.skip(f"{file.name} is not among the recorded answers")
    return orjson.loads(file.read_bytes())


def genuine(**other: Any) -> bool:
    given = {"timestamp": STAMP, "signed": signature(SECRET, URI, BODY, STAMP), "now": NOW, **other}
    secret, uri, body = given.pop("secret", SECRET), given.pop("uri", URI), given.pop("body", BODY)
    return is_genuine(secret, uri, body, **given)


def test_the_known_signatures_come_out() -> None:
    for vector in recorded("webhook_signature_v3_vectors")["vectors"]:
        made = signature(
            vector["client_secret"],
            vector["uri"],
            vector["body"].encode(),
            vector["timestamp"],
            vector["method"],
        )
        assert made == vector["signature"]


@pytest.mark.parametrize(
    "other",
    [
        {"secret": "another"},
        {"uri": "http://127.0.0.1:8787/webhooks/hubspot"},
        {"body": b"[] "},
        {"timestamp": str(int(STAMP) + 1)},
        {"timestamp": ""},
        {"timestamp": "9" * 400},
        {"timestamp": "²"},
        {"signed": ""},
        {"signed": "ü"},
    ],
)
def test_whatever_differs_is_not_believed(other: dict[str, Any]) -> None:
    assert genuine()
    assert not genuine(**other)


@pytest.mark.parametrize(
    ("seconds", "believed"), [(AGE_MAX_S, True), (AGE_MAX_S + 1, False), (-AGE_MAX_S - 1, False)]
)
def test_after_five_minutes_nothing_is_believed(seconds: int, believed: bool) -> None:
    assert genuine(now=NOW + seconds * 1_000_000) is believed


def test_a_delivery_names_each_record_once_whatever_is_repeated() -> None:
    body = recorded("webhook_batch_duplicate_out_of_order")["interactions"][0]["request"]["body"]

    found = hints(orjson.dumps(body))

    assert [(hint.kind, hint.record_id) for hint in found] == [
        ("contact", "101"),
        ("contact", "101"),
        ("contact", "201"),
        ("contact", "202"),
        ("contact", "103"),
    ]
    assert (
        len({hint.event for hint in found if hint.record_id == "101"}) == 2
    )  # two events, one of them twice
    assert {hint.portal for hint in found} == {"62515"}


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"subscriptionType": "conversation.creation", "objectId": 1},
        {"subscriptionType": "object.creation", "objectTypeId": "2-99", "objectId": 1},
        {"subscriptionType": "contact.creation", "objectId": "../1"},
        {"subscriptionType": "contact.creation", "objectId": True},
        {"subscriptionType": "contact.creation", "objectId": None},
        "text",
        None,
    ],
)
def test_what_we_do_not_read_is_left_out(row: Any) -> None:
    assert hints(orjson.dumps([row])) == []


def test_ids_beyond_four_bytes_are_read() -> None:
    row = {
        "subscriptionType": "deal.deletion",
        "objectId": 2**40,
        "portalId": 5,
        "eventId": 1,
        "occurredAt": 2,
    }
    assert hints(orjson.dumps([row])) == [Hint("5|deal.deletion|1099511627776|1|2", "deal", str(2**40), "5")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["subscriptionType", "objectId", "mergedObjectIds", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_a_delivery(value: Any) -> None:
    assert isinstance(hints(json.dumps(value).encode()), list)
