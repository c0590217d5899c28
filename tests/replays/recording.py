"""Cassettes: what the connectors and the fake CRMs said to each other, one file per CRM and job.

A cassette holds no host, no port and no secret, and of the headers only those that a connector reads.
`tools/record_cassettes` runs this module and makes all of them anew.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import vcr
import vcr.stubs
from jobs import CRMS, FIRST, JOBS, START, Account, Reading, connected
from vcr.request import Request
from vcr.stubs import VCRHTTPResponse

CASSETTES = Path(__file__).parent / "cassettes"
PEOPLE = 20
WAIT_S = 60
LATER_S, SOON_S = 3_600, 60  # from the first read to what people do, and from there to the increment
HAPPENED = (
    *("demo_request", "pricing_view", "email_click", "webinar_registration", "meeting", "unsubscribe"),
    *("rejected", "deal_created", "page_view", "quote_request"),
)
HEADERS = frozenset({"content-type", "date", "sforce-limit-info", "retry-after"})
FORM_SECRETS = ("client_id", "client_secret")
ANSWER_SECRETS = ("access_token", "signature")
HIDDEN = "hidden"
_LOOPBACK = re.compile(r"http://127\.0\.0\.1:\d+")

Exchange = tuple[str, str, list[tuple[str, str]], bytes, int]


def file_of(folder: Path, crm: str, job: str) -> Path:
    return folder / f"{crm}-{job.replace(' ', '-')}.yaml"


def elsewhere(crm: str) -> Account:
    """This is where a replay believes the CRM to be: nowhere."""
    return Account(f"https://{crm}.example", HIDDEN, HIDDEN)


class _Response(VCRHTTPResponse):  # type: ignore[misc]  # vcrpy is not typed
    """urllib3's answers may be told to decode what they read; vcrpy's do not know that word."""

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        return bytes(super().read1(amt))


@contextmanager
def cassette(file: Path, mode: str) -> Iterator[Any]:
    """This plays (`none`) or records (`all`) what is called meanwhile."""
    recorder = vcr.VCR(
        record_mode=mode,
        match_on=("method", "path", "query", "body"),
        before_record_request=_bare_request,
        before_record_response=lambda response: _bare_response(response, elsewhere(_crm(file)).url),
        custom_patches=((vcr.stubs, "VCRHTTPResponse", _Response),),
    )
    with recorder.use_cassette(file) as tape:
        yield tape


def exchanges(file: Path) -> list[Exchange]:
    """These are a cassette's requests, as far as answers depend on them, and the status of each answer."""
    with cassette(file, "none") as tape:
        return [
            (request.method, request.path, request.query, request.body or b"", response["status"]["code"])
            for request, response in zip(tape.requests, tape.responses, strict=True)
        ]


def record(folder: Path) -> None:
    """This records every job of every CRM in a small, frozen world that is the same each time."""
    with _sandbox() as sandbox:
        for crm in CRMS:
            sandbox.ask("POST", "/reset")
            connected(crm, sandbox.account(crm)).provision()
            first = Reading()
            for job, do in JOBS.items():
                file = file_of(folder, crm, job)
                file.unlink(missing_ok=True)
                with cassette(file, "all"):
                    made = do(connected(crm, sandbox.account(crm)), first)
                if job == FIRST and isinstance(made, Reading):
                    first = made
                    sandbox.live_on(crm)


@dataclass(frozen=True, slots=True)
class _Sandbox:
    ready: Mapping[str, Any]

    def account(self, crm: str) -> Account:
        says = self.ready[crm]
        return Account(says["url"], says.get("client_id", ""), says.get("token") or says["client_secret"])

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        with closing(HTTPConnection(urlsplit(self.ready["control"]["url"]).netloc, timeout=WAIT_S)) as line:
            line.request(method, path, None if body is None else json.dumps(body))
            answer = line.getresponse()
            content = answer.read()
        assert answer.status == 200, content
        return json.loads(content)

    def live_on(self, crm: str) -> None:
        """Time passes, and people whom this CRM knows do things."""
        self.ask("POST", "/clock", {"advance_s": LATER_S})
        people = self.ask("GET", f"/people?limit={PEOPLE}")["people"]
        there = [person for person in people if person["residence"] in (crm, "both")]
        for person, kind in zip(there, HAPPENED, strict=False):
            self.ask("POST", "/act", {"email": person["email"], "kind": kind})
        self.ask("POST", "/clock", {"advance_s": SOON_S})


@contextmanager
def _sandbox() -> Iterator[_Sandbox]:
    world = ["--people", str(PEOPLE), "--seed", "7", "--now", START, "--frozen", "--no-limits"]
    command = [sys.executable, "-m", "sandbox", *world, "--with-parent"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield _Sandbox(json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_S)


def _crm(file: Path) -> str:
    return file.name.partition("-")[0]


def _bare_request(request: Request) -> Request:
    """This leaves what decides about the answer: method, path, query and body, without secrets."""
    parts = urlsplit(request.uri)
    kind = str(request.headers.get("Content-Type", ""))
    body = request.body
    if "form" in kind and body:
        sent = parse_qsl(bytes(body).decode())
        body = urlencode([(k, HIDDEN if k in FORM_SECRETS else v) for k, v in sent]).encode()
    headers = {"Content-Type": kind} if kind else {}
    return Request(request.method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)


def _bare_response(response: dict[str, Any], origin: str) -> dict[str, Any]:
    """This leaves the headers that a connector reads, and an address at which nobody answers."""
    text = _LOOPBACK.sub(origin, response["body"]["string"].decode())
    for name in ANSWER_SECRETS:
        text = re.sub(rf'("{name}": *)"[^"]*"', rf'\1"{HIDDEN}"', text)
    headers = {name: value for name, value in response["headers"].items() if name.lower() in HEADERS}
    return {**response, "headers": headers, "body": {"string": text.encode()}}


if __name__ == "__main__":
    record(CASSETTES)
