"""The one sentence a BDR reads: why this person, in dates that stay true.

It names what stands, not how many points are left of it, so it changes only when the set of standing
deeds and contributions, an attribute or the grade changes, and contains no relative times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from scoring.deeds import field, phrase
from scoring.definitions.conditions import GRADES, Did, HasAttribute, asked, asked_deeds
from scoring.definitions.definition import Definition, Rule
from scoring.definitions.kinds import Between, Depth, Distinct, FieldIs, Repeated, Silence
from scoring.definitions.kinds import Sequence as Chain
from scoring.fit import known_values
from scoring.patterns import passes
from scoring.touches import ALWAYS, SECOND, Facts
from scoring.verdicts import Standing, Verdicts

LENGTH_MAX = 255  # the shortest text field of the CRMs we write to
ASSET_MAX = 60
FIT_WORDS_MAX = 2
FIT_MAX = 80
SAID = {
    "rejected": "Rejected by sales",
    "nurture": "Put off by sales",
    "recycled": "Given back by sales",
    "disqualified": "Disqualified by sales",
    "lost": "Lost",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Known = Mapping[tuple[int, str], str]


@dataclass(frozen=True, slots=True)
class _Item:
    """What is said of one rule or deed."""

    what: str
    often: str
    at: int


def sentences(facts: Facts, verdicts: Verdicts, people: Sequence[int]) -> list[str]:
    """This writes the sentence of each of these people, in their order."""
    chosen = np.zeros(facts.people, np.bool_)
    chosen[np.asarray(people, np.intp)] = True
    attributes = facts.attributes
    values = known_values(attributes.take(chosen[attributes.person]), verdicts.as_of)
    return [_sentence(facts, verdicts, int(person), values) for person in people]


def _sentence(facts: Facts, verdicts: Verdicts, person: int, values: Known) -> str:
    definition = verdicts.judged_by(person)
    if definition is None:
        return "No definition applies."
    reason = verdicts.reason_of(person)
    start = f"Excluded: {reason}. " if reason else _word(facts, verdicts, person)
    fit = _fit(definition, GRADES[verdicts.grade[person]], person, values)
    room = LENGTH_MAX - len(start) - len(fit) - 2
    said, year = "", 0
    for one in _items(facts, definition, verdicts, person, values):
        item, of_year = one.what, year
        if one.at > ALWAYS:
            day, of_year = _day(one.at)
            day += f" {of_year}" if of_year != year else ""
            item = f"{item}{one.often} {day}"
        longer = f"{said}; {item}" if said else item[:1].upper() + item[1:]
        if len(longer) > room:
            break
        said, year = longer, of_year
    return f"{start}{said or 'No activity that counts'}. {fit}".rstrip()[:LENGTH_MAX]


def _word(facts: Facts, verdicts: Verdicts, person: int) -> str:
    """This is who has her, or the word of sales by which she is what she is; "" where neither matters now."""
    status = verdicts.status_of(person)
    if status == "with_partner":
        given = verdicts.custodies
        row = int(np.flatnonzero(given.person == person)[-1])
        partner = verdicts.partners[given.partner[row]] if given.partner[row] >= 0 else "a partner"
        day, year = _day(int(given.given_at[row]))
        return f"With {partner} since {day} {year}. "
    row = int(verdicts.word[person])
    if status not in SAID or row < 0:
        return ""
    asset = facts.touches.labels[facts.touches.asset[row]].replace("_", " ")
    why = f": {asset}" if 0 < len(asset) <= ASSET_MAX else ""
    day, year = _day(int(facts.touches.at[row]))
    return f"{SAID[status]} on {day} {year}{why}. "


def _day(at: int) -> tuple[str, int]:
    then = datetime.fromtimestamp(at / SECOND, tz=UTC)
    return f"{then.day} {_MONTHS[then.month - 1]}", then.year


def _items(
    facts: Facts, definition: Definition, verdicts: Verdicts, person: int, values: Known
) -> Iterator[_Item]:
    """What the condition asks for comes first, then rules by their points; of a pair the newest first."""
    deeds = asked_deeds(definition.qualified)
    named = {(rule.match, rule.how): rule for rule in definition.rules if rule.points > 0}
    told: set[int] = set()
    for number, at, rows in _up(verdicts.done, person):
        told.update(row for row in rows if row >= 0)
        deed = deeds[number]
        if rule := named.pop((deed.match, deed.how), None):
            yield _by_rule(facts, rule, at, rows)
        elif isinstance(deed.how, FieldIs):
            value = " ".join(values.get((person, deed.how.field), "").split())
            yield _Item(f"{field(deed.how.field)} {value}", " since", at)
        else:
            yield _by_deed(facts, deed, at, rows)
    rules = [(definition.rules[number], at, rows) for number, at, rows in _up(verdicts.standing, person)]
    rules.sort(key=lambda one: (-one[0].points, -one[1], one[0].label))
    for rule, at, rows in rules:
        is_news = (rule.match, rule.how) in named and not (max(rows) >= 0 and told.issuperset(rows))
        if is_news:
            yield _by_rule(facts, rule, at, rows)


def _by_deed(facts: Facts, deed: Did, at: int, rows: list[int]) -> _Item:
    if rows[-1] < 0:
        return _Item(phrase(deed, "", len(rows)), " by", at)
    if isinstance(deed.how, Silence):
        return _Item(phrase(deed, "", len(rows)), ", by", at)
    kind = facts.touches.labels[facts.touches.kind[rows[-1]]]
    asset = "" if isinstance(deed.how, Depth) else _asset(facts, rows[-1])
    often = " on" if asset else ", last on" if len(rows) > 1 else " by" if _adds_up(deed.how) else " on"
    return _Item(phrase(deed, kind, len(rows), asset), often, at)


def _up(standing: Standing, person: int) -> Iterator[tuple[int, int, list[int]]]:
    """This is (number, last instant, touches) of every rule or deed that stands."""
    first, end = np.searchsorted(standing.person, [person, person + 1])
    for number in np.unique(standing.rule[first:end]):
        rows = first + np.flatnonzero(standing.rule[first:end] == number)
        yield int(number), int(standing.at[rows[-1]]), standing.touch[rows].tolist()


def _by_rule(facts: Facts, rule: Rule, at: int, rows: list[int]) -> _Item:
    quoted, often = "", " on"
    if rows[-1] < 0 or isinstance(rule.how, Silence):
        often = " since"
    elif isinstance(rule.how, Distinct):
        often = f" {rule.how.times} different by"
    elif isinstance(rule.how, Repeated):
        often = f" {rule.how.times} times by"
    elif _adds_up(rule.how):
        often = " by"
    elif len(rows) > 1:
        often = f" {len(rows)} times, last on"
    else:
        quoted = _quoted(_asset(facts, rows[-1]), rule.label)
    return _Item(rule.label + quoted, often, at)


def _adds_up(how: object) -> bool:
    """This tells whether it took more than the touch that completed it."""
    return isinstance(how, Depth | Distinct | Repeated | Chain)


def _asset(facts: Facts, row: int) -> str:
    """This is the name of the asset, "" where it is none or a number."""
    asset = " ".join(facts.touches.labels[facts.touches.asset[row]].split())
    return asset if len(asset) <= ASSET_MAX and any(char.isalpha() for char in asset) else ""


def _quoted(asset: str, label: str) -> str:
    """This names the asset where that tells more than the label."""
    known = asset.casefold() in label.casefold() or label.casefold() in asset.casefold()
    return "" if known else f" “{asset}”"


def _fit(definition: Definition, grade: str, person: int, values: Known) -> str:
    """This is the grade with what it rests on; where nothing is graded, what is asked and known of her."""
    words = [f"{field(name)} {value}" for name, value in _attributes(definition, person, values)]
    if not definition.fit.criteria:
        described = ", ".join(words[:FIT_WORDS_MAX])
        return f"Known: {described}." if described and len(described) <= FIT_MAX else ""
    fields = {name for name, _ in _attributes(definition, person, values)}
    for criterion in definition.fit.criteria:
        value = values.get((person, criterion.field), "").strip()
        band = next((band for band in criterion.bands if passes(band.test, value)), None) if value else None
        if band is None or band.points <= 0 or criterion.field in fields:
            continue
        is_short = isinstance(band.test, Between) and len(value) <= 12
        words.append(f"{value} {criterion.label}" if is_short else band.label)
    described = ", ".join(words[:FIT_WORDS_MAX])
    return f"Fit {grade} ({described})." if described and len(described) <= FIT_MAX else f"Fit {grade}."


def _attributes(definition: Definition, person: int, values: Known) -> list[tuple[str, str]]:
    """These are the attributes that the condition asks for, where they are known and pass."""
    found = []
    for one in asked(definition.qualified):
        if isinstance(one, HasAttribute) and one.field not in ("email", "email_domain"):
            value = " ".join(values.get((person, one.field), "").split())
            if value and passes(one.test, value):
                found.append((one.field, value))
    return list(dict(found).items())
