"""What a fake CRM is to the server that carries it: a function from requests to responses, with state.

The server counts, breaks and delays; a fake CRM only answers. Calls of `handle` come one at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl

import orjson

Json = Any  # what orjson reads and writes

# Ways in which a CRM refuses in its own words; the others look the same everywhere (see faults.py).
Refusal = Literal["401", "429", "500", "503"]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are in lower case; `base_url` is how the client reached us."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    base_url: str

    def parameter(self, name: str, default: str = "") -> str:
        """This is the last value given for a query parameter."""
        return next((value for key, value in reversed(self.query) if key == name), default)

    def parameters(self, name: str) -> list[str]:
        """These are all values of a parameter, given several times or separated by commas."""
        return [v for key, value in self.query if key == name for v in value.split(",") if v]

    def json(self) -> Json:
        """This reads the body; ValueError if it is not JSON."""
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response. Date, Content-Length and Connection are the server's."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """A task as people see it, the same words for both CRMs. `who` is the id of the person's row."""

    crm: str
    id: str
    key: str
    subject: str
    body: str
    owner: str
    due: str
    who: str
    status: str


class FakeCrm(Protocol):
    """One fake CRM. The world is shared; what was written to this CRM is its own."""

    @property
    def name(self) -> str: ...

    def handle(self, request: Request) -> Response:
        """This answers a request, whatever it is."""
        ...

    def template(self, method: str, path: str) -> str:
        """This is the path with ids replaced by `{id}`: how calls are counted."""
        ...

    def refusal(self, how: Refusal, request: Request) -> Response:
        """This is how this CRM says no, without having looked at the request."""
        ...

    def credentials(self) -> dict[str, str]:
        """This is what a client needs besides the URL."""
        ...

    def tasks(self) -> list[Task]:
        """These are all tasks, those that were not written by us included."""
        ...

    def tasks_created(self) -> int:
        """This counts the tasks that clients made since the last reset."""
        ...

    def person(self, email: str) -> list[Json]:
        """These are this CRM's rows of the person with that address, as its API shows them."""
        ...

    def written(self) -> dict[str, int]:
        """This counts rows written through the API since the last reset, by object type."""
        ...

    def lag(self, seconds: float) -> None:
        """This makes reads that are eventually consistent run that far behind."""
        ...

    def reset(self) -> None:
        """This forgets everything that was written."""
        ...


def query_of(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(text, keep_blank_values=True))


def answer(body: Json, status: int = 200, **headers: str) -> Response:
    """This is a JSON answer. Header names are given with underscores for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, orjson.dumps(body), {"Content-Type": "application/json;charset=utf-8", **named})
