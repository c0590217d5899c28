"""What stands before a fake CRM: it counts every call, lets faults strike, and admits one at a time."""

from __future__ import annotations

import threading
from collections import Counter

from sandbox.crm import FakeCrm, Request
from sandbox.faults import Delivery, Faults, broken


class Front:
    """This takes a request to its CRM and brings back what arrives of the answer."""

    def __init__(self, crm: FakeCrm, lock: threading.RLock, faults: Faults) -> None:
        self.crm = crm
        self._lock = lock
        self._faults = faults
        self._calls: Counter[str] = Counter()

    def deliver(self, request: Request) -> Delivery:
        with self._lock:
            self._calls[f"{request.method} {self.crm.template(request.method, request.path)}"] += 1
            way = self._faults.strike(self.crm.name, self._calls.total(), request.method, request.path)
            if way is None:
                return Delivery(self.crm.handle(request))
            return broken(way, self.crm, request)

    def calls(self) -> dict[str, int]:
        """This says how often each method and path was called since the counters were reset."""
        with self._lock:
            return dict(sorted(self._calls.items()))

    def reset_counters(self) -> None:
        with self._lock:
            self._calls.clear()
