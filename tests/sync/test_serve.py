"""The listener over loopback: a genuine delivery is kept once and answered; everything else costs nothing."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import orjson
import pytest

from config.settings import Webhooks
from connectors.hubspot.webhooks import SIGNATURE, TIMESTAMP, Hint, signature
from sync.serve import BODY_MAX, THREADS_MAX, Listener
from sync.store.engine import Store
from sync.store.hints import has_hints, keep_hints, settle_hints, waiting_hints

SECRET, URL = "a secret", "https://hooks.example/webhooks/hubspot"
NOW = 1_795_000_000_000_000
DAY = 86_400_000_000


@contextmanager
def listener(keep: Callable[[list[Hint]], bool]) -> Iterator[Listener]:
    found = Listener(Webhooks("127.0.0.1", 0, URL), lambda: SECRET, keep, lambda: NOW)
    found.start()
    try:
        yield found
    finally:
        found.stop()


def into(kept: list[Hint]) -> Callable[[list[Hint]], bool]:
    def keep(found: list[Hint]) -> bool:
        kept.extend(found)
        return True

    return keep


def event(number: int, record_id: int = 101) -> dict[str, object]:
    return {
        "eventId": number,
        "portalId": 5,
        "occurredAt": 7,
        "subscriptionType": "contact.propertyChange",
        "objectId": record_id,
    }


def post(to: Listener, body: bytes, *, path: str = urlsplit(URL).path, **headers: str) -> int:
    stamp = str(NOW // 1_000)
    given = {TIMESTAMP: stamp, SIGNATURE: signature(SECRET, URL, body, stamp), **headers}
    connection = http.client.HTTPConnection("127.0.0.1", to.server_port, timeout=10)
    try:
        connection.request("POST", path, body, given)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_genuine_delivery_is_kept_and_answered() -> None:
    kept: list[Hint] = []
    with listener(into(kept)) as to:
        status = post(to, orjson.dumps([event(1), event(2, 102)]))

    assert status == 200
    assert [hint.record_id for hint in kept] == ["101", "102"]


@pytest.mark.parametrize(
    ("body", "path", "headers", "status"),
    [
        (b"[]", "/webhooks/hubspot", {SIGNATURE: "wrong"}, 401),
        (b"[]", "/webhooks/hubspot", {TIMESTAMP: "1"}, 401),
        (b"[]", "/elsewhere", {}, 404),
        (b"[]", "/webhooks/hubspot", {}, 200),
        (b"not json", "/webhooks/hubspot", {}, 200),
        (b"[]", "/webhooks/hubspot", {"Content-Length": str(BODY_MAX + 1)}, 413),
        (b"[]", "/webhooks/hubspot", {"Content-Length": "many"}, 411),
    ],
)
def test_what_is_not_for_us_is_answered_and_keeps_nothing(
    body: bytes, path: str, headers: dict[str, str], status: int
) -> None:
    kept: list[Hint] = []
    with listener(into(kept)) as to:
        answered = post(to, body, path=path, **headers)

    assert answered == status
    assert kept == []


def test_a_store_that_fails_lets_hubspot_come_again() -> None:
    with listener(lambda _: False) as to:
        assert post(to, orjson.dumps([event(1)])) == 503


def test_callers_who_only_hold_the_line_do_not_take_it_for_ever() -> None:
    kept: list[Hint] = []
    with listener(into(kept)) as to:
        idle = [
            socket.create_connection(("127.0.0.1", to.server_port), timeout=10) for _ in range(THREADS_MAX)
        ]
        for one in idle:
            one.close()
        finished = threading.Event()
        statuses = []
        for _ in range(200):
            try:
                statuses.append(post(to, orjson.dumps([event(1)])))
                break
            except (http.client.HTTPException, ConnectionError):
                finished.wait(0.02)

    assert statuses == [200]


def test_news_waits_once_until_it_is_read(store: Store) -> None:
    one, two = ("e1", "contact", "101", "5"), ("e2", "contact", "101", "5")
    keep_hints(store, "hubspot", [one, two, one], NOW)
    keep_hints(store, "hubspot", [one], NOW + 1)

    waiting = waiting_hints(store, "hubspot")
    assert waiting is not None
    assert (waiting.kind, waiting.ids, waiting.portal) == ("contact", ("101",), "5")
    keep_hints(store, "hubspot", [("e3", "contact", "101", "5")], NOW + 2)
    settle_hints(store, "hubspot", waiting, NOW + 3)

    assert has_hints(store)  # the news that came meanwhile
    again = waiting_hints(store, "hubspot")
    assert again is not None
    settle_hints(store, "hubspot", again, NOW + 4)
    assert not has_hints(store)
    keep_hints(store, "hubspot", [one, two], NOW + 5)
    assert not has_hints(store)


def test_news_is_forgotten_when_nobody_repeats_it_any_more(store: Store) -> None:
    row = ("e1", "contact", "101", "5")
    keep_hints(store, "hubspot", [row], NOW)
    waiting = waiting_hints(store, "hubspot")
    assert waiting is not None
    settle_hints(store, "hubspot", waiting, NOW)
    keep_hints(store, "hubspot", [], NOW + 3 * DAY)
    keep_hints(store, "hubspot", [row], NOW + 3 * DAY)

    assert has_hints(store)


def test_kinds_and_portals_are_read_apart_and_in_order(store: Store) -> None:
    keep_hints(store, "hubspot", [("e1", "deal", "7", "5")], NOW)
    keep_hints(store, "hubspot", [("e2", "contact", "8", "5"), ("e3", "contact", "9", "6")], NOW + 1)

    seen = []
    while waiting := waiting_hints(store, "hubspot"):
        seen.append((waiting.kind, waiting.portal, waiting.ids))
        settle_hints(store, "hubspot", waiting, NOW + 2)

    assert seen == [("deal", "5", ("7",)), ("contact", "5", ("8",)), ("contact", "6", ("9",))]
