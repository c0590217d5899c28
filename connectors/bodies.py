"""Reading the body of an answer in pieces: a server that drips, or never ends, must not hold us for ever.

A timeout of a library starts anew with every byte that arrives; the deadline here does not.
"""

from __future__ import annotations

from io import BytesIO
from typing import Protocol

from connectors.calling import WireFault
from connectors.port import Port

BODY_MAX = 64 * 1024 * 1024
CHUNK = 256 * 1024  # at most; a piece is what has arrived


class Raw(Protocol):
    """What both SDKs have underneath: a `urllib3` response that was not read yet."""

    def read1(self, amt: int, decode_content: bool) -> bytes: ...
    def close(self) -> None: ...
    def release_conn(self) -> None: ...


def body_of(raw: Raw, port: Port, within_s: float) -> bytes:
    """This is the whole body. Raises `WireFault` if it is too long or too slow; urllib3's errors pass."""
    deadline = port.monotonic() + within_s
    body = BytesIO()  # it grows in place and hands itself over: the largest bodies are never held twice
    try:
        while piece := raw.read1(CHUNK, True):
            body.write(piece)
            if body.tell() > BODY_MAX or port.monotonic() > deadline:
                raw.close()
                raise WireFault("the answer is too long or too slow")
    finally:
        raw.release_conn()
    return body.getvalue()
