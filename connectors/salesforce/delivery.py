"""Sends records in collections of up to 200 and settles each one, whatever becomes of the others.

The org's automation may stumble over one record and fail them all: then the batch is halved until the
guilty one is alone. A row that somebody else's transaction holds is asked for again, alone with those
that share its fate, after a wait that no other client shares.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.calling import Declined
from connectors.errors import ConnectorError
from connectors.outcome import Outcome, Retry, Stop
from connectors.salesforce import outcomes
from connectors.salesforce.org import ROWS_MAX

# How often one delivery may halve a batch to find the record on which the org's automation stumbles.
SPLITS_MAX = 16
LOCK_ROUNDS_MAX = 3  # Salesforce itself waited ten seconds for each of these rows
LOCK_WAIT_S = 2.0
LOCKED = "UNABLE_TO_LOCK_ROW"

Body = dict[str, Any]
Batch = list[tuple[int, Body]]
Send = Callable[[Sequence[Body]], list[Any]]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one record, with the org's error codes and the fields that it blames."""

    outcome: Outcome
    codes: frozenset[str] = frozenset()
    blamed: frozenset[str] = frozenset()


def write_all(
    numbered: Sequence[tuple[int, Body]], send: Send, rest: Callable[[float], None]
) -> dict[int, Settled]:
    """This sends the records and settles each one, by its number. `rest` waits so many seconds."""
    delivery = _Delivery(send)
    waiting = list(numbered)
    for turn in range(LOCK_ROUNDS_MAX + 1):
        delivery.send_all(waiting)
        locked = {place for place, said in delivery.settled.items() if LOCKED in said.codes}
        waiting = [each for each in waiting if each[0] in locked]
        if not waiting or delivery.is_over or turn == LOCK_ROUNDS_MAX:
            break
        rest(LOCK_WAIT_S * 2.0**turn * random.uniform(0.5, 1.5))
    return delivery.settled


@dataclass(slots=True)
class _Delivery:
    """What waits to be sent and what became of the rest. `is_over` says that nothing more is taken."""

    send: Send
    waiting: list[Batch] = field(default_factory=list)
    settled: dict[int, Settled] = field(default_factory=dict)
    splits_left: int = SPLITS_MAX
    is_over: bool = False

    def send_all(self, numbered: Batch) -> None:
        self.waiting = [numbered[start : start + ROWS_MAX] for start in range(0, len(numbered), ROWS_MAX)]
        while self.waiting:
            self._deliver(self.waiting.pop(0))

    def _deliver(self, batch: Batch) -> None:
        try:
            answers = self.send([body for _, body in batch])
        except Declined as error:
            said = Settled(
                outcomes.refusal(error.codes, error.words), error.codes, outcomes.blamed(error.data)
            )
            self._settle(batch, said)
            if not error.codes & outcomes.MISSING_FIELD:
                self._split(batch)
            return
        except ConnectorError as error:
            self._give_up(batch, outcomes.failed(error))
            return
        for (place, _), answer in zip(batch, answers, strict=True):
            self.settled[place] = said = _settled(answer)
            if isinstance(said.outcome, Stop):
                self._give_up([], said.outcome)
        self._split([each for each in batch if _may_pass_alone(self.settled[each[0]])])

    def _split(self, batch: Batch) -> None:
        """This tries the records again in smaller company; who is alone keeps the answer it got."""
        if len(batch) < 2 or self.is_over:
            return
        if not self.splits_left:
            self._settle(batch, Settled(Retry("the org's automation fails for too many records", 60.0)))
            return
        self.splits_left -= 1
        middle = len(batch) // 2
        self.waiting[:0] = [batch[:middle], batch[middle:]]

    def _give_up(self, batch: Batch, what: Outcome) -> None:
        """What failed concerns the whole org: the rest is settled alike without asking again."""
        for each in (batch, *self.waiting):
            self._settle(each, Settled(what))
        self.waiting = []
        self.is_over = True

    def _settle(self, batch: Batch, what: Settled) -> None:
        self.settled |= {place: what for place, _ in batch}


def _settled(answer: Any) -> Settled:
    return Settled(outcomes.outcome(answer), outcomes.codes_of(answer), outcomes.blamed(answer))


def _may_pass_alone(said: Settled) -> bool:
    return bool(said.codes & (outcomes.TOO_MANY_AT_ONCE | outcomes.COLLATERAL))


def outcomes_of(settled: Mapping[int, Settled]) -> dict[int, Outcome]:
    return {place: said.outcome for place, said in settled.items()}
