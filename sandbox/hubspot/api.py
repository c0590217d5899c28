"""The fake portal: who may come in, which path leads where, and what stands in the headers.

Dated paths are the real ones; `v3` still works, as it does until September 2027.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson

from sandbox.clock import Clock, iso
from sandbox.crm import Refusal, Request, Response, Task
from sandbox.hubspot import events
from sandbox.hubspot.access import CLIENT, KEY, Access
from sandbox.hubspot.associations import Associations
from sandbox.hubspot.contacts import Contacts
from sandbox.hubspot.kinds import kind_named, tables
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.lists import Lists
from sandbox.hubspot.objects import URI_MAX, Objects
from sandbox.hubspot.properties import Properties
from sandbox.hubspot.refusals import (
    Refused,
    invalid,
    missing_scopes,
    no_such_page,
    refused,
    searched_too_fast,
    too_fast,
    unauthenticated,
)
from sandbox.hubspot.rows import Values
from sandbox.hubspot.schemas import Schemas
from sandbox.hubspot.streams import Streams
from sandbox.hubspot.trouble import Trouble, malformed
from sandbox.hubspot.webhooks import Webhooks
from sandbox.marketing import FORMS
from sandbox.world import World

VERSION = r"(?:\d{4}-\d{2}|v3)"
TOO_LONG = b"<html><body>414 Request-URI Too Large</body></html>"
ID = re.compile(r"\d+|[^/]*@[^/]*|[0-9a-f]{8}-[0-9a-f-]{27}")
TOKEN = KEY
TOKEN_ENDPOINT = re.compile(r"/oauth/\d{4}-\d{2}/token")
ENTERPRISE = "tier.enterprise"  # no scope of HubSpot's: a portal without it has a lower tier
TASK_KEYS = ("mqlsync_task_key",)  # where the control API looks for the key of a task, before any other


Scope = Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, the scope they need, and who answers."""

    method: str
    path: re.Pattern[str]
    scope: Scope
    respond: Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Options:
    """How this portal differs from the usual one."""

    burst: int = 190
    daily: int = 1_000_000
    limits: bool = True
    without_scopes: frozenset[str] = frozenset()
    unique_tasks: bool = True
    forms: int = len(FORMS)


class FakeHubSpot:
    """One portal. See `sandbox.crm.FakeCrm` for what the server asks of it."""

    name = "hubspot"

    def __init__(self, world: World, clock: Clock, options: Options | None = None) -> None:
        self.options = options or Options()
        self.world = world
        self.clock = clock
        self.contacts = Contacts(world)
        self.tables = tables(world, self.contacts, unique_tasks=self.options.unique_tasks)
        self.associations = Associations(self.tables, self.contacts)
        self.objects = Objects(self.tables, self.associations, self.contacts, clock)
        self.streams = Streams(world, clock, self.contacts, FORMS[: self.options.forms])
        self.lists = Lists(self.contacts, clock)
        self.marketing_events = events.MarketingEvents(world, clock, self.streams)
        self.limits = Limits(burst=self.options.burst, daily=self.options.daily, enforced=self.options.limits)
        self.access = Access()
        self.trouble = Trouble()
        self.webhooks = Webhooks()
        self.routes = self._routes()

    # ------------------------------------------------------------------ what the server asks

    def handle(self, request: Request) -> Response:
        search = request.path.endswith("/search")
        try:
            response = self._admitted(request, search)
        except Refused as refusal:
            response = refusal.response
        except orjson.JSONDecodeError:
            response = invalid("Invalid input JSON on line 1, column 1").response
        headers = {**response.headers, "X-HubSpot-Correlation-Id": str(uuid4())}
        if response.status not in (401, 530):  # the portal itself was not reached
            headers |= self.limits.headers(search=search)
        return Response(response.status, response.body, headers)

    def template(self, method: str, path: str) -> str:
        del method
        return "/".join("{id}" if ID.fullmatch(part) else part for part in path.split("/"))

    def refusal(self, how: Refusal, request: Request) -> Response:
        search = request.path.endswith("/search")
        too_soon = searched_too_fast() if search else too_fast()
        refusals = {
            "401": unauthenticated(),
            "429": too_soon,
            "500": refused(500, "internal error"),
            "503": refused(503, "Service temporarily unavailable"),
        }
        response = refusals[how].response
        limits = {} if how == "401" else self.limits.headers(search=search, spent=how == "429")
        return Response(response.status, response.body, {**response.headers, **limits})

    def credentials(self) -> dict[str, str]:
        return {"token": TOKEN, **CLIENT}

    def tasks(self) -> list[Task]:
        table, now = self.tables["task"], self.clock.now()
        rows = (row for i in table.ids() if (row := table.live(i, now)))
        return [
            Task(
                crm=self.name,
                id=str(row.id),
                key=_key(table.properties, row.properties),
                subject=row.properties.get("hs_task_subject") or "",
                body=row.properties.get("hs_task_body") or "",
                owner=row.properties.get("hubspot_owner_id") or "",
                due=row.properties.get("hs_timestamp") or "",
                who=next((str(i) for i in self.associations.linked("task", row.id, "contact")), ""),
                status=row.properties.get("hs_task_status") or "",
            )
            for row in rows
        ]

    def tasks_created(self) -> int:
        return len(self.tables["task"].created)

    def person(self, email: str) -> list[dict[str, Any]]:
        table, now = self.tables["contact"], self.clock.now()
        record_id = table.find("email", email, now)
        row = table.live(record_id, now) if record_id is not None else None
        return [table.shown(row, list(row.properties))] if row else []

    def written(self) -> dict[str, int]:
        return {name: table.rows_written for name, table in self.tables.items() if table.rows_written}

    def lag(self, seconds: float) -> None:
        self.objects.lag_s = seconds

    def merge(self, winner_id: int, loser_id: int) -> None:
        """This merges two contacts: ids, addresses and links of the loser go over to the winner."""
        table, now = self.tables["contact"], self.clock.now()
        winner, loser = table.live(winner_id, now), table.live(loser_id, now)
        if winner is None or loser is None or winner_id == loser_id:
            raise invalid(f"{loser_id} cannot be merged into {winner_id}")
        lists = {
            "hs_merged_object_ids": [str(loser_id)],
            "hs_additional_emails": [loser.properties.get("email") or ""],
        }
        values: Values = {
            name: ";".join(filter(None, [winner.properties.get(name), *more, loser.properties.get(name)]))
            for name, more in lists.items()
        }
        # it knows nothing of what had been merged into the loser before
        values["hs_calculated_merged_vids"] = f"{loser_id}:{now // 1000}"
        self.contacts.merged[loser_id] = winner_id
        table.update(winner_id, values, now)

    def expire_tokens(self) -> None:
        """This ends all access tokens of OAuth apps, as half an hour does."""
        self.access.expire()

    def revoke(self) -> None:
        """This takes the app's refresh token away for good."""
        self.access.expire()
        self.access.is_revoked = True

    def use_up(self, calls_left: int = 0) -> None:
        """This leaves so many calls of the account's day."""
        self.limits.leave(calls_left)

    def reset(self) -> None:
        for table in self.tables.values():
            table.reset()
        self.associations.reset()
        self.contacts.reset()
        self.limits.reset()
        self.access.reset()
        self.trouble.reset()
        self.webhooks.aim(None)
        self.objects.lag_s = 0.0

    # ------------------------------------------------------------------ the way in

    def _admitted(self, request: Request, search: bool) -> Response:
        if request.method == "POST" and TOKEN_ENDPOINT.fullmatch(request.path):
            self.trouble.hand_out()
            return self.access.grant(request)
        authorization = request.headers.get("authorization", "")
        if (page := malformed(authorization)) is not None:
            return page
        if not self.access.admits(authorization):
            raise unauthenticated()
        if len(request.path) + sum(len(k) + len(v) + 2 for k, v in request.query) > URI_MAX:
            return Response(414, TOO_LONG, {"Content-Type": "text/html"})
        self.limits.admit(search=search)
        route, match = self._route(request.method, request.path)
        if route is None or match is None:
            raise no_such_page()
        scope = route.scope(match)
        self.trouble.admit(writes=scope.endswith(".write"))
        if scope in self.options.without_scopes:
            raise missing_scopes([scope])
        return route.respond(request, *match.groups())

    def _route(self, method: str, path: str) -> tuple[Route, re.Match[str]] | tuple[None, None]:
        for route in self.routes:
            if route.method == method:
                match = route.path.fullmatch(path)
                if match:
                    return route, match
        return None, None

    def _routes(self) -> list[Route]:
        own, schemas, streams = self.objects, Schemas(self.objects, self.clock), self.streams
        read, write = _scope("crm.objects", "read"), _scope("crm.objects", "write")
        see, define = _scope("crm.schemas", "read"), _scope("crm.schemas", "write")
        webinars = f"/marketing/(?:marketing-events/{VERSION}|v3/marketing-events)"
        events_read = _always("crm.objects.marketing_events.read")
        o, p = f"/crm/objects/{VERSION}/([^/]+)", f"/crm/properties/{VERSION}/([^/]+)"
        links = f"/crm/associations/{VERSION}/([^/]+)/([^/]+)/batch"
        submissions = "/form-integrations/v1/submissions/forms/([^/]+)"
        found: list[tuple[str, str, Scope, Callable[..., Response]]] = [
            ("GET", f"/account-info/{VERSION}/details", _always(""), lambda _: events.account()),
            ("GET", f"/crm/owners/{VERSION}", _always("crm.objects.owners.read"), self._owners),
            ("POST", f"{o}/search", read, own.search),
            ("POST", f"{o}/batch/(read)", read, own.batch),
            ("POST", f"{o}/batch/(update|create|upsert|archive)", write, own.batch),
            ("GET", o, read, own.listed),
            ("POST", o, write, own.create),
            ("GET", f"{o}/([^/]+)", read, own.one),
            ("PATCH", f"{o}/([^/]+)", write, own.update),
            ("DELETE", f"{o}/([^/]+)", write, lambda _, name, given: own.archive(name, given)),
            ("POST", f"{links}/read", read, self._read_associations),
            ("POST", f"{links}/create", write, self._create_associations),
            ("GET", p, see, schemas.listed),
            ("POST", p, define, schemas.create),
            ("GET", f"{p}/groups", see, schemas.groups),
            ("POST", f"{p}/groups", define, schemas.create_group),
            ("POST", f"{p}/batch/create", define, schemas.batch_create),
            ("GET", f"{p}/([^/]+)", see, schemas.one),
            ("GET", "/marketing/v3/forms/?", _always("forms"), streams.forms),
            ("GET", submissions, _always("forms"), streams.submissions),
            ("GET", "/email/public/v1/events", _always("content"), streams.mail_events),
            ("GET", f"/events/event-occurrences/{VERSION}", _always(ENTERPRISE), streams.occurrences),
            ("POST", f"/crm/lists/{VERSION}/search", _always("crm.lists.read"), self.lists.search),
            (
                "GET",
                f"/crm/lists/{VERSION}/([^/]+)/memberships/join-order",
                _always("crm.lists.read"),
                self.lists.joined,
            ),
            ("GET", f"{webinars}/?", events_read, self.marketing_events.listed),
            (
                "GET",
                f"{webinars}/participations/([^/]+)/breakdown",
                events_read,
                self.marketing_events.participations,
            ),
            ("GET", f"/marketing/campaigns/{VERSION}", _always("marketing.campaigns.read"), self._campaigns),
        ]
        return [Route(method, re.compile(path), scope, respond) for method, path, scope, respond in found]

    # ------------------------------------------------------------------ small answers

    def _owners(self, request: Request) -> Response:
        return events.owners(self.world, request)

    def _campaigns(self, request: Request) -> Response:
        return events.campaigns(self.world, request)

    def _read_associations(self, request: Request, kind: str, other: str) -> Response:
        moment = iso(self.clock.now())
        return self.associations.read(kind_named(kind), kind_named(other), request.json(), moment)

    def _create_associations(self, request: Request, kind: str, other: str) -> Response:
        now = self.clock.now()
        return self.associations.create(kind_named(kind), kind_named(other), request.json(), now, iso(now))


def _always(name: str) -> Scope:
    return lambda _: name


def _scope(family: str, action: str) -> Scope:
    """The scope depends on the object type. Tasks, calls and meetings ride on that of contacts."""

    def scope(match: re.Match[str]) -> str:
        kind = kind_named(match.group(1))
        if kind.name == "email" and action == "read":
            return "sales-email-read"
        plural = kind.plural if kind.name in ("company", "deal", "lead") else "contacts"
        return f"{family}.{plural}.{action}"

    return scope


def _key(known: Properties, values: Any) -> str:
    """This is a task's key: the value of the first unique property that a client made."""
    unique = [name for name, one in known.named.items() if one.unique and one.ours]
    return next((values[name] for name in (*TASK_KEYS, *unique) if values.get(name)), "")
