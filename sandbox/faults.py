"""How a CRM misbehaves on request: which calls are hit, and in which way.

A fault hits call N since the counters were reset, or each call that matches a method and a path prefix
until it has done so `times` times. Whether the call took effect before the answer was lost matters
most to a client, so every way says it:

| way | what the client sees | took effect |
|---|---|---|
| `429` `500` `503` `401` | the CRM's own refusal | no |
| `502_html` | a gateway's HTML page | no |
| `html` | 200 with an HTML page (maintenance, single sign-on) | no |
| `reset_before` | connection reset | no |
| `silence` | nothing until it leaves, five seconds at most | no |
| `reset` | connection reset before any byte | yes |
| `cut` | right Content-Length, half of the body | yes |
| `badjson` | 200 and a body that is no JSON | yes |
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal, assert_never, get_args

from sandbox.crm import FakeCrm, Refusal, Request, Response

Way = Literal[
    "401", "429", "500", "503", "502_html", "html", "reset_before", "silence", "reset", "cut", "badjson"
]
WAYS: tuple[Way, ...] = get_args(Way)
REFUSALS: tuple[Refusal, ...] = get_args(Refusal)

PAGE = b"<html><head><title>%s</title></head><body><h1>%s</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """`call` 0 means any call; then `method`, `prefix` and `times` decide."""

    crm: str
    way: Way
    call: int = 0
    prefix: str = "/"
    method: str = ""
    times: int = 1

    def concerns(self, number: int, method: str, path: str) -> bool:
        if self.call:
            return number == self.call
        return path.startswith(self.prefix) and self.method in ("", method)


class Faults:
    """This remembers the faults that were asked for and how often each has struck."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._left.append((fault, fault.times))

    def clear(self) -> None:
        with self._lock:
            self._left.clear()

    def pending(self) -> list[tuple[Fault, int]]:
        """These faults have not struck as often as they should, with the times left."""
        with self._lock:
            return list(self._left)

    def strike(self, crm: str, number: int, method: str, path: str) -> Way | None:
        """This is the way in which that call fails, None for well; a fault that struck is used up."""
        with self._lock:
            for place, (fault, left) in enumerate(self._left):
                if fault.crm == crm and fault.concerns(number, method, path):
                    self._left[place : place + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault.way
        return None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A response and how much of it arrives."""

    response: Response
    way: Literal["whole", "cut", "reset", "silence"] = "whole"


def broken(way: Way, crm: FakeCrm, request: Request) -> Delivery:
    """This is what becomes of a request that a fault hits."""
    match way:
        case "401" | "429" | "500" | "503":
            return Delivery(crm.refusal(way, request))
        case "502_html" | "html":
            status, title = (502, b"502 Bad Gateway") if way == "502_html" else (200, b"Down for maintenance")
            return Delivery(Response(status, PAGE % (title, title), {"Content-Type": "text/html"}))
        case "silence" | "reset_before":
            return Delivery(Response(200), "silence" if way == "silence" else "reset")
        case "reset" | "cut":
            return Delivery(crm.handle(request), way)
        case "badjson":
            crm.handle(request)
            headers = {"Content-Type": "application/json;charset=utf-8"}
            return Delivery(Response(200, b'{"results": [{"id": "1', headers))
        case _:
            assert_never(way)
