"""A scripted Salesforce on loopback, and a tiny org with one table behind it.

The stub does what a test tells it, answer by answer, and remembers what it was asked. It knows
nothing that the connector knows: whoever writes a test writes the wire format down.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from connectors.port import Patience, Port
from connectors.salesforce import Options, SalesforceConnector, connect

NOW = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
PATIENCE = Patience(connect_s=5.0, read_s=1.0, attempts_max=3, wait_first_s=0.1, wait_max_s=1.0)
JSON = {"Content-Type": "application/json;charset=UTF-8"}
TOKEN = "/services/oauth2/token"
DATA = "/services/data/v67.0"


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass(frozen=True)
class Said:
    """One answer. `cut` closes the connection after so many bytes of the body; `silent` never answers,
    `dripping` takes its time over every byte."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))
    cut: int = -1
    silent: bool = False
    dripping: bool = False

    @property
    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


Script = Callable[[Call], Said]


class Stub:
    """The server: `calls` is what it was asked, `script` what it says."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.calls: list[Call] = []
        self.logins = 0
        self.now = NOW
        self.url = ""
        self.done = threading.Event()

    def answer(self, call: Call) -> Said:
        if call.path == TOKEN:
            self.logins += 1
        self.calls.append(call)
        return self.script(call)

    def asked(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path.startswith(path)]

    def token(self) -> Said:
        """A fresh token, numbered."""
        return Said(body={
            "access_token": f"token-{self.logins}",
            "instance_url": self.url,
            "id": "https://login.salesforce.com/id/00D5e000001AbCd/0055e000001AbCd",
            "token_type": "Bearer",
            "issued_at": "1278448832702",
        })  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stub: Stub

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = self.stub.answer(Call(self.command, parts.path, query, headers, body))
        if said.silent:
            self.stub.done.wait(5.0)
            self.close_connection = True
            return
        self.send_response(said.status)
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said.bytes)))
        self.end_headers()
        if said.dripping:
            for byte in said.bytes:
                self.wfile.write(bytes([byte]))
                if self.stub.done.wait(0.05):
                    break
            self.close_connection = True
            return
        self.wfile.write(said.bytes if said.cut < 0 else said.bytes[: said.cut])
        self.close_connection = said.cut >= 0

    do_GET = do_POST = do_PATCH = _serve  # noqa: N815 (the names that the library calls)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.stub.now, usegmt=True)

    def log_message(self, *args: object) -> None:
        return


@contextmanager
def serving(script: Script) -> Iterator[Stub]:
    stub = Stub(script)
    handler = type("Handler", (_Handler,), {"stub": stub, "disable_nagle_algorithm": True})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.done.set()
        server.shutdown()
        server.server_close()
        thread.join(5.0)


class Clock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def port(self, at: Callable[[str], None] = lambda _: None) -> Port:
        start = int(NOW.timestamp()) * 1_000_000
        return Port(lambda: start + int(self.seconds * 1_000_000), lambda: self.seconds, self.sleep, at)


def connector_to(
    stub: Stub, *, options: Options | None = None, clock: Clock | None = None
) -> SalesforceConnector:
    port = (clock or Clock()).port()
    return connect(stub.url, "client", lambda: "secret", port=port, patience=PATIENCE, options=options)


def nothing_known(_: str, __: object) -> frozenset[str]:
    return frozenset()


@dataclass
class Table:
    """An org with one object. It understands the queries that are sent to it, and only those."""

    rows: list[dict[str, Any]]
    page_size: int = 2000
    columns: tuple[str, ...] = ()

    def describe(self, name: str) -> Said:
        fields = [{"name": column, "updateable": True, "type": "string"} for column in self.columns]
        return Said(body={"name": name, "fields": fields, "createable": True})

    def query(self, text: str) -> Said:
        kept = [row for row in self.rows if self._fits(row, text)]
        kept.sort(
            key=lambda row: (
                (row["SystemModstamp"], row["Id"]) if "ORDER BY SystemModstamp,Id" in text else row["Id"]
            )
        )
        if "COUNT()" in text:
            return Said(body={"totalSize": len(kept), "done": True, "records": []})
        limited = kept[: int(re.search(r"LIMIT (\d+)$", text)[1])]  # type: ignore[index]
        page = limited[: self.page_size]
        body: dict[str, Any] = {"totalSize": len(limited), "done": len(page) == len(limited), "records": page}
        if not body["done"]:
            body["nextRecordsUrl"] = f"{DATA}/query/0r8xx5R2yF2gs3VASQ-{len(page)}"
        return Said(body=body)

    def together(self, call: Call) -> Said:
        """Several queries in one call."""
        answers = []
        for part in call.json["compositeRequest"]:
            text = parse_qs(urlsplit(part["url"]).query)["q"][0]
            said = self.query(text)
            answers.append({
                "body": orjson.loads(said.bytes),
                "httpHeaders": {},
                "httpStatusCode": said.status,
                "referenceId": part["referenceId"],
            })  # fmt: skip
        return Said(body={"compositeResponse": answers})

    @staticmethod
    def _fits(row: dict[str, Any], text: str) -> bool:
        stamp, row_id = row["SystemModstamp"], row["Id"]
        until = _found(r"SystemModstamp <= (\S+)", text)
        since = _found(r"SystemModstamp >= (\S+)", text)
        after_stamp = _found(r"SystemModstamp > (\S+)", text)
        after_id = _found(r"Id > '(\w+)'", text)
        if _plain(stamp) > _plain(until) or (since and _plain(stamp) < _plain(since)):
            return False
        if after_stamp:
            return (_plain(stamp), row_id) > (_plain(after_stamp), after_id)
        return not after_id or row_id > after_id


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match[1] if match else ""


def _plain(stamp: str) -> str:
    return stamp.replace("Z", "").replace("+0000", "")
