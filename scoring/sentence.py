"""The one sentence a BDR reads: why this person, in dates that stay true.

It names what stands, not how many points are left of it, so it changes only when the set of standing
contributions or the grade changes, and contains no relative times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from scoring.conditions import GRADES
from scoring.definition import Definition
from scoring.fit import known_values
from scoring.kinds import Between, Distinct, Repeated
from scoring.patterns import passes
from scoring.touches import ALWAYS, SECOND, Facts
from scoring.verdicts import Verdicts

LENGTH_MAX = 255  # the shortest text field of the CRMs we write to
ASSET_MAX = 60
FIT_WORDS_MAX = 2
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def sentences(facts: Facts, verdicts: Verdicts, people: Sequence[int]) -> list[str]:
    """This writes the sentence of each of these people, in their order."""
    asked = np.zeros(facts.people, np.bool_)
    asked[np.asarray(people, np.intp)] = True
    attributes = facts.attributes
    values = known_values(attributes.take(asked[attributes.person]), verdicts.as_of)
    return [_sentence(facts, verdicts, int(person), values) for person in people]


def _sentence(facts: Facts, verdicts: Verdicts, person: int, values: Mapping[tuple[int, str], str]) -> str:
    definition = verdicts.judged_by(person)
    if definition is None:
        return "No definition applies."
    reason = verdicts.reason_of(person)
    start = f"Excluded: {reason}. " if reason else ""
    fit = _fit(definition, GRADES[verdicts.grade[person]], person, values)
    room = LENGTH_MAX - len(start) - len(fit) - 2
    said, year = "", 0
    for label, quoted, often, at in _items(facts, definition, verdicts, person):
        item, of_year = f"{label}{quoted}", year
        if at > ALWAYS:
            then = datetime.fromtimestamp(at / SECOND, tz=UTC)
            of_year = then.year
            day = f"{then.day} {_MONTHS[then.month - 1]}" + (f" {of_year}" if of_year != year else "")
            item = f"{item}{often} {day}"
        longer = f"{said}; {item}" if said else item[:1].upper() + item[1:]
        if len(longer) > room:
            break
        said, year = longer, of_year
    return f"{start}{said or 'No activity that counts'}. {fit}"[:LENGTH_MAX]


def _items(
    facts: Facts, definition: Definition, verdicts: Verdicts, person: int
) -> list[tuple[str, str, str, int]]:
    """This is (label, what, how often, last instant) per standing rule, the weightiest first."""
    standing = verdicts.standing
    first, end = np.searchsorted(standing.person, [person, person + 1])
    found = []
    for number in np.unique(standing.rule[first:end]):
        rule = definition.rules[number]
        if rule.points <= 0:
            continue
        rows = first + np.flatnonzero(standing.rule[first:end] == number)
        at, touch = int(standing.at[rows[-1]]), int(standing.touch[rows[-1]])
        if touch < 0:
            often, quoted = " since", ""
        elif isinstance(rule.how, Distinct):
            often, quoted = f" {rule.how.times} different by", ""
        elif isinstance(rule.how, Repeated):
            often, quoted = f" {rule.how.times} times by", ""
        elif len(rows) > 1:
            often, quoted = f" {len(rows)} times, last on", ""
        else:
            asset = facts.touches.labels[facts.touches.asset[touch]]
            often, quoted = " on", _quoted(asset, rule.label)
        found.append((rule.points, at, (rule.label, quoted, often, at)))
    return [item for _, _, item in sorted(found, key=lambda one: (-one[0], -one[1], one[2]))]


def _quoted(asset: str, label: str) -> str:
    """This names the asset where that tells more than the rule's label, and is a name and no number."""
    asset = " ".join(asset.split())
    if len(asset) > ASSET_MAX or not any(char.isalpha() for char in asset):
        return ""
    known = asset.casefold() in label.casefold() or label.casefold() in asset.casefold()
    return "" if known else f" “{asset}”"


def _fit(definition: Definition, grade: str, person: int, values: Mapping[tuple[int, str], str]) -> str:
    words = []
    for criterion in definition.fit.criteria:
        value = values.get((person, criterion.field), "").strip()
        band = next((band for band in criterion.bands if passes(band.test, value)), None) if value else None
        if band is None or band.points <= 0:
            continue
        is_short = isinstance(band.test, Between) and len(value) <= 12
        words.append(f"{value} {criterion.label}" if is_short else band.label)
    described = ", ".join(words[:FIT_WORDS_MAX])
    return f"Fit {grade} ({described})." if described and len(described) <= 80 else f"Fit {grade}."
