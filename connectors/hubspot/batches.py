"""Batch writes whose every input ends in an outcome.

A batch may be refused whole because of one value, answered with a mixture, in another order, or with
nothing at all for a row. Each input carries a trace id; one that has neither a result nor an error was
not written as far as we know. A refused batch is halved until the bad rows stand alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.answers import redacted
from connectors.calling import Declined, Request
from connectors.errors import ConnectorError, MissingScope, NotAuthorised, OverQuota, Unreachable
from connectors.hubspot import refusals
from connectors.hubspot.client import Portal
from connectors.outcome import Done, Outcome, Retry, Stop

INPUTS_MAX = 100
CALLS_MAX = 60  # for one batch of a hundred: enough to single out eight bad rows


@dataclass(frozen=True, slots=True)
class Write:
    """One input of a batch. `name` is what its result is recognised by (`id` or our key)."""

    name: str
    input: Mapping[str, Any]
    properties: frozenset[str]


@dataclass(frozen=True, slots=True)
class Batch:
    """One kind of batch call; `named` says which input a result belongs to."""

    path: str
    named: Callable[[Any], str]


def write(portal: Portal, batch: Batch, writes: Sequence[Write]) -> list[Outcome]:
    """This performs the writes and says what became of each, in input order. Names are distinct."""
    run = _Run(portal, batch)
    for start in range(0, len(writes), INPUTS_MAX):
        run.halving(writes[start : start + INPUTS_MAX])
    return [run.outcomes[each.name] for each in writes]


@dataclass(slots=True)
class _Run:
    """One run of writes. After the first call that was in vain as a whole, nothing more is sent."""

    portal: Portal
    batch: Batch
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    halted: Outcome | None = None

    def halving(self, writes: Sequence[Write]) -> None:
        waiting: list[Sequence[Write]] = [writes]
        for _ in range(CALLS_MAX):
            if not waiting or self.halted:
                break
            some = waiting.pop(0)
            rest = self._once(some)
            if len(rest) == len(some):
                # what is as long as before must become shorter, or it would come back for ever
                waiting += [rest[: len(rest) // 2], rest[len(rest) // 2 :]]
            elif rest:
                waiting.append(rest)
        outcome = self.halted or Retry("too many bad rows in one batch")
        self.outcomes |= {each.name: outcome for some in waiting for each in some}

    def _once(self, writes: Sequence[Write]) -> Sequence[Write]:
        """This sends one batch; what it hands back unsettled must be sent again in smaller pieces."""
        inputs = [{**each.input, "objectWriteTraceId": str(place)} for place, each in enumerate(writes)]
        # updates and upserts by key may be repeated: the second time changes nothing
        request = Request("POST", self.batch.path, body={"inputs": inputs}, required={"results": list})
        try:
            data = self.portal.call(request).data
        except Declined as refusal:
            settled, rest = _declined(refusal, writes)
        except ConnectorError as error:
            self.halted = failed(error)
            settled, rest = dict.fromkeys((each.name for each in writes), self.halted), ()
        else:
            settled, rest = _reconciled(self.batch, data, writes)
        self.outcomes |= settled
        return rest


def failed(error: ConnectorError) -> Outcome:
    """This is what a failed call means for every write in it."""
    match error:
        case NotAuthorised() | MissingScope() | OverQuota():
            return Stop(error.subject, error.remedy, error.until)
        case Unreachable() if error.until:
            return Stop(error.subject, error.remedy, error.until)
        case Unreachable():
            return Retry(error.subject)
        case _:
            return Retry(str(error))


def _declined(refusal: Declined, writes: Sequence[Write]) -> tuple[dict[str, Outcome], Sequence[Write]]:
    closed = refusals.closed_properties(refusal.data)
    hit = {each.name: closed[min(named)] for each in writes if (named := each.properties & closed.keys())}
    if hit:
        return dict(hit), [each for each in writes if each.name not in hit]
    if len(writes) == 1:
        data = refusal.data if isinstance(refusal.data, dict) else {}
        settled = refusals.outcome({**data, "message": data.get("message") or redacted(refusal.subject)})
        return {writes[0].name: settled}, ()
    return {}, writes


def _reconciled(
    batch: Batch, data: Mapping[str, Any], writes: Sequence[Write]
) -> tuple[dict[str, Outcome], Sequence[Write]]:
    done = {
        name: str(result.get("id") or "")
        for result in data["results"]
        if isinstance(result, dict) and (name := batch.named(result))
    }
    errors = data.get("errors")
    traces = {each.name: str(place) for place, each in enumerate(writes)}
    named, nameless = refusals.errors_by_trace(errors if isinstance(errors, list) else [], traces)
    settled: dict[str, Outcome] = {}
    silent: list[Write] = []
    for each in writes:
        error = named.get(traces[each.name])
        if error is not None:
            settled[each.name] = refusals.outcome(error)
        elif done.get(each.name):
            settled[each.name] = Done(done[each.name])
        else:
            silent.append(each)
    if nameless and len(silent) == 1:
        return settled | {silent[0].name: refusals.outcome(nameless[0])}, ()
    if nameless and silent:
        return settled, silent  # the errors are about some of these: alone, each will say which
    return settled | {each.name: Retry("neither a result nor an error came back") for each in silent}, ()
