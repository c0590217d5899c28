"""A mail server and a webhook on loopback, which keep what they are told and answer as they should."""

from __future__ import annotations

import socketserver
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Heard:
    """What a server was told. `answers` are given once each, then it takes everything. With `drops`, it
    takes a message and hangs up without a word."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    drops: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)


class _Smtp(socketserver.StreamRequestHandler):
    timeout = 5

    def handle(self) -> None:
        heard: Heard = self.server.heard  # type: ignore[attr-defined]
        self._say("220 loopback")
        while line := self.rfile.readline().decode().strip():
            verb = line.partition(" ")[0].upper()
            if verb == "DATA":
                self._say("354 go on")
                data = b""
                while (row := self.rfile.readline()) not in (b".\r\n", b""):
                    data += row.removeprefix(b".")
                if not self._taken(heard, data):
                    return
            elif verb == "RCPT" and heard.answers and heard.answers[0] in (450, 550):
                self._say(f"{heard.answers.pop(0)} no")
            elif verb == "EHLO":
                self._say("250-loopback\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                heard.logins.append(line)
                who = b64decode(line.split()[-1])
                self._say("535 no" if who.startswith(b"\0nobody\0") else "235 welcome")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _taken(self, heard: Heard, data: bytes) -> bool:
        code = heard.answers.pop(0) if heard.answers else 250
        if code == 250:
            heard.messages.append(message_from_bytes(data, policy=policy.default))
        if heard.drops:
            heard.drops -= 1
            return False
        self._say(f"{code} done")
        return True

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Threads(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def mail_server() -> Iterator[Heard]:
    with _Threads(("127.0.0.1", 0), _Smtp) as server, _running(server) as heard:
        yield heard


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        heard: Heard = self.server.heard  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        heard.posts.append((dict(self.headers), body))
        if heard.drops:
            heard.drops -= 1
            return
        status = heard.answers.pop(0) if heard.answers else 200
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "7")
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing is printed."""


@contextmanager
def webhook() -> Iterator[Heard]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hook) as server, _running(server) as heard:
        yield heard


@contextmanager
def _running(server: socketserver.TCPServer) -> Iterator[Heard]:
    heard = Heard(server.server_address[1])
    server.heard = heard  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        thread.join(5)
