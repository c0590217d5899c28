"""A fake portal without the network around it: the tests ask, the portal answers."""

from __future__ import annotations

from typing import Any

import orjson

from sandbox.clock import Clock, instant
from sandbox.crm import Request, Response, query_of
from sandbox.hubspot.api import TOKEN, FakeHubSpot, Options
from sandbox.world import World

NOW = instant("2026-11-23T10:00:00Z")


class Portal:
    """One frozen world and its portal. `get` and the like check the status and give the body."""

    def __init__(self, people: int = 200, *, seed: int = 7, options: Options | None = None) -> None:
        self.world = World(seed, people, NOW)
        self.clock = Clock(NOW, frozen=True)
        self.fake = FakeHubSpot(self.world, self.clock, options or Options(limits=False))

    def ask(self, method: str, path: str, body: Any = None, *, token: str = TOKEN) -> Response:
        return self.send(method, path, b"" if body is None else orjson.dumps(body), token=token)

    def send(self, method: str, path: str, sent: bytes, *, token: str = TOKEN) -> Response:
        path, _, query = path.partition("?")
        headers = {"authorization": f"Bearer {token}"}
        return self.fake.handle(Request(method, path, query_of(query), headers, sent, "http://portal"))

    def get(self, path: str, status: int = 200) -> Any:
        return self._read(self.ask("GET", path), status)

    def post(self, path: str, body: Any, status: int = 200) -> Any:
        return self._read(self.ask("POST", path, body), status)

    def patch(self, path: str, body: Any, status: int = 200) -> Any:
        return self._read(self.ask("PATCH", path, body), status)

    def pages(self, path: str, limit: int) -> list[Any]:
        """This walks through all pages of a GET and gives every result."""
        found: list[Any] = []
        joint = "&" if "?" in path else "?"
        after = ""
        for _ in range(1000):
            body = self.get(f"{path}{joint}limit={limit}" + (f"&after={after}" if after else ""))
            found += body["results"]
            if "paging" not in body:
                return found
            after = body["paging"]["next"]["after"]
        raise AssertionError("the pages never end")

    def search(self, kind: str, *filters: dict[str, Any], **more: Any) -> Any:
        groups = [{"filters": list(filters)}] if filters else []
        return self.post(f"/crm/objects/2026-09/{kind}/search", {"filterGroups": groups, **more})

    def contact(self, index: int = 0) -> Any:
        """This is the index-th live contact."""
        return self.get("/crm/objects/2026-09/contacts?limit=100")["results"][index]

    @staticmethod
    def _read(response: Response, status: int) -> Any:
        assert response.status == status, (response.status, response.body[:500])
        return orjson.loads(response.body) if response.body else None
