"""One question about credit, asked of a part of the people: by which models, of what, told apart by what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from scoring.attribution import Sources
from scoring.context import Context
from scoring.curves import in_order, is_first
from scoring.models.conversions import OF_DEALS, TYPES, Known, Reached, reached
from scoring.models.credit import Money, counted, paid
from scoring.models.dimensions import UNKNOWN, labelled
from scoring.models.every import MARKOV
from scoring.models.heuristic import HALF_LIFE, heuristic
from scoring.models.journeys import (
    LOOKBACK,
    Conversions,
    Journeys,
    Steps,
    in_row,
    journeys,
    pooled,
    steps,
    unconverted,
)
from scoring.models.markov import walks
from scoring.models.shapley import shapley
from scoring.models.tally import Tally, add_up
from scoring.touches import ALWAYS, Codes, Ints, Touches


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: by which models, of which conversions in [since, until), told apart by what.

    `lookback` is by type of conversion; None has no limit, and what is not named has the usual one.
    `called` gives labels that mean the same one name.
    """

    models: tuple[str, ...]
    until: int
    since: int = 0
    types: tuple[str, ...] = TYPES
    by: str = "channel"
    lookback: Mapping[str, int | None] = field(default_factory=dict)
    half_life: int = HALF_LIFE
    called: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some of the people: what they did and where that came from, what they reached, what deals are worth."""

    touches: Touches
    found: Sources
    known: Known
    values: Sequence[Money | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Trails:
    """The steps of people, the same by unit (person or account), and the label of each touch."""

    people: Steps
    units: Steps
    ids: Ints
    names: list[str]
    label: Codes


def answered(question: Question, part: Part, context: Context) -> Tally:
    """This is what the part comes to."""
    trail = steps(part.touches, part.found)
    ids = part.touches.id[trail.row]
    unit = part.known.unit
    alone = np.array_equal(unit, np.arange(len(unit)))
    units = trail if alone else pooled(trail, ids, unit, np.arange(len(unit)))
    labels = _called(question.called, *labelled(question.by, part.touches, part.found, context))
    trails = _Trails(trail, units, ids, *labels)
    tally = Tally()
    for kind in question.types:
        got = reached(kind, part.touches, part.known, question.since, question.until)
        of_deals = kind in OF_DEALS
        walked = pooled(trail, ids, got.team, got.member) if of_deals else units
        paths = journeys(walked, got.ends, question.lookback.get(kind, LOOKBACK))
        values = [part.values[deal] for deal in got.which] if of_deals else [None] * len(got.which)
        _sum_up(tally, kind, paths, values, trails)
        for model in question.models:
            if model in MARKOV:
                ever = reached(kind, part.touches, part.known, ALWAYS, question.until)
                failed = _failed(question, kind, ever, trails)
                ours = _recoded(paths, trails), _recoded(failed, trails)
                tally.walked[kind, model] = walks(*ours, MARKOV[model])
            else:
                _split(tally, (kind, model), paths, values, trails, question.half_life)
    return tally


def _called(called: Mapping[str, str], names: list[str], label: Codes) -> tuple[list[str], Codes]:
    if not called:
        return names, label
    renamed = [called.get(name, name) for name in names]
    told = in_row(renamed)
    place = {name: number for number, name in enumerate(told)}
    return told, np.array([place[name] for name in renamed], np.int32)[label]


def _sum_up(
    tally: Tally, kind: str, paths: Journeys, values: Sequence[Money | None], trails: _Trails
) -> None:
    """This counts conversions, and how many each label had a part in."""
    tally.count[kind] = len(paths.size)
    led = paths.size > 0
    tally.led[kind] = int(led.sum())
    for value, is_led in zip(values, led.tolist(), strict=True):
        if value is not None:
            key, amount = (kind, value.currency), value.amount
            add_up(tally.value, [(key, amount)])
            add_up(tally.led_value, [(key, amount if is_led else Decimal(0))])
    label = trails.label[paths.row].astype(np.int64)
    order = in_order(paths.conversion, label)
    once = order[is_first(paths.conversion[order] * len(trails.names) + label[order])]
    codes, times = np.unique(label[once], return_counts=True)
    for code, count in zip(codes.tolist(), times.tolist(), strict=True):
        tally.touched[kind, trails.names[code]] = count


def _split(
    tally: Tally,
    key: tuple[str, str],
    paths: Journeys,
    values: Sequence[Money | None],
    trails: _Trails,
    half_life: int,
) -> None:
    kind, model = key
    label = trails.label[paths.row].astype(np.int64)
    share = shapley(_recoded(paths, trails)) if model == "shapley" else heuristic(model, paths, half_life)
    names = [*trails.names, UNKNOWN]  # NOBODY is -1
    for code, credit in counted(share, paths.size, label).items():
        tally.credit[kind, model, names[code]] += credit
    if any(values):
        earned = paid(share, paths.size, label, values)
        add_up(tally.money, (((kind, model, names[code], coin), one) for (code, coin), one in earned.items()))


def _failed(question: Question, kind: str, ever: Reached, trails: _Trails) -> Journeys:
    """These are the journeys of units that never reached it and were last seen in the time asked about."""
    none = unconverted(trails.units, Conversions.plain(ever.base, ever.base_at), question.until - 1)
    there = np.flatnonzero(none.at >= question.since)
    ends = Conversions.plain(none.unit[there], none.at[there])
    return journeys(trails.units, ends, question.lookback.get(kind, LOOKBACK))


def _recoded(paths: Journeys, trails: _Trails) -> Journeys:
    """These journeys lead over labels instead of channels."""
    return replace(paths, channels=trails.names, channel=trails.label[paths.row])
