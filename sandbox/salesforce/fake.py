"""The fake Salesforce as the sandbox's server knows it: requests in, responses out, state in between."""

from __future__ import annotations

import re

from sandbox.clock import SECOND, Clock
from sandbox.crm import Json, Refusal, Request, Response, Task
from sandbox.salesforce import cast, deletions, ids, query
from sandbox.salesforce.api import Api
from sandbox.salesforce.bulk import Jobs
from sandbox.salesforce.org import Org
from sandbox.salesforce.rules import Rules
from sandbox.salesforce.seeds import seeds
from sandbox.salesforce.sessions import CLIENT_ID, CLIENT_SECRET
from sandbox.salesforce.tables import EVERYWHERE, Row
from sandbox.world import World

VERSION = "v67.0"
RECORD_ID = re.compile(r"/[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?(?=/|$)")
LOCATOR = re.compile(r"/0r8[0-9A-Za-z]+-\d+$")


class Salesforce:
    """One org in one world. Calls come one at a time; see `sandbox.crm.FakeCrm`."""

    name = "salesforce"

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._api = self._fresh()

    def _fresh(self) -> Api:
        tables, self._people = seeds(self._world)
        self._followed: dict[int, int] = {}
        return Api(Org(tables, self._clock.now, user_id=cast.integration_user_id()))

    @property
    def org(self) -> Org:
        return self._api.org

    @property
    def jobs(self) -> Jobs:
        return self._api.jobs

    @property
    def rules(self) -> Rules:
        """What the org's people set up around its rows."""
        return self._api.rules

    def handle(self, request: Request) -> Response:
        self._follow()
        return self._api.answer(request)

    def template(self, method: str, path: str) -> str:
        """Ids and locators vary from call to call, everything else names an endpoint."""
        return LOCATOR.sub("/{locator}", RECORD_ID.sub("/{id}", path)) if method else path

    def refusal(self, how: Refusal, request: Request) -> Response:
        del request  # what was asked does not matter
        return self._api.refusal(how)

    def credentials(self) -> dict[str, str]:
        return {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}

    def trust(self, public_key: str, *, approved: bool = True) -> None:
        """This is an admin who uploads the certificate of our app."""
        self._api.sessions.trust(public_key, approved=approved)

    def expire_sessions(self) -> None:
        """This makes every token invalid, as a session timeout does."""
        self._api.sessions.expire()

    def lock_rows(self, count: int) -> None:
        """This lets the next records that are written fail with UNABLE_TO_LOCK_ROW."""
        self.rules.locked = count

    def use_up(self, calls_left: int = 0) -> None:
        """This leaves so many calls in the org's pool of the day."""
        self._api.pool.used = self._api.pool.most - calls_left

    def lag(self, seconds: float) -> None:
        """New rows become visible so much later than they are stamped."""
        self.org.lag_s = seconds

    def purge_row(self, record_id: str) -> None:
        """This empties a row out of the recycle bin."""
        deletions.purge(self.org, record_id)

    def reset(self) -> None:
        """This forgets everything that was written; tokens stay valid."""
        sessions = self._api.sessions
        self._api = self._fresh()
        self._api.sessions = sessions

    def tasks(self) -> list[Task]:
        self._follow()
        return [self._task(row) for row in self._rows("Task") if not row.get("IsDeleted")]

    def tasks_created(self) -> int:
        """This counts the tasks that clients made, without a look at those of the world."""
        written = self.org.tables["Task"].written()
        return sum(row.get("CreatedById") == self.org.user_id for row in written)

    def person(self, email: str) -> list[Json]:
        self._follow()
        index = self._world.find(email)
        wanted = email.strip().casefold()
        seeded = [] if index is None else [(name, index + 1) for name in ("Lead", "Contact")]
        rows = [(name, row) for name, number in seeded if (row := self.org.tables[name].get(number))]
        for name in ("Lead", "Contact"):
            written = self.org.tables[name].written()
            rows += [(name, row) for row in written if row not in [held for _, held in rows]]
        return [self._shown(name, row) for name, row in rows if str(row.get("Email")).casefold() == wanted]

    def written(self) -> dict[str, int]:
        return dict(sorted(self.org.writes.items()))

    def _rows(self, name: str) -> list[Row]:
        table = self.org.tables[name]
        numbers = table.scan(EVERYWHERE, by_stamp=False)
        return [row for number in numbers if (row := table.get(number))]

    def _shown(self, name: str, row: Row) -> Json:
        sobject = self.org.sobject(name)
        fields = sobject.fields.values() if sobject else ()
        shown = query.attributes(name, row["Id"], VERSION)
        return shown | {field.name: row.get(field.name) for field in fields}

    def _task(self, row: Row) -> Task:
        fields = self.org.custom.get("Task", {}).values()
        keys = [str(row[field.name]) for field in fields if field.unique and row.get(field.name)]
        return Task(
            crm=self.name,
            id=row["Id"],
            key=next(iter(keys), ""),
            subject=row.get("Subject") or "",
            body=row.get("Description") or "",
            owner=row.get("OwnerId") or "",
            due=row.get("ActivityDate") or "",
            who=row.get("WhoId") or "",
            status=row["Status"],
        )

    def _follow(self) -> None:
        """This writes down what people did since the last call: rows appear or change, with new stamps."""
        for index in self._world.moved():
            known = len(self._world.activities(index))
            if self._followed.get(index) != known and self._world.residence(index)[0] != "hubspot":
                self._follow_person(index, self._world.changed_at(index))
            self._followed[index] = known

    def _follow_person(self, index: int, at: int) -> None:
        visible_at = at / SECOND + self.org.lag_s
        for name, seed in self._people.items():
            table = self.org.tables[name]
            before = seed.of(index, live=False)
            for slot, after in enumerate(seed.of(index, live=True)):
                number = seed.number(index, slot)
                held = table.get(number)
                old = before[slot] if slot < len(before) else {}
                changed = {key: value for key, value in after.items() if key not in old or old[key] != value}
                if held is not None and not changed and name not in ("Lead", "Contact"):
                    continue
                row = (held or {}) | changed | {"Id": ids.encode(table.prefix, number)}
                row["SystemModstamp"] = cast.stamp(at)
                table.put(row, visible_at=visible_at if self.org.lag_s else 0.0)
