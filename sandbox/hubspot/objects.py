"""The objects API: list, search, single rows, and the ways into batches, for every object type."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from sandbox.clock import SECOND, Clock, iso
from sandbox.crm import Request, Response, answer
from sandbox.hubspot import batches
from sandbox.hubspot.associations import Associations
from sandbox.hubspot.contacts import Contacts
from sandbox.hubspot.envelopes import limit_of, page
from sandbox.hubspot.kinds import kind_named
from sandbox.hubspot.refusals import bad_values, invalid, no_such_page, refused
from sandbox.hubspot.rows import Row
from sandbox.hubspot.search import Index, parse
from sandbox.hubspot.tables import Table
from sandbox.hubspot.values import completed, required

LIST_MAX, LIST_MAX_WITH_HISTORY, LIST_DEFAULT = 100, 50, 10
URI_MAX = 8_000  # longer ones never reach the portal


class Objects:
    """This answers /crm/objects for all tables. `lag_s` is how far the search index runs behind."""

    def __init__(
        self, tables: Mapping[str, Table], associations: Associations, contacts: Contacts, clock: Clock
    ) -> None:
        self.tables = tables
        self.associations = associations
        self.contacts = contacts
        self.clock = clock
        self.lag_s = 0.0

    def table(self, name: str) -> Table:
        return self.tables[kind_named(name).name]

    def listed(self, request: Request, name: str) -> Response:
        """A page of the database, by id. `after` is the next id, archived rows stand apart."""
        table, now = self.table(name), self.clock.now()
        histories = request.parameters("propertiesWithHistory")
        most = LIST_MAX_WITH_HISTORY if histories else LIST_MAX
        limit = limit_of(request.parameter("limit"), LIST_DEFAULT, most)
        archived = request.parameter("archived") == "true"
        after = request.parameter("after") or "0"
        if not after.isdigit():
            raise invalid(f"The given cursor is invalid: {after}")
        ids = (i for i in table.ids(int(after)) if bool(table.archived_at(i, now)) == archived)
        rows = (row for i in ids if (row := table.row(i, now)))
        found = list(islice(rows, limit + 1))
        results = [self._shown(request, table, row, now) for row in found[:limit]]
        link = f"https://api.hubapi.com/crm/objects/2026-09/{table.kind.plural}?limit={limit}"
        return page(results, str(found[limit - 1].id + 1) if len(found) > limit else "", link)

    def search(self, request: Request, name: str) -> Response:
        """A page of the index; the rows come from the database, where some may be gone."""
        table, now = self.table(name), self.clock.now()
        asked = parse(request.json(), len(request.body), table.properties.named)
        index = Index(table, now - int(self.lag_s * SECOND), self._linked_to(table))
        found = index.matches(asked)
        ids = found[asked.offset : asked.offset + asked.limit]
        rows = [row for i in ids if (row := table.live(i, now))]
        results = [table.shown(row, asked.properties) for row in rows]
        end = asked.offset + asked.limit
        return page(results, str(end) if end < len(found) and ids else "", total=len(found))

    def one(self, request: Request, name: str, given: str) -> Response:
        """One row; the loser of a merge shows the winner."""
        table, now = self.table(name), self.clock.now()
        record_id = self._record_id(table, request, given, now)
        row = table.row(record_id, now) if record_id is not None else None
        if row is None or bool(row.archived_at) != (request.parameter("archived") == "true"):
            raise no_such_page()
        return answer(self._shown(request, table, row, now))

    def create(self, request: Request, name: str) -> Response:
        """A new row with its associations, in one call."""
        table, now = self.table(name), self.clock.now()
        body = request.json()
        kept, problems = table.properties.accepted(required(table, batches.properties_of(body)))
        if problems:
            raise bad_values(problems)
        email = kept.get("email") if table.kind.name == "contact" else None
        existing = table.find("email", email, now) if email else None
        if existing:
            message = f"Contact already exists. Existing ID: {existing}"
            raise refused(409, message, "CONFLICT")
        links = self.associations.wanted(table.kind.name, body.get("associations"), now)
        row = table.create(completed(table, kept, now), now)
        for other, other_id in links:
            self.associations.link(table.kind.name, row.id, other, other_id)
        place = f"https://api.hubapi.com/crm/objects/2026-09/{table.kind.plural}/{row.id}"
        return answer(batches.created(table, row), 201, Location=place)

    def update(self, request: Request, name: str, given: str) -> Response:
        """One row; unlike a batch this also takes the id of the loser of a merge."""
        table, now = self.table(name), self.clock.now()
        record_id = self._record_id(table, request, given, now)
        if record_id is None or table.live(record_id, now) is None:
            raise no_such_page()
        kept, problems = table.properties.accepted(batches.properties_of(request.json()))
        if problems:
            raise bad_values(problems)
        return answer(batches.after_update(table, table.update(record_id, kept, now), kept))

    def archive(self, name: str, given: str) -> Response:
        """204, whether or not there ever was such a row."""
        if given.isdigit():
            self.table(name).archive(int(given), self.clock.now())
        return Response(204)

    def batch(self, request: Request, name: str, action: str) -> Response:
        table, now, body = self.table(name), self.clock.now(), request.json()
        if action == "archive":
            for one in batches.inputs_of(body):
                self.archive(name, str(one.get("id", "")))
            return Response(204)
        if action == "read":
            archived = request.parameter("archived") == "true"
            return batches.read(table, body, now, iso(now), archived=archived)
        actions = {
            "update": batches.update,
            "create": batches.create,
            "upsert": batches.upsert,
        }
        return actions[action](table, body, now, iso(now))

    def _shown(self, request: Request, table: Table, row: Row, now: int) -> dict[str, Any]:
        shown = table.shown(row, request.parameters("properties"))
        others = [kind_named(name) for name in request.parameters("associations")]
        shown |= self.associations.shown(table.kind, row.id, others)
        histories = request.parameters("propertiesWithHistory")
        if histories:
            shown["propertiesWithHistory"] = table.histories(row, histories, now)
        return shown

    def _record_id(self, table: Table, request: Request, given: str, now: int) -> int | None:
        id_property = request.parameter("idProperty")
        if not id_property and not given.isdigit():
            raise no_such_page()
        found = batches.named_by(table, id_property, given, now)
        if table.kind.name == "contact" and found is not None:
            return self.contacts.winner(found) or found
        return found

    def _linked_to(self, table: Table) -> Any:
        def linked(object_type: str, record_id: int) -> list[int]:
            return self.associations.linked(kind_named(object_type).name, record_id, table.kind.name)

        return linked
