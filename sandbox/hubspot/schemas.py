"""The properties API: what exists on an object type, and what a client adds to it."""

from __future__ import annotations

from sandbox.clock import Clock, iso
from sandbox.crm import Request, Response, answer
from sandbox.hubspot.envelopes import envelope
from sandbox.hubspot.objects import Objects
from sandbox.hubspot.properties import Properties
from sandbox.hubspot.refusals import Refused, no_such_thing
from sandbox.hubspot.search import objects


class Schemas:
    """This answers /crm/properties for all object types."""

    def __init__(self, tables: Objects, clock: Clock) -> None:
        self.tables = tables
        self.clock = clock

    def known(self, name: str) -> Properties:
        return self.tables.table(name).properties

    def listed(self, request: Request, name: str) -> Response:
        shown = [] if request.parameter("archived") == "true" else self.known(name).named.values()
        return answer({"results": [known.wire() for known in shown]})

    def one(self, _: Request, name: str, which: str) -> Response:
        known = self.known(name).named.get(which)
        if known is None:
            raise no_such_thing(f'Property "{which}" does not exist')
        return answer(known.wire())

    def create(self, request: Request, name: str) -> Response:
        made = self.known(name).create(request.json(), self.clock.now())
        return answer(made.wire(), 201)

    def groups(self, _: Request, name: str) -> Response:
        known = self.known(name)
        return answer({"results": [known.group(group) for group in known.groups]})

    def create_group(self, request: Request, name: str) -> Response:
        return answer(self.known(name).create_group(request.json()), 201)

    def batch_create(self, request: Request, name: str) -> Response:
        """Those that exist are errors of their own, unless all do: then the batch is refused."""
        known, now = self.known(name), self.clock.now()
        made, errors, last = [], [], None
        for asked in objects(request.json().get("inputs")):
            try:
                made.append(known.create(asked, now).wire())
            except Refused as refusal:
                if refusal.response.status != 409:
                    raise
                last = refusal
                error = {"status": "error", "category": "OBJECT_ALREADY_EXISTS", "message": refusal.message}
                errors.append({**error, "context": {"name": [str(asked.get("name"))]}})
        if last and not made:
            raise last
        return envelope(made, errors, iso(now), 201)
