"""A long list in an answer, read in pieces.

A page of wide rows is some megabytes of objects once it is parsed, more than a processor keeps at hand. Rows
that are read, and let go, a few dozen at a time cost less CPU than the same rows read after all were parsed,
and they are never all there at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.answers import parsed

PIECE = 64 * 1024  # some sixty rows
_STAND_IN = "(the items)"


@dataclass(frozen=True, slots=True)
class InPieces:
    """The list that an answer holds under `name`: `take` is given some of its items at a time, and what it
    makes of them takes their place. It may be given them again, so it changes nothing.

    `between` is the comma between two items, and how the next one begins. Where it stands elsewhere, too,
    the list is read whole.
    """

    name: str
    between: bytes
    take: Callable[[list[Any]], Any]
    size: int = PIECE  # bytes of a piece, and up to the next row

    def read(self, body: bytes) -> Any:
        """This is the JSON of a body, its list as `take` made it. It raises `ValueError` for what is none."""
        data = self._by_pieces(body)
        if data is not None:
            return data
        data = parsed(body)
        if isinstance(data, dict) and isinstance(data.get(self.name), list):
            data[self.name] = [self._taken(data[self.name])]
        return data

    def _by_pieces(self, body: bytes) -> dict[str, Any] | None:
        """Where what is around the list is JSON, and each piece is a list that is not empty, the whole is
        JSON, too, and says the same."""
        mark = f'"{self.name}":['.encode()
        begin, end = body.find(mark) + len(mark), body.rfind(b"]")
        try:
            data = parsed(b'%b"%b"%b' % (body[:begin], _STAND_IN.encode(), body[end:]))
        except ValueError:
            return None
        if not isinstance(data, dict) or data.get(self.name) != [_STAND_IN]:
            return None
        made = []
        for first, behind in self._places(body, begin, end):
            try:
                items = parsed(b"[%b]" % body[first:behind])
            except ValueError:
                return None
            if not items:
                return None
            made.append(self._taken(items))
        return {**data, self.name: made}

    def _taken(self, items: list[Any]) -> Any:
        try:
            return self.take(items)
        except ValueError as error:  # the body is not to blame
            raise RuntimeError(f"{self.name!r} came, and could not be taken") from error

    def _places(self, body: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """These are the pieces: where each begins, and what is behind it."""
        while begin < end:
            found = body.find(self.between, begin + self.size, end)
            behind = end if found < 0 else found
            yield begin, behind
            begin = behind + 1
