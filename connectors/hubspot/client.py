"""One HubSpot portal over HTTP: the SDK as authorised transport for paths of our own.

hubspot-api-client knows no dated paths and its typed answers cost forty times their JSON, so one of
its generated clients is held for good and only its low-level call is used: connection pool, token,
host. Its own retries are off, its exceptions (which print bodies and headers) end in this module.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import tzinfo
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

from connectors.answers import Answer
from connectors.bodies import body_of
from connectors.calling import ACCOUNT, Caller, Reply, Request, Send, WireFault
from connectors.errors import ConnectorError, OverQuota
from connectors.hubspot.access import Access, App, Form, Key, OAuth
from connectors.hubspot.days import midnight_after, zone_of
from connectors.pacing import DAY_LOOK_S, Budget, Day, Pace
from connectors.port import Patience, Port

CRM = "hubspot"
VERSION = "2026-09"  # a new one every March and September; each lives eighteen months
LIVE = "https://api.hubapi.com"
SEARCH = "search"

# Before the first answer tells: the smallest budget that HubSpot gives, in ten seconds and, for all
# searches of the account together, in one: five are allowed, and other apps search, too.
CALLS_PER_10_S = 100
SEARCHES_PER_S = 4
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}
DAY_SHARE = 0.8
RESUME_AFTER_S = 60  # into the new day


def objects(object_type: str, action: str = "") -> str:
    """This is the path of a kind of record, or of something done to it."""
    return f"/crm/objects/{VERSION}/{object_type}" + (f"/{action}" if action else "")


def properties(object_type: str, name: str = "") -> str:
    return f"/crm/properties/{VERSION}/{object_type}" + (f"/{quote(name, safe='/')}" if name else "")


def associations(from_type: str, to_type: str, action: str) -> str:
    return f"/crm/associations/{VERSION}/{from_type}/{to_type}/batch/{action}"


OAUTH_TOKEN = f"/oauth/{VERSION}/token"
CUSTOM_PROPERTY_LIMITS = f"/crm/limits/{VERSION}/custom-properties"
OWNERS = f"/crm/owners/{VERSION}"
LISTS = f"/crm/lists/{VERSION}"
ACCOUNT_DETAILS = f"/account-info/{VERSION}/details"
EVENT_OCCURRENCES = f"/events/event-occurrences/{VERSION}"
MARKETING_EVENTS = f"/marketing/marketing-events/{VERSION}"
CAMPAIGNS = f"/marketing/campaigns/{VERSION}"
# These have no dated form yet.
FORMS = "/marketing/v3/forms"
FORM_SUBMISSIONS = "/form-integrations/v1/submissions/forms"
EMAIL_EVENTS = "/email/public/v1/events"


class Transport:
    """Sends requests, each exactly once, with the token that is valid now."""

    def __init__(self, base_url: str, port: Port, patience: Patience) -> None:
        self._base_url, self._port, self._patience = base_url.rstrip("/"), port, patience
        self._lock, self._used = threading.Lock(), threading.local()
        self._client: Any = None

    def authorised(self, access: Access) -> tuple[Send, Callable[[], None]]:
        """These are how to send as whoever `access` is, and how to replace a token that was refused."""

        def send(request: Request) -> Answer:
            self._used.token = access.token()
            return self.send(request, {"Authorization": f"Bearer {self._used.token}"})

        return send, lambda: access.renew(self._used.token)

    def send(self, request: Request, headers: Mapping[str, str], form: Form = ()) -> Answer:
        """This performs one HTTP request and hands back whatever was answered."""
        from hubspot.crm.contacts.exceptions import ApiException  # noqa: PLC0415 (0.2 s, only when calling)
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        try:
            response = self._held().call_api(
                request.path,
                request.method,
                query_params=list(request.query),
                header_params={"Accept": "application/json", **request.headers, **headers},
                body=request.body,
                post_params=list(form),
                _preload_content=False,
                _request_timeout=(self._patience.connect_s, self._patience.read_s),
            )
            body = body_of(response, self._port, self._patience.read_s)
            return Answer(response.status, _lowered(response.headers), body)
        except ApiException as error:
            return _error_answer(error)
        except UnicodeDecodeError as error:  # the SDK decodes error bodies, which may be anything
            if isinstance(error.__context__, ApiException):
                return _error_answer(error.__context__)
            raise WireFault("an undecodable answer") from error
        except (HTTPError, HTTPException, OSError) as error:
            raise WireFault("the connection failed") from error

    def _held(self) -> Any:
        with self._lock:
            if self._client is None:
                import hubspot  # noqa: PLC0415

                from connectors.deadlines import pool_classes  # noqa: PLC0415

                client = hubspot.Client(retry=False, host=self._base_url)
                self._client = client.crm.contacts.basic_api.api_client
                # it may take read_s to begin, and as long again to arrive
                pools = self._client.rest_client.pool_manager
                pools.pool_classes_by_scheme = pool_classes(2 * self._patience.read_s)
            return self._client


def _error_answer(error: Any) -> Answer:
    if not error.status:  # the SDK's way of saying that TLS failed
        raise WireFault("TLS failed")
    body = error.body
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    return Answer(error.status, _lowered(error.headers or {}), body or b"")


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def paced(port: Port, *, calls_per_10_s: float = CALLS_PER_10_S, day_share: float = DAY_SHARE) -> Pace:
    """This is the pace of one portal: burst and day by its headers, searches by a bucket of their own
    (their answers carry no burst headers). `day_share` of the account's daily calls are ours, the rest
    is left to other apps."""
    account = Budget(port, limit=int(calls_per_10_s), interval_s=10.0)
    day = Day(port, share=day_share)

    def observe(budget: str, headers: Mapping[str, str]) -> None:
        prefix = "x-hubspot-ratelimit-"
        limit, remaining, interval_ms = (
            _number(headers.get(prefix + name)) for name in ("max", "remaining", "interval-milliseconds")
        )
        if budget == ACCOUNT and limit > 0 and remaining >= 0:
            account.observe(limit=limit, interval_s=max(interval_ms, 1000) / 1000, remaining=remaining)
        daily, left = _number(headers.get(prefix + "daily")), _number(headers.get(prefix + "daily-remaining"))
        if daily > 0 and left >= 0:
            day.observe(used=daily - left, limit=daily)

    search = Budget(port, limit=SEARCHES_PER_S, interval_s=1.0)
    return Pace({ACCOUNT: account, SEARCH: search}, day, observe)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else -1


class Portal:
    """One portal: checked calls, its clock, and when its day ends."""

    def __init__(self, caller: Caller, port: Port, access: Access, pace: Pace) -> None:
        self.caller, self.access, self._port, self._pace = caller, access, port, pace
        self._heard: tuple[int, float] | None = None
        self._zone: tzinfo | None = None
        self._id = ""
        self.has_webinars: bool | None = None  # None until somebody looked
        self.has_task_key = False
        self.gives: dict[str, bool] = {}  # which signals this portal gave, or would not, when last asked

    def call(self, request: Request) -> Reply:
        try:
            reply = self.caller.call(request)
        except OverQuota as error:
            raise OverQuota(error.subject, self._day_ends_at()) from None
        date = reply.answer.server_now(0)
        if date:
            self._heard = (date, self._port.monotonic())
        return reply

    def now(self) -> int:
        """This is the portal's own time: its last `Date` and what passed since; ours before any answer."""
        if self._heard is None:
            return self._port.now()
        date, at = self._heard
        return date + int((self._port.monotonic() - at) * 1_000_000)

    @property
    def burst(self) -> int:
        """This is how many calls ten seconds allow."""
        return self._pace.budgets[ACCOUNT].limit

    def id(self) -> str:
        """This is the portal's number, asked for once."""
        if not self._id:
            self._id = str(self.details()["portalId"])
        return self._id

    def details(self, *, beyond_share: bool = False) -> Mapping[str, Any]:
        """This is what the portal says about itself, above all its time zone."""
        request = Request("GET", ACCOUNT_DETAILS, required={"portalId": int}, beyond_share=beyond_share)
        details: Mapping[str, Any] = self.caller.call(request).data
        self._zone = zone_of(details)
        return details

    def _day_ends_at(self) -> int:
        """Calls are counted until midnight in the portal's time zone. Where it does not even tell that
        any more, somebody looks again after a while."""
        if self._zone is None:
            with suppress(ConnectorError):
                self.details(beyond_share=True)
        now = self.now()
        if self._zone is None:
            return now + int(DAY_LOOK_S * 1_000_000)
        ends_at = midnight_after(now, self._zone) + RESUME_AFTER_S * 1_000_000
        self._pace.day.shut((ends_at - now) / 1_000_000)
        return ends_at


def portal_of(
    transport: Transport, credentials: Callable[[], str] | App, pace: Pace, patience: Patience, port: Port
) -> Portal:
    """This puts a portal together: its access, its pace, its transport."""
    access = (
        _oauth(transport, credentials, pace, patience, port)
        if isinstance(credentials, App)
        else Key(credentials)
    )
    send, renew = transport.authorised(access)
    caller = Caller(CRM, send, port=port, patience=patience, pace=pace, renew=renew)
    return Portal(caller, port, access, pace)


def _oauth(transport: Transport, app: App, pace: Pace, patience: Patience, port: Port) -> OAuth:
    def post(form: Form) -> Mapping[str, Any]:
        def send(request: Request) -> Answer:
            return transport.send(request, FORM_TYPE, form)

        caller = Caller(CRM, send, port=port, patience=patience, pace=pace, renew=lambda: None)
        data: Mapping[str, Any] = caller.call(
            Request("POST", OAUTH_TOKEN, required={"access_token": str})
        ).data
        return data

    return OAuth(app, port, post)
