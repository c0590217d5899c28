"""Writes fields: collections of up to 200 records, one outcome for each, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from connectors.calling import Declined
from connectors.errors import ConnectorError
from connectors.outcome import Outcome, Rejected, Retry, Stop
from connectors.protocol import FieldWrite
from connectors.salesforce import outcomes
from connectors.salesforce.fields import OWN_BY_NAME, encode, own_name
from connectors.salesforce.ids import long_id
from connectors.salesforce.org import ROWS_MAX, Org

OBJECTS: Mapping[str, str] = {"lead": "Lead", "contact": "Contact"}
# How often one push may halve a batch to find the record on which the org's automation stumbles.
SPLITS_MAX = 16

Body = dict[str, Any]
Batch = list[tuple[int, Body]]
Send = Callable[[Sequence[Body]], list[Any]]


def push(org: Org, writes: Sequence[FieldWrite]) -> list[Outcome]:
    """This writes fields of leads and contacts; outcomes stand in the order of the writes."""
    settled: dict[int, Outcome] = {}
    bodies: dict[int, Body] = {}
    for place, write in enumerate(writes):
        try:
            bodies[place] = _body(write)
        except (ValueError, KeyError) as error:
            settled[place] = Rejected(f"{write.kind} {write.record_id}: {error}")
    for places in _without_repeats(bodies):
        settled |= write_all([(place, bodies[place]) for place in places], partial(org.write, "PATCH"))
    return [settled[place] for place in range(len(writes))]


def _body(write: FieldWrite) -> Body:
    """`attributes` must stand first, or the answer is a JSON_PARSER_ERROR."""
    if write.kind not in OBJECTS:
        raise ValueError("only leads and contacts carry our fields")
    body: Body = {"attributes": {"type": OBJECTS[write.kind]}, "id": long_id(write.record_id)}
    for name, value in write.fields.items():
        own = OWN_BY_NAME[name]
        body[own_name(own)] = encode(own, value)
    return body


def _without_repeats(bodies: Mapping[int, Body]) -> list[list[int]]:
    """These are rounds in which no record occurs twice (Salesforce refuses that), each sorted by
    type: a collection may change its type ten times only."""
    rounds: list[list[int]] = []
    seen: dict[str, int] = {}
    for place, body in bodies.items():
        turn = seen.get(body["id"], 0)
        seen[body["id"]] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(place)
    for places in rounds:
        places.sort(key=lambda place: (bodies[place]["attributes"]["type"], bodies[place]["id"]))
    return rounds


def write_all(numbered: Sequence[tuple[int, Body]], send: Send) -> dict[int, Outcome]:
    """This sends records in collections and settles each one."""
    batches = [list(numbered[start : start + ROWS_MAX]) for start in range(0, len(numbered), ROWS_MAX)]
    delivery = _Delivery(send, batches)
    while delivery.waiting:
        delivery.deliver(delivery.waiting.pop(0))
    return delivery.settled


@dataclass(slots=True)
class _Delivery:
    """What waits to be sent and what became of the rest."""

    send: Send
    waiting: list[Batch]
    settled: dict[int, Outcome] = field(default_factory=dict)
    splits_left: int = SPLITS_MAX

    def deliver(self, batch: Batch) -> None:
        try:
            answers = self.send([body for _, body in batch])
        except Declined as error:
            self._settle(batch, outcomes.refusal(error.codes, error.words))
            if not error.codes & outcomes.MISSING_FIELD:
                self._split(batch)
            return
        except ConnectorError as error:
            self._give_up(batch, outcomes.failed(error))
            return
        for (place, _), answer in zip(batch, answers, strict=True):
            self.settled[place] = said = outcomes.outcome(answer)
            if isinstance(said, Stop):
                self._give_up([], said)
        self._split([each for each, said in zip(batch, answers, strict=True) if _may_pass_alone(said)])

    def _split(self, batch: Batch) -> None:
        """This tries the records again in smaller company; who is alone keeps the answer it got."""
        if len(batch) < 2:
            return
        if not self.splits_left:
            self._settle(batch, Retry("the org's automation fails for too many records", 60.0))
            return
        self.splits_left -= 1
        middle = len(batch) // 2
        self.waiting[:0] = [batch[:middle], batch[middle:]]

    def _give_up(self, batch: Batch, what: Outcome) -> None:
        """What failed concerns the whole org: the rest is settled alike without asking again."""
        for each in (batch, *self.waiting):
            self._settle(each, what)
        self.waiting = []

    def _settle(self, batch: Batch, what: Outcome) -> None:
        self.settled |= {place: what for place, _ in batch}


def _may_pass_alone(answer: Any) -> bool:
    return bool(outcomes.codes_of(answer) & (outcomes.TOO_MANY_AT_ONCE | outcomes.COLLATERAL))
