"""Fit: what is known about a person and her company, as points and a grade.

Attributes change, so fit is a curve like engagement. A value that is unknown (never given, emptied,
or unreadable as a number) is worth what the criterion says for `unknown`; a known value that no band
names is worth `otherwise`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scoring.curves import Curve, changes, clip, in_order, total
from scoring.definitions.definition import Criterion, Fit
from scoring.definitions.kinds import Between
from scoring.patterns import host_of, number_of, passes, used_codes
from scoring.touches import Attributes, Ints


def attribute_curve(attributes: Attributes, name: str, worth: Callable[[str], int], unknown: int) -> Curve:
    """This turns one attribute into a curve: `worth` of its value, `unknown` while it has none."""
    # A mail domain that nobody stored is read from the address.
    names = {name, "email"} if name == "email_domain" else {name}
    codes = [code for code, label in enumerate(attributes.labels) if label in names]
    rows = np.flatnonzero(np.isin(attributes.name, codes))
    table = np.zeros(len(attributes.labels), np.int64)
    for code in used_codes(attributes.value[rows], attributes.labels):
        text = attributes.labels[code]
        table[code] = worth(text) if text.strip() else unknown
    person = attributes.person[rows].astype(np.int64)
    order = in_order(person, attributes.at[rows])
    rows = rows[order]
    return changes(person[order], attributes.at[rows], table[attributes.value[rows]], unknown)


def points(criterion: Criterion, text: str) -> int:
    """This is what one known value is worth."""
    for band in criterion.bands:
        if passes(band.test, text):
            return band.points
    unreadable = any(isinstance(band.test, Between) for band in criterion.bands) and number_of(text) is None
    return criterion.unknown if unreadable else criterion.otherwise


def criterion_curve(attributes: Attributes, criterion: Criterion) -> Curve:
    """This is what one criterion adds over time."""
    return attribute_curve(
        attributes, criterion.field, lambda text: points(criterion, text), criterion.unknown
    )


def fit_curve(attributes: Attributes, fit: Fit) -> Curve:
    """This is the fit points over time, clipped to the definition's floor and cap."""
    return clip(
        total([criterion_curve(attributes, criterion) for criterion in fit.criteria]), fit.floor, fit.cap
    )


def grade_of(fit: Fit, value: Ints) -> Ints:
    """This is the code of the grade that so many fit points give; 0 is the best."""
    code = np.zeros(len(value), np.int64)
    for least in fit.grades:
        code += value < least
    return code


def grade_curve(fit: Fit, curve: Curve) -> Curve:
    """This is the grade's code over time."""
    base = int(grade_of(fit, np.array([curve.base]))[0])
    return changes(curve.person, curve.at, grade_of(fit, curve.value), base)


def known_values(attributes: Attributes, as_of: int) -> dict[tuple[int, str], str]:
    """This is every (person, attribute) as it is known at `as_of`; for one person or a few."""
    found: dict[tuple[int, str], str] = {}
    for row in np.argsort(attributes.at, kind="stable"):
        if attributes.at[row] <= as_of:
            name = attributes.labels[attributes.name[row]]
            person, value = int(attributes.person[row]), attributes.labels[attributes.value[row]]
            found[person, name] = value
            if name == "email":
                found[person, "email_domain"] = host_of(value)
    return found
