"""Who never qualifies, and why: the first exclusion that holds gives the reason.

Exclusions look at the whole life: a rejection by sales does not make a competitor a prospect.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scoring.curves import Curve, any_of, changes, total
from scoring.definitions.definition import Exclusion
from scoring.definitions.holds import Ground, holds
from scoring.touches import Ints


def reason_curve(ground: Ground, exclusions: Sequence[Exclusion]) -> Curve:
    """This is the index of the first exclusion that holds, -1 while none does."""
    conditions = [any_of([holds(cause, ground) for cause in one.causes]) for one in exclusions]
    # One bit per exclusion, so that one sum carries them all.
    held = total(
        [Curve(one.person, one.at, one.value << bit, one.base << bit) for bit, one in enumerate(conditions)]
    )
    return changes(held.person, held.at, _lowest_bit(held.value), int(_lowest_bit(np.array([held.base]))[0]))


def _lowest_bit(bits: Ints) -> Ints:
    return np.where(bits == 0, -1, np.round(np.log2(np.maximum(bits & -bits, 1))).astype(np.int64))
