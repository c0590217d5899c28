"""Shares that were counted, with how far they may be off."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.959963984540054  # the normal quantile of 97.5 %


def wilson(hits: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """This is the interval in which the true share lies, by Wilson (1927): 95 % unless `z` says otherwise.

    It stays within 0 and 1, and is as wide as can be where nothing was tried.
    """
    if not trials:
        return 0.0, 1.0
    share, spread = hits / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / trials + spread / trials / 4) / (1 + spread)
    return max(centre - half, 0.0), min(centre + half, 1.0)
