"""One call to a CRM: paced, watched, checked, and tried again where that is safe.

Every connector speaks through a `Caller`; retrying happens here and nowhere else. A connector brings
a `Send` that performs exactly one HTTP request: no retries, no redirects, with timeouts. Whatever
goes wrong for good leaves as a `ConnectorError` with the CRM's own words, without secrets.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import tenacity

from connectors.answers import (
    Answer,
    Unbelievable,
    believed,
    error_codes,
    error_words,
    missing_scopes,
    parsed,
)
from connectors.errors import (
    Misconfigured,
    MissingScope,
    NotAuthorised,
    OverQuota,
    Refused,
    Revoked,
    Unreachable,
)
from connectors.pacing import DAY_LOOK_S, Pace
from connectors.pieces import InPieces
from connectors.port import Patience, Port
from connectors.protocol import Usage
from connectors.weather import Advice, Do, Sight, advice, exception_names

ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    `template` is the path without ids: it names the call in hooks and errors. `body` is a JSON value,
    or bytes that go out as they are. `safe` says that doing it twice changes nothing. `required` are
    the keys (with type) without which the answer is not believed; statuses in `allowed` are handed
    back unread. `beyond_share` lets one call through after our share of the day is used up. `in_pieces` says
    which list of the answer is read while it is parsed.
    """

    method: str
    path: str
    template: str = ""
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    safe: bool = True
    budget: str = ACCOUNT
    required: Mapping[str, type] = field(default_factory=dict)
    allowed: frozenset[int] = frozenset()
    may_be_empty: bool = False
    beyond_share: bool = False
    in_pieces: InPieces | None = None

    @property
    def name(self) -> str:
        return f"{self.method} {self.template or self.path}"


Send = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True)
class Reply:
    """A believed answer: its JSON beside what came with it. `data` is None for `allowed` statuses."""

    data: Any
    answer: Answer


class Declined(Refused):
    """The CRM understood the request and refused it. `mqlsync check` shows what is missing."""

    def __init__(self, subject: str, answer: Answer) -> None:
        super().__init__(subject)
        self.answer = answer
        self.data = _error_data(answer)

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def codes(self) -> frozenset[str]:
        return error_codes(self.data)

    @property
    def words(self) -> str:
        return error_words(self.data)


class _Again(Exception):
    """Inside this module: the attempt failed and another one may follow."""

    def __init__(self, why: str, wait_s: float) -> None:
        super().__init__(why)
        self.why, self.wait_s = why, wait_s


class Caller:
    """All calls to one CRM account go through one of these."""

    def __init__(
        self,
        crm: str,
        send: Send,
        *,
        port: Port,
        patience: Patience,
        pace: Pace,
        renew: Callable[[], None],
    ) -> None:
        """`renew` gets a fresh token; it is called at most once per request."""
        self._crm, self._send, self._port, self._patience = crm, send, port, patience
        self._pace, self._renew = pace, renew
        self._calls = 0
        self._throttled = 0

    @property
    def usage(self) -> Usage:
        day = self._pace.day
        return Usage(self._calls, self._throttled, day.used, day.limit, day.left)

    def call(self, request: Request) -> Reply:
        """This performs the request until it is answered properly or `Patience` ends."""
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            stop=tenacity.stop_after_attempt(self._patience.attempts_max),
            wait=self._wait_s,
            sleep=self._port.sleep,
            reraise=True,
        )
        renewals = [self._renew]
        try:
            return attempts(self._attempt, request, renewals)
        except _Again as error:
            raise Unreachable(f"{self._crm} {request.name}: {error.why}") from None

    def _attempt(self, request: Request, renewals: list[Callable[[], None]]) -> Reply:
        seen = self._once(request)
        if isinstance(seen, Reply):
            return seen
        if seen.advice.do is Do.RENEW and renewals:
            renewals.pop()()
            seen = self._once(request)
            if isinstance(seen, Reply):
                return seen
        raise self._trouble(request, seen)

    def _once(self, request: Request) -> Reply | _Trouble:
        day = self._pace.day
        if day.is_used_up() and not request.beyond_share:
            raise OverQuota(f"{self._crm}: {day.used} of {day.limit} calls of the day are used")
        self._pace.budgets[request.budget].take()
        self._calls += 1
        self._port.at(f"{self._crm}.before {request.name}")
        try:
            answer = self._send(request)
        except (OSError, WireFault) as error:
            self._port.at(f"{self._crm}.after {request.name}")
            return _Trouble(advice(Sight(exceptions=exception_names(error))), _root_name(error))
        self._port.at(f"{self._crm}.after {request.name}")
        self._pace.observe(request.budget, answer.headers)
        return _read(request, answer)

    def _trouble(self, request: Request, trouble: _Trouble) -> Exception:
        subject = f"{self._crm} {request.name}: {trouble.text}"
        match trouble.advice.do:
            case Do.REFUSE | Do.BELIEVE:
                return Declined(subject, trouble.answer)
            case Do.RENEW:
                return NotAuthorised(subject)
            case Do.STOP_REVOKED:
                return Revoked(subject)
            case Do.STOP_CONFIG:
                return Misconfigured(subject)
            case Do.STOP_SCOPE:
                scopes = ", ".join(missing_scopes(_error_data(trouble.answer)))
                return MissingScope(f"{subject} ({scopes})" if scopes else subject)
            case Do.STOP_QUOTA:
                self._pace.day.shut(DAY_LOOK_S)
                return OverQuota(subject)
            case Do.AGAIN:
                return self._again(request, trouble, subject)

    def _again(self, request: Request, trouble: _Trouble, subject: str) -> Exception:
        wait_s = max(_retry_after_s(trouble.answer), trouble.advice.wait_s)
        if trouble.advice.is_throttle:
            self._throttled += 1
            self._pace.budgets[request.budget].rest(min(wait_s, self._patience.wait_max_s))
        if trouble.advice.happened and not request.safe:
            return Unreachable(f"{subject}; it may have been done, so it was not repeated")
        if _retry_after_s(trouble.answer) > self._patience.wait_max_s:
            until = self._port.now() + int(wait_s * 1_000_000)
            return Unreachable(f"{subject}; the CRM asks to wait {wait_s:.0f} s", until)
        return _Again(trouble.text, wait_s)

    def _wait_s(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked_s = error.wait_s if isinstance(error, _Again) else 0.0
        backoff_s = self._patience.wait_first_s * 2.0 ** (state.attempt_number - 1)
        jittered_s = backoff_s * random.uniform(0.75, 1.25)
        return min(max(asked_s, jittered_s), self._patience.wait_max_s)


class WireFault(Exception):
    """The library under a `Send` failed. Raise it from the library's error, which names the weather."""


@dataclass(frozen=True, slots=True)
class _Trouble:
    advice: Advice
    text: str
    answer: Answer = field(default_factory=lambda: Answer(0))


def _read(request: Request, answer: Answer) -> Reply | _Trouble:
    if answer.status in request.allowed:
        return Reply(None, answer)
    if 200 <= answer.status < 300:
        read = request.in_pieces.read if request.in_pieces else None
        data = believed(answer, request.required, may_be_empty=request.may_be_empty, read=read)
        if not isinstance(data, Unbelievable):
            return Reply(data, answer)
        return _Trouble(
            advice(Sight(answer.status, is_unbelievable=True)), f"{data.reason} ({answer.status})", answer
        )
    data = _error_data(answer)
    words = error_words(data)
    result = advice(Sight(answer.status, error_codes(data), words))
    text = " ".join(part for part in (str(answer.status), words, result.note and f"({result.note})") if part)
    return _Trouble(result, text, answer)


def _error_data(answer: Answer) -> Any:
    """This is the JSON of an error answer, if it is any: error pages are often HTML."""
    try:
        return parsed(answer.body)
    except ValueError:
        return {}


def _retry_after_s(answer: Answer) -> float:
    try:
        return max(0.0, float(answer.headers.get("retry-after", 0)))
    except ValueError:
        return 0.0


def _root_name(error: BaseException) -> str:
    """This names what went wrong on the wire; the library's own text may hold addresses."""
    while isinstance(error, WireFault) and error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__
