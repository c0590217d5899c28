"""Splitting a whole exactly: integer parts that add up to it, whatever the weights.

Every group (a conversion's touches, a conversion's amount) gets the floor of each exact part; what is
left goes, one unit each, to the largest remainders, the earlier touch first where they are equal. All
of it is integer arithmetic, so models that mean the same shares give the same digits.
"""

from __future__ import annotations

import numpy as np

from scoring.curves import in_order, is_first
from scoring.touches import Ints

WHOLE = 1_000_000
WEIGHT_MAX = 1 << 40  # a weight times a whole still fits into 63 bits, and so does a group's sum


def shares(weights: Ints, sizes: Ints) -> Ints:
    """This splits WHOLE over the rows of each group; a group whose weights are all 0 gives nothing."""
    return split(np.full(len(sizes), WHOLE, np.int64), weights, sizes)


def split(amounts: Ints, weights: Ints, sizes: Ints) -> Ints:
    """This splits each group's amount (0 or more) in proportion to its weights.

    Groups follow each other: the first `sizes[0]` rows, then the next `sizes[1]`.
    """
    group = np.repeat(np.arange(len(sizes)), sizes)
    whole = summed(weights, sizes)
    amounts = np.where(whole > 0, amounts, 0)
    whole = np.maximum(whole, 1)
    # amount = each * whole + over, so that no product outgrows 63 bits.
    each, over = np.divmod(amounts, whole)
    part, remainder = np.divmod(weights * over[group], whole[group])
    if each.any():
        part += weights * each[group]
    left = amounts - summed(part, sizes)
    rows = np.flatnonzero(remainder)
    if len(rows):
        rows = rows[in_order(group[rows], -remainder[rows])]
        mine = group[rows]
        begins = np.flatnonzero(is_first(mine))
        rank = np.arange(len(rows)) - np.repeat(begins, np.diff(np.append(begins, len(rows))))
        part[rows[rank < left[mine]]] += 1
    return part


def summed(values: Ints, sizes: Ints) -> Ints:
    """This is the sum of each group."""
    total = np.zeros(len(sizes), np.int64)
    some = np.flatnonzero(sizes)
    if len(some):
        total[some] = np.add.reduceat(values, (np.cumsum(sizes) - sizes)[some])
    return total


def from_reals(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Ints:
    """This makes integer weights of real ones (0 or more), the largest being WEIGHT_MAX."""
    most = values.max(initial=0.0)
    if not most:
        return np.zeros(len(values), np.int64)
    weights: Ints = np.rint(values / most * WEIGHT_MAX).astype(np.int64)
    return weights
