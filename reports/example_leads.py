"""Example leads of a definition: invented people, judged by the real scorer.

For each thing that people may do, the fewest times that suffice are looked for, with the best and with
an unknown background; the shortest that qualify are shown, and one that just misses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reports.agreement import Example
from reports.wording import deed, field, points, single
from scoring.context import Context
from scoring.definitions.conditions import GRADES, Did, HasAttribute, leaves
from scoring.definitions.definition import Definition, Scope, Terms
from scoring.definitions.kinds import (
    Between,
    Committee,
    Depth,
    Distinct,
    Domains,
    FieldIs,
    How,
    Match,
    Repeated,
    Return,
    Silence,
    Test,
    Words,
)
from scoring.definitions.kinds import (
    Sequence as Chain,
)
from scoring.patterns import passes
from scoring.score import score
from scoring.touches import DAY, HOUR, MINUTE, Facts, attributes_of, touches_of
from scoring.verdicts import MQL, Verdicts

START = 20_000 * DAY
TIMES_MAX = 5
SHOWN_MAX = 3
DOMAIN = "buyer.example"
SECONDS_MAX = 600  # nobody is believed to read one page for longer


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that one can do: what people call it, and the touches that make it."""

    text: str
    rows: tuple[dict[str, Any], ...]
    spacing: int = 3 * HOUR


@dataclass(frozen=True, slots=True)
class Lead:
    """An invented person: what is known of her, and what she did how often."""

    known: tuple[tuple[str, str], ...]
    deeds: tuple[tuple[Deed, int], ...]

    @property
    def size(self) -> int:
        return sum(times for _, times in self.deeds)


def example_leads(definition: Definition, context: Context) -> list[Example]:
    """These are the shortest ways to qualify, and a near miss where there is one."""
    definition = replace(definition, scope=Scope(), terms=Terms())
    deeds = _deeds(definition)
    backgrounds = [(), _best(definition)]
    leads = [Lead(known, ()) for known in backgrounds]
    alone = [((one, times),) for one in deeds for times in range(1, TIMES_MAX + 1)]
    leads += [Lead(known, done) for known in backgrounds for done in (*alone, *_mixtures(deeds))]
    verdicts = _judged(leads, definition, context)
    good = [n for n, _ in enumerate(leads) if verdicts.status[n] == MQL]
    good.sort(key=lambda n: (leads[n].size, len(leads[n].deeds)))
    shown = list(_differing(good, leads))[:SHOWN_MAX]
    found = [_example(leads[n], n, verdicts) for n in shown]
    return found + [_example(leads[n], n, verdicts) for n in _near_miss(leads, verdicts, shown)]


def _differing(good: Sequence[int], leads: Sequence[Lead]) -> Iterator[int]:
    """Three ways through the same deed would say one thing three times."""
    seen: set[tuple[str, ...]] = set()
    for number in good:
        what = tuple(one.text for one, _ in leads[number].deeds)
        if what not in seen:
            seen.add(what)
            yield number


def _near_miss(leads: Sequence[Lead], verdicts: Verdicts, shown: Sequence[int]) -> list[int]:
    """This is who comes nearest with no more deeds than those who qualify, nor others than theirs."""
    known = {one.text for n in shown for one, _ in leads[n].deeds}
    size = max((leads[n].size for n in shown), default=TIMES_MAX)
    misses = [n for n, _ in enumerate(leads) if verdicts.status[n] != MQL and verdicts.reason[n] < 0]
    near = [n for n in misses if leads[n].size <= size and {one.text for one, _ in leads[n].deeds} <= known]
    near.sort(key=lambda n: (-int(verdicts.score[n]), leads[n].size, n))
    return near[:1]


def _mixtures(deeds: Sequence[Deed]) -> Iterator[tuple[tuple[Deed, int], ...]]:
    """These are the first few of everything, one, two or three times, and every pair."""
    for count in range(2, min(len(deeds), 6) + 1):
        for times in (1, 2, 3):
            yield tuple((one, times) for one in deeds[:count])
    for first in range(min(len(deeds), 12)):
        for second in range(first + 1, min(len(deeds), 12)):
            yield ((deeds[first], 1), (deeds[second], 1))
            yield ((deeds[first], 3), (deeds[second], 1))


def _deeds(definition: Definition) -> list[Deed]:
    """Conditions come first, then rules by what they are worth."""
    found = [_deed(one.match, one.how) for one in leaves(definition.qualified) if isinstance(one, Did)]
    rules = sorted((rule for rule in definition.rules if rule.points > 0), key=lambda rule: -rule.points)
    found += [_deed(rule.match, rule.how, once_per_day=rule.once_per_day) for rule in rules]
    return list({one.text: one for one in found if one is not None}.values())


def _deed(match: Match, how: How, *, once_per_day: bool = False) -> Deed | None:
    """This makes the touches of one moment; what needs colleagues or a field is left out."""
    if isinstance(how, FieldIs | Committee | Silence):
        return None
    rows = tuple(_rows(match, how))
    spacing = DAY if once_per_day else 3 * HOUR
    within = getattr(how, "within", 0)
    if within and len(rows) > 1:
        spacing = min(spacing, max(within // (len(rows) + 1), MINUTE))
    if isinstance(how, Return):
        spacing = how.after
    return Deed(single(match) if len(rows) == 1 else deed(match, how), rows, spacing)


def _rows(match: Match, how: How) -> Iterator[dict[str, Any]]:
    match how:
        case Repeated(times, _):
            yield from (_row(match, n) for n in range(times))
        case Distinct(times, _, _):
            yield from (_row(match, n) for n in range(times))
        case Depth(least, _, of):
            each = SECONDS_MAX if of == "seconds" else 1
            for n in range(-(-least // each)):
                yield _row(match, n) | {"seconds": min(least - n * each, SECONDS_MAX)}
        case Chain(then, _):
            yield from (_row(one, n) for n, one in enumerate((match, *then)))
        case Return():
            yield from (_row(match, n) for n in range(2))
        case _:
            yield _row(match, 0)


def _row(match: Match, number: int) -> dict[str, Any]:
    """A star in a pattern is filled, so that different touches have different pages and papers."""
    kind = match.kinds[0]
    page = _filled(match.pages, number) or (f"/page-{number}" if kind in ("page_view", "blog_visit") else "")
    campaign = _filled(match.campaigns, number) or f"campaign-{number}"
    row = {"kind": kind, "page": page, "asset": _filled(match.assets, number) or f"{kind} {number}"}
    partner = next((one for one in match.partners if one != "*"), "")
    return row | {"campaign": campaign, "partner": partner}


def _filled(patterns: Sequence[str], number: int) -> str:
    pattern = next((one for one in patterns if "*" in one), patterns[0]) if patterns else ""
    return pattern.replace("*", f"example-{number}").replace("?", "x")


def _best(definition: Definition) -> tuple[tuple[str, str], ...]:
    """This is the background that is worth most, and that the conditions ask for."""
    known = {"email": f"lead@{DOMAIN}"}
    for criterion in definition.fit.criteria:
        band = max(criterion.bands, key=lambda one: one.points)
        value = _value(band.test)
        first = next((one for one in criterion.bands if passes(one.test, value)), band)
        if criterion.field != "email_domain" and first.points > max(criterion.unknown, 0):
            known[criterion.field] = value
    for leaf in leaves(definition.qualified):
        if isinstance(leaf, HasAttribute) and not passes(leaf.test, known.get(leaf.field, "")):
            known[leaf.field] = _value(leaf.test)
    return tuple(known.items())


def _value(test: Test) -> str:
    match test:
        case Words(phrases):
            return next((one for one in phrases if "*" not in one), phrases[0].replace("*", "x"))
        case Domains(hosts, lists):
            return next(iter(hosts or (lists[0].listed if lists else ()))).replace("*", "x")
        case Between(low, below):
            return f"{low:.15g}" if low is not None else f"{(below or 0) - 1:.15g}"


def _judged(leads: Iterable[Lead], definition: Definition, context: Context) -> Verdicts:
    rows: list[dict[str, Any]] = []
    attributes: list[tuple[int, int, str, str]] = []
    latest, people = START, 0
    for person, lead in enumerate(leads):
        at = START
        for one, times in lead.deeds:
            for number in range(times):
                for place, row in enumerate(one.rows):
                    at += one.spacing if place or number else HOUR
                    rows.append(_touch(row, person, at, number, context) | {"id": len(rows)})
        attributes += [(person, START, name, value) for name, value in lead.known]
        latest, people = max(latest, at), person + 1
    shifted = _shifted(rows, latest, people)
    facts = Facts(people, touches_of(shifted), attributes_of(attributes))
    return score(facts, definition, latest + MINUTE, context=context)


def _shifted(rows: list[dict[str, Any]], latest: int, people: int) -> list[dict[str, Any]]:
    """Everybody did her last thing at the same instant, so that nothing has faded meanwhile."""
    last = dict.fromkeys(range(people), START)
    for row in rows:
        last[row["person"]] = max(last[row["person"]], row["at"])
    return [row | {"at": row["at"] + latest - last[row["person"]]} for row in rows]


def _touch(row: dict[str, Any], person: int, at: int, number: int, context: Context) -> dict[str, Any]:
    partner = next((one for one in context.partners if one.slug == row["partner"]), None)
    source = partner.utm_sources[0] if partner and partner.utm_sources else ""
    page = row["page"] or "/"
    url = f"https://example.com{page}" + (f"?utm_source={source}" if source else "")
    again = f" {number + 1}" if number else ""
    return row | {"person": person, "at": at, "recorded_at": at, "url": url, "asset": row["asset"] + again}


def _example(lead: Lead, person: int, verdicts: Verdicts) -> Example:
    known = ", ".join(f"{field(name)}: {value}" for name, value in lead.known if name != "email")
    lines = [f"known: {known}" if known else "nothing known but the mail address"]
    lines += [f"{times} × {one.text}" if times > 1 else one.text for one, times in lead.deeds]
    qualifies = bool(verdicts.status[person] == MQL)
    result = (
        f"score {points(int(verdicts.score[person]))}, of which engagement "
        f"{points(int(verdicts.engagement[person]))}, grade {GRADES[verdicts.grade[person]]}"
    )
    said = "MQL" if qualifies else "not an MQL"
    return Example("Qualifies" if qualifies else "Just misses", qualifies, tuple(lines), f"{result}: {said}")
