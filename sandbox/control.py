"""The control API: what tests and demos ask of the sandbox itself, on a port of its own.

| call | what it does |
|---|---|
| `GET /stats` | calls by CRM, method and path; rows written; tasks created; since the counters were reset |
| `POST /counters/reset` | starts counting from zero |
| `POST /faults` `{crm, way, call}` or `{crm, way, path, method, times}` | lets calls fail (see faults.py) |
| `GET /faults`, `DELETE /faults` | shows or forgets the faults that have not struck yet |
| `POST /lag` `{lag_s, crm}` | lets the search index run behind |
| `POST /salesforce` `{expire_sessions, lock_rows, calls_left, public_key}` | ends sessions, locks rows, \
  uses the day up, lets an app in that signs with that key |
| `POST /hubspot` `{email, archive, wipe, merge_into, calculated}` | archives, wipes or merges a contact, or \
  lets HubSpot work out properties without moving the stamp |
| `POST /portal` `{expire_tokens, revoke, calls_left, moving_s, locked, no_tokens}` | ends tokens, the app's \
  access, or the day; answers 477 so long, 423 to so many writes, 429 to so many asking for a token |
| `POST /webhooks` `{url, public_url, secret, times}` | tells there what contacts do; without `url` no more |
| `GET /webhooks` | what deliveries were answered (0 = nothing) |
| `POST /clock` `{advance_s}` | moves the sandbox's time forward |
| `GET /tasks` | the tasks of both CRMs, in the same words |
| `GET /person?email=` | the rows of a person, as each API shows them |
| `GET /people?limit=&start=` | who is in the world |
| `GET /world` | domains, partners, forms, webinars, counts, the hottest people |
| `POST /act` `{email, kind, at}` | lets somebody do something now, or at an earlier instant |
| `POST /reset` | goes back to the seeded world |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import orjson

from sandbox.acting import SCENES, act
from sandbox.clock import Clock, instant, iso
from sandbox.crm import Request, answer
from sandbox.faults import WAYS, Delivery, Fault, Faults
from sandbox.front import Front
from sandbox.hubspot.api import FakeHubSpot
from sandbox.hubspot.fates import UnknownContact, befall
from sandbox.hubspot.webhooks import Target
from sandbox.marketing import COMPETITOR_DOMAINS, FORMS, OWN_DOMAIN, PARTNERS, SITE, STUDENT_DOMAINS
from sandbox.people import Person
from sandbox.salesforce.fake import Salesforce
from sandbox.world import World

PEOPLE_MAX = 10_000
HOTTEST = 50


class Misunderstood(Exception):
    """The request to the control API makes no sense."""


class Control:
    """This carries out what the control API is asked for."""

    def __init__(self, world: World, clock: Clock, fronts: Sequence[Front], faults: Faults) -> None:
        self.world = world
        self.clock = clock
        self.fronts = {front.crm.name: front for front in fronts}
        self.faults = faults
        self._written: Mapping[str, Counter[str]] = {}
        self._tasks: Mapping[str, int] = {}
        self._answers: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "/stats"): self._stats,
            ("POST", "/counters/reset"): self._reset_counters,
            ("GET", "/faults"): self._pending,
            ("POST", "/faults"): self._fail,
            ("DELETE", "/faults"): self._heal,
            ("POST", "/lag"): self._lag,
            ("POST", "/salesforce"): self._salesforce,
            ("POST", "/hubspot"): self._hubspot,
            ("POST", "/portal"): self._portal,
            ("POST", "/webhooks"): self._aim,
            ("GET", "/webhooks"): self._deliveries,
            ("POST", "/clock"): self._advance,
            ("GET", "/tasks"): self._all_tasks,
            ("GET", "/person"): self._person,
            ("GET", "/people"): self._people,
            ("GET", "/world"): self._world,
            ("POST", "/act"): self._act,
            ("POST", "/reset"): self._reset,
        }
        self._reset_counters(None)

    def deliver(self, request: Request) -> Delivery:
        respond = self._answers.get((request.method, request.path))
        if respond is None:
            return Delivery(answer({"error": f"there is no {request.method} {request.path}"}, 404))
        try:
            with self.world.lock:
                return Delivery(answer(respond(request)))
        except (Misunderstood, UnknownContact, orjson.JSONDecodeError) as misunderstood:
            return Delivery(answer({"error": str(misunderstood)}, 400))

    # ------------------------------------------------------------------ counting and failing

    def _stats(self, _: Request) -> Any:
        stats = {}
        for name, front in self.fronts.items():
            calls = front.calls()
            stats[name] = {
                "calls": sum(calls.values()),
                "by_call": calls,
                "rows_written": dict(Counter(front.crm.written()) - self._written[name]),
                "tasks_created": front.crm.tasks_created() - self._tasks[name],
            }
        return {"now": iso(self.clock.now()), "crms": stats}

    def _reset_counters(self, _: Request | None) -> Any:
        for front in self.fronts.values():
            front.reset_counters()
        self._written = {name: Counter(front.crm.written()) for name, front in self.fronts.items()}
        self._tasks = {name: front.crm.tasks_created() for name, front in self.fronts.items()}
        return {"reset": True}

    def _pending(self, _: Request | None) -> Any:
        return {"faults": [{**asdict(fault), "left": left} for fault, left in self.faults.pending()]}

    def _fail(self, request: Request) -> Any:
        body = _body(request, list)
        for asked in body if isinstance(body, list) else [body]:
            self.faults.add(self._fault(asked))
        return self._pending(request)

    def _fault(self, asked: Any) -> Fault:
        if not isinstance(asked, dict) or asked.get("crm") not in self.fronts:
            raise Misunderstood(f"crm must be one of {', '.join(self.fronts)}")
        if asked.get("way") not in WAYS:
            raise Misunderstood(f"way must be one of {', '.join(WAYS)}")
        call, times = asked.get("call", 0), asked.get("times", 1)
        if not isinstance(call, int) or not isinstance(times, int) or call < 0 or times < 1:
            raise Misunderstood("call and times are whole numbers, counted from 1")
        prefix, method = str(asked.get("path", "/")), str(asked.get("method", ""))
        return Fault(asked["crm"], asked["way"], call, prefix, method, times)

    def _heal(self, request: Request) -> Any:
        self.faults.clear()
        return self._pending(request)

    def _lag(self, request: Request) -> Any:
        body = _body(request)
        seconds = _number(body, "lag_s")
        wanted = body.get("crm")
        for name, front in self.fronts.items():
            if wanted in (None, name):
                front.crm.lag(seconds)
        return {"lag_s": seconds}

    def _salesforce(self, request: Request) -> Any:
        body = _body(request)
        for front in self.fronts.values():
            if isinstance(front.crm, Salesforce):
                if body.get("expire_sessions"):
                    front.crm.expire_sessions()
                if body.get("public_key"):
                    front.crm.trust(str(body["public_key"]))
                if "lock_rows" in body:
                    front.crm.lock_rows(int(_number(body, "lock_rows")))
                if "calls_left" in body:
                    front.crm.use_up(int(_number(body, "calls_left")))
        return {"done": True}

    def _hubspot(self, request: Request) -> Any:
        body = _body(request)
        for front in self.fronts.values():
            if isinstance(front.crm, FakeHubSpot):
                befall(front.crm, body)
        return {"done": True}

    def _portal(self, request: Request) -> Any:
        body = _body(request)
        for portal in self._portals():
            if body.get("expire_tokens"):
                portal.expire_tokens()
            if body.get("revoke"):
                portal.revoke()
            if "calls_left" in body:
                portal.use_up(int(_number(body, "calls_left")))
            for name, begin in _troubles(portal).items():
                if name in body:
                    begin(int(_number(body, name)))
        return {"done": True}

    def _aim(self, request: Request) -> Any:
        body = _body(request)
        url = str(body.get("url") or "")
        if url and urlsplit(url).hostname not in ("127.0.0.1", "localhost"):
            raise Misunderstood("webhooks go to this machine only")
        target = Target(url, str(body.get("public_url") or url), str(body.get("secret") or ""), _times(body))
        for portal in self._portals():
            portal.webhooks.aim(target if url else None)
        return {"url": url}

    def _deliveries(self, _: Request) -> Any:
        return {"statuses": [status for portal in self._portals() for status in portal.webhooks.statuses]}

    def _portals(self) -> list[FakeHubSpot]:
        return [front.crm for front in self.fronts.values() if isinstance(front.crm, FakeHubSpot)]

    def _advance(self, request: Request) -> Any:
        return {"now": iso(self.clock.advance(_number(_body(request), "advance_s")))}

    def _reset(self, request: Request) -> Any:
        self.world.reset()
        self.clock.restart()
        self.faults.clear()
        for front in self.fronts.values():
            front.crm.reset()
        self._reset_counters(request)
        return {"now": iso(self.clock.now())}

    # ------------------------------------------------------------------ looking and acting

    def _all_tasks(self, _: Request) -> Any:
        return {"tasks": [asdict(task) for front in self.fronts.values() for task in front.crm.tasks()]}

    def _person(self, request: Request) -> Any:
        email = request.parameter("email")
        rows = {name: front.crm.person(email) for name, front in self.fronts.items()}
        if not any(rows.values()):
            raise Misunderstood(f"nobody has the address {email}")
        index = self.world.find(email)
        return {"person": None if index is None else _shown(self.world.person(index)), "rows": rows}

    def _people(self, request: Request) -> Any:
        limit, start = (
            request.parameter(name, default) for name, default in (("limit", "100"), ("start", "0"))
        )
        if not limit.isdigit() or not start.isdigit() or int(limit) > PEOPLE_MAX:
            raise Misunderstood(f"limit is a whole number up to {PEOPLE_MAX}, start one from 0")
        indices = range(int(start), min(self.world.people, int(start) + int(limit)))
        return {"people": [_shown(self.world.person(index)) for index in indices]}

    def _world(self, _: Request) -> Any:
        world = self.world
        return {
            "now": iso(self.clock.now()),
            "start": iso(world.start),
            "seed": world.seed,
            "people": world.people,
            "companies": world.companies,
            "own_domain": OWN_DOMAIN,
            "site": SITE,
            "competitor_domains": COMPETITOR_DOMAINS,
            "student_domains": STUDENT_DOMAINS,
            "partners": [
                {**asdict(partner), "landing_page": partner.landing_page, "domain": partner.domain}
                for partner in PARTNERS
            ],
            "forms": [asdict(form) for form in FORMS],
            "hottest": [person.email for person in world.hottest(HOTTEST)],
            "kinds": sorted(SCENES),
        }

    def _act(self, request: Request) -> Any:
        body = _body(request)
        email, kind, now = str(body.get("email", "")), body.get("kind"), self.clock.now()
        index = self.world.find(email)
        if index is None:
            raise Misunderstood(f"nobody has the address {email}")
        if kind not in SCENES:
            raise Misunderstood(f"kind must be one of {', '.join(sorted(SCENES))}")
        try:
            at = instant(str(body["at"])) if body.get("at") else now
        except ValueError:
            raise Misunderstood("at must be an ISO instant") from None
        if at > now:
            raise Misunderstood("nobody acts in the future: advance the clock first")
        done = act(self.world, index, str(kind), at=at, recorded_at=now)
        for portal in self._portals():
            told = [str(row["id"]) for row in portal.person(email)]
            portal.webhooks.tell(told, "hs_analytics_last_timestamp", now)
        return {"activities": [{**asdict(activity), "at": iso(activity.at)} for activity in done]}


def _troubles(portal: FakeHubSpot) -> Mapping[str, Callable[[int], None]]:
    trouble = portal.trouble
    return {"moving_s": trouble.move, "locked": trouble.lock, "no_tokens": trouble.withhold}


def _body(request: Request, also: type = dict) -> Any:
    body = request.json() if request.body else {}
    if not isinstance(body, dict | also):
        raise Misunderstood("a JSON object was expected")
    return body


def _number(body: Any, name: str) -> float:
    value = body.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise Misunderstood(f"{name} must be a number, 0 or more")
    return float(value)


def _times(body: Any) -> int:
    times = body.get("times", 1)
    if not isinstance(times, int) or not 1 <= times <= 10:
        raise Misunderstood("times is a whole number from 1 to 10")
    return times


def _shown(person: Person) -> dict[str, Any]:
    """This is a person in the words of the world, with what the CRMs do not say: role and warmth."""
    return {
        "index": person.index,
        "email": person.email,
        "name": f"{person.first_name} {person.last_name}".strip(),
        "title": person.title,
        "company": person.company_name,
        "residence": person.residence,
        "salesforce_kind": person.salesforce_kind,
        "role": person.role,
        "hot": person.hot,
        "partner": person.partner,
        "linked": person.linked,
    }
