"""Answers about parts of the people, laid end to end as if everybody had been asked at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from scoring.handoff.custody import Custodies
from scoring.partners.claims import Claims
from scoring.touches import Ints
from scoring.verdicts import Episodes, Origins, Standing, Steps, Verdicts

Part = TypeVar("Part", Episodes, Standing, Origins, Claims, Custodies, Steps)


def joined(found: Sequence[Verdicts], people: Ints, rows: Ints, count: int) -> Verdicts:
    """This puts the parts' answers together; `people` and `rows` are where each part begins."""
    shared = {"as_of", "definitions", "reasons", "partners", "tiers", "people"}
    shared |= {"first", "last", "lead", "episodes", "standing", "done", "claims", "claimants"}
    shared |= {"custodies", "word", "steps", "influence"}
    columns: dict[str, Any] = {
        column.name: np.concatenate([getattr(one, column.name) for one in found])
        for column in fields(Verdicts)
        if column.name not in shared
    }
    return Verdicts(
        as_of=found[0].as_of,
        people=count,
        definitions=found[0].definitions,
        reasons=found[0].reasons,
        partners=found[0].partners,
        tiers=found[0].tiers,
        first=_stacked([one.first for one in found], people, rows),
        last=_stacked([one.last for one in found], people, rows),
        lead=_stacked([one.lead for one in found], people, rows),
        episodes=_stacked([one.episodes for one in found], people, rows),
        steps=_stacked([one.steps for one in found], people, rows),
        custodies=_stacked([one.custodies for one in found], people, rows),
        word=_rows([one.word for one in found], rows),
        standing=_stacked([one.standing for one in found], people, rows),
        done=_stacked([one.done for one in found], people, rows),
        claims=_stacked([one.claims for one in found], people, rows),
        claimants=found[0].claimants,
        influence=found[0].influence,
        **columns,
    )


def _stacked(found: Sequence[Part], people: Ints, rows: Ints) -> Part:
    """This lays columns end to end; persons and touches are counted on, labels are shared."""
    kind = type(found[0])
    columns: dict[str, Any] = {}
    for name in (column.name for column in fields(kind)):
        values = [getattr(one, name) for one in found]
        if name == "labels":
            columns[name] = values[0]
            continue
        if name == "person":
            values = [value + value.dtype.type(first) for value, first in zip(values, people, strict=True)]
        columns[name] = _rows(values, rows) if name == "touch" else np.concatenate(values)
    return kind(**columns)


def _rows(values: Sequence[Ints], rows: Ints) -> Ints:
    """This counts rows of touches on; -1 stays."""
    return np.concatenate(
        [np.where(value < 0, value, value + first) for value, first in zip(values, rows, strict=True)]
    )
