"""Which streams are read in a pull. Those with slow clocks take turns, so that no interval carries them all.

A CRM counts calls, and slow streams that were first read together are due together for ever after. So
of those that are due, a few are read now, the longest overdue first, and the others in the next pulls.
Nobody waits for twice her time: where pulls are rare, everything that is due is read at once.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.protocol import Stream
from sync.clock import SECOND

AT_ONCE = 3


def due(waited: Mapping[Stream, int | None]) -> list[Stream]:
    """These streams are read now, in their order. Given is how long ago each caught up, None = never."""
    turns = {stream: _turns(stream, since) for stream, since in waited.items()}
    slow = [stream for stream, many in turns.items() if stream.every_s and 1 <= many < 2]
    later = sorted(slow, key=turns.__getitem__, reverse=True)[AT_ONCE:]
    return [stream for stream, many in turns.items() if many >= 1 and stream not in later]


def _turns(stream: Stream, since: int | None) -> float:
    """This is how many times its time a stream has waited."""
    return 2.0 if since is None or not stream.every_s else since / (stream.every_s * SECOND)
