"""One deadline and one size for a whole answer, its headers included.

A timeout of a library starts anew with every byte that arrives, and it reads error bodies by itself: a
server that drips a header a second, or an error page that never ends, would hold a call for ever. So the
connections of both SDKs read through the counter in here, whatever they read.
"""

from __future__ import annotations

import io
import time
from http.client import HTTPResponse
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

SIZE_MAX = 65 * 1024 * 1024  # a body of the largest size that is read, and its headers


def pool_classes(within_s: float) -> dict[str, type[HTTPConnectionPool]]:
    """These go into a `PoolManager.pool_classes_by_scheme`: each answer must be whole within that time."""

    class Response(HTTPResponse):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            wire = self.fp.detach()  # what `makefile` wraps
            self.fp = io.BufferedReader(Bounded(wire, within_s))

    # Nothing but the class of their answers differs, and whoever replaces connections still can.
    class Plain(HTTPConnectionPool):
        def _new_conn(self) -> Any:
            return _reading(super()._new_conn(), Response)

    class Encrypted(HTTPSConnectionPool):
        def _new_conn(self) -> Any:
            return _reading(super()._new_conn(), Response)

    return {"http": Plain, "https": Encrypted}


def _reading(connection: Any, response: type[HTTPResponse]) -> Any:
    connection.response_class = response
    return connection


class Bounded(io.RawIOBase):
    """What arrives on a socket, until the time or the size of one answer is used up."""

    def __init__(self, wire: Any, within_s: float) -> None:
        super().__init__()
        self._wire = wire
        self._ends_at, self._left = time.monotonic() + within_s, SIZE_MAX

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if time.monotonic() > self._ends_at or self._left <= 0:
            raise TimeoutError("the answer is too long or too slow")
        got: int | None = self._wire.readinto(buffer)
        self._left -= got or 0
        return got

    def close(self) -> None:
        if not self.closed:
            self._wire.close()
        super().close()
