"""The sandbox's Salesforce behind the loopback server of the tests, with a shelf for what is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from salesforce_stub import Call, Clock, Said, Stub, serving
from shelf import Shelf

from connectors.port import Patience, Port
from connectors.records import Page
from connectors.salesforce import Options, SalesforceConnector, connect
from sandbox.clock import SECOND, when
from sandbox.clock import Clock as WorldClock
from sandbox.crm import Request
from sandbox.salesforce.fake import Salesforce
from sandbox.world import World

NOW = 1_795_000_000 * SECOND
PAGES_MAX = 500
PATIENCE = Patience(connect_s=5.0, read_s=20.0, attempts_max=3, wait_first_s=0.1, wait_max_s=1.0)


class Fake:
    """One org of the sandbox, one connector to it, and the shelf."""

    def __init__(self, stub: Stub, crm: Salesforce, clock: WorldClock, options: Options) -> None:
        self.stub, self.crm, self.clock, self._options = stub, crm, clock, options
        self.shelf = Shelf()
        self.waits = Clock()
        self.connector = self.fresh()

    def fresh(self) -> SalesforceConnector:
        """This is the connector of a process that has just started."""
        credentials = self.crm.credentials()
        port = Port(self.clock.now, lambda: self.waits.seconds, self.waits.sleep)
        self.connector = connect(
            self.stub.url,
            credentials["client_id"],
            lambda: credentials["client_secret"],
            port=port,
            patience=PATIENCE,
            options=self._options,
        )
        return self.connector

    def later(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.waits.sleep(seconds)

    def read(self, *names: str, pages: int = PAGES_MAX) -> list[Page]:
        """This reads streams until nothing more waits, or so many pages of them."""
        found: list[Page] = []
        for name in names or [each.name for each in self.connector.streams()]:
            for _ in range(pages):
                found.append(self.shelf.turn(self.connector, name))
                if found[-1].caught_up:
                    break
        return found

    def asked(self, part: str) -> list[Call]:
        return [call for call in self.stub.calls if part in call.path]

    def there(self, name: str) -> set[str]:
        """These rows the org shows."""
        table = self.crm.org.tables[name]
        numbers = range(100_000 if name == "Lead" else 20_000)
        rows = (row for number in numbers if (row := table.get(number)))
        return {str(row["Id"]) for row in rows if not row.get("IsDeleted")}


@contextmanager
def fake(*, people: int = 300, options: Options | None = None) -> Iterator[Fake]:
    clock = WorldClock(NOW, frozen=True)
    crm = Salesforce(World(7, people, NOW), clock)

    def script(call: Call) -> Said:
        stub.now = when(clock.now())
        query = tuple(call.query.items())
        said = crm.handle(Request(call.method, call.path, query, call.headers, call.body, stub.url))
        return Said(said.status, said.body, dict(said.headers))

    with serving(script) as stub:
        stub.now = when(NOW)
        yield Fake(stub, crm, clock, options or Options())
