"""CPU by stages: what a process has spent since it was last asked."""

from __future__ import annotations

import time


class Meter:
    """This is the CPU that this process has spent since it was last asked."""

    def __init__(self) -> None:
        self.last = time.process_time()

    def spent(self) -> float:
        """This is the CPU since then, in seconds."""
        before, self.last = self.last, time.process_time()
        return self.last - before
