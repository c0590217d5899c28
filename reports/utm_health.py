"""How sound the links of campaigns and partners are: what they leave out, spell twice, or should not carry.

A campaign is known by its letters and digits, so that `Spring Sale` and `spring-sale` are found to be one.
Whatever is odd in a link is counted under the name that `scoring.utm` and `scoring.channel` flag it by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import numpy as np

from reports.csv_text import Value, csv_text
from scoring.attribution import Sources
from scoring.channel import Origin
from scoring.context import Context
from scoring.links import plain_text
from scoring.touches import Ints, Touches
from scoring.utm import Link, read_link

POLLUTION_MAX = 0.01  # of page views: the line of an auditor of UTM tags (utmguard.com and others)
VIEWS = ("page_view", "blog_visit")
MISSING = ("utm_source", "utm_medium")
# What is told of a link, and what to do about it.
REMEDIES = {
    "no_utm_source": "add utm_source",
    "no_utm_medium": "add utm_medium",
    "only_click_id": "add utm names beside the click id",
    "internal_tagging": "take the tags off links between your own pages",
    "placeholder": "the sending tool did not fill in its macro",
    "macro_inside": "the sending tool did not fill in its macro",
    "conflicting_repeats": "a parameter stands twice with two values; keep one",
    "click_id_disagrees": "names and click id tell two stories; correct the names",
    "double_encoded": "the link was encoded twice",
    "escaped_ampersand": "the link was escaped as HTML and never unescaped",
    "second_question_mark": "join parameters with &, not with a second ?",
    "broken_escape": "a % stands without its two digits",
    "not_utf8": "the link is not encoded as UTF-8",
    "in_fragment": "put parameters before the #",
    "trailing_junk": "quotes or brackets were copied with the link",
    "long": "shorten the value; CRM fields end at 255 signs",
    "spellings": "write the campaign one way",
    "mediums": "give one source of a campaign one medium",
}
HEADER = ("scope", "name", "touches", "problem", "times", "remedy", "found")


@dataclass(slots=True)
class Group:
    """What was seen of one campaign or partner, in touches."""

    touches: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    spellings: Counter[str] = field(default_factory=Counter)
    ways: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: Group) -> None:
        self.touches += other.touches
        for name in ("problems", "spellings", "ways"):
            getattr(self, name).update(getattr(other, name))


@dataclass(slots=True)
class Seen:
    """Sums over touches; parts of the people can be added. `future` lie behind now, `early` before a CRM
    knew the person, which is usual for visits that were told apart later."""

    touches: int = 0
    tagged: int = 0
    views: int = 0
    polluted: int = 0
    future: int = 0
    early: int = 0
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)

    def add(self, other: Seen) -> None:
        for name in ("touches", "tagged", "views", "polluted", "future", "early"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for key, group in other.groups.items():
            self.groups.setdefault(key, Group()).add(group)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is odd about the links of one campaign or partner; `found` are what stands there."""

    scope: str
    name: str
    touches: int
    problem: str
    times: int
    found: tuple[str, ...] = ()


def seen(touches: Touches, found: Sources, lead_at: Ints, context: Context, now: int) -> Seen:
    """This looks at the links of some people's touches, each distinct one once."""
    views = np.isin(touches.kind, [code for code, text in enumerate(touches.labels) if text in VIEWS])
    polluted = np.array(["internal_tagging" in one.flags for one in found.origins] + [False], np.bool_)
    total = Seen(
        touches=len(touches),
        views=int(views.sum()),
        polluted=int((views & polluted[found.which]).sum()),
        future=int((touches.at > now).sum()),
        early=int((touches.at < lead_at[touches.person]).sum()),
    )
    which, row, times = np.unique(found.which, return_index=True, return_counts=True)
    for number, first, count in zip(which.tolist(), row.tolist(), times.tolist(), strict=True):
        one = found.origins[number]
        if one.is_tagged or one.flags:
            link = read_link(
                touches.labels[touches.url[first]], frozenset(context.sites.click_ids), context.sites.aliases
            )
            total.tagged += count
            _note(total, one, link, count)
    return total


def _note(total: Seen, one: Origin, link: Link, count: int) -> None:
    values = link.values
    name = values.get("utm_campaign", "") or values.get("utm_id", "")
    problems = [*one.flags, *(f"no_{each}" for each in MISSING if link.raw and each not in values)]
    if link.click_ids and not link.raw:
        problems.append("only_click_id")
    for scope, key in (("campaign", plain_text(name)), ("partner", one.partner)):
        if not key and scope == "partner":
            continue
        group = total.groups.setdefault((scope, key), Group())
        group.touches += count
        group.problems.update(dict.fromkeys(problems, count))
        if name and scope == "campaign":
            group.spellings[_as_written(link)] += count
        if "utm_medium" in values:
            group.ways[values.get("utm_source", ""), values["utm_medium"]] += count


def _as_written(link: Link) -> str:
    """This is the campaign with the case in which it came."""
    told = next(one for name in ("utm_campaign", "utm_id") for one in link.raw.get(name, ()) if one.strip())
    return " ".join(unquote_plus(told, errors="replace").split())


def problems(total: Seen) -> list[Problem]:
    """These are all problems, of the most used links first."""
    found = []
    for (scope, key), group in total.groups.items():
        name = group.spellings.most_common(1)[0][0] if group.spellings else key or "(no campaign)"
        told = [(problem, times, ()) for problem, times in group.problems.items() if problem in REMEDIES]
        found += [Problem(scope, name, group.touches, *one) for one in (*told, *_inconsistent(scope, group))]
    return sorted(found, key=lambda one: (one.scope, -one.touches, one.name, -one.times, one.problem))


def _inconsistent(scope: str, group: Group) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """A campaign goes by one spelling; one source of it has one medium."""
    if scope != "campaign":
        return
    if len(group.spellings) > 1:
        yield "spellings", _all_but_most(group.spellings.values()), tuple(sorted(group.spellings))
    mediums: dict[str, Counter[str]] = {}
    for (source, medium), times in group.ways.items():
        mediums.setdefault(source, Counter())[medium] += times
    several = {source: found for source, found in mediums.items() if len(found) > 1 and source}
    if several:
        told = sorted(f"{source}: {', '.join(sorted(found))}" for source, found in several.items())
        yield "mediums", sum(_all_but_most(found.values()) for found in several.values()), tuple(told)


def _all_but_most(times: Iterable[int]) -> int:
    *others, _ = sorted(times)
    return sum(others)


def pollution(total: Seen) -> float:
    """This is the share of page views whose link was tagged although it came from our own pages."""
    return total.polluted / total.views if total.views else 0.0


def text(total: Seen, found: Sequence[Problem]) -> Iterator[str]:
    """This is the report for a terminal."""
    share = pollution(total)
    verdict = "too much" if share > POLLUTION_MAX else "fine"
    yield f"{total.tagged} of {total.touches} touches came by a tagged link or a click id"
    yield f"internal tagging: {share:.2%} of {total.views} page views ({verdict}; auditors allow 1 %)"
    if total.future:
        yield f"{total.future} touches lie in the future; they count for nothing until then"
    if total.early:
        yield f"{total.early} touches are older than the person's first record; they count"
    before = ("", "")
    for one in found:
        if (one.scope, one.name) != before:
            yield f"{one.scope} {one.name}: {one.touches} touches"
            before = one.scope, one.name
        told = f" ({'; '.join(one.found)})" if one.found else ""
        yield f"  {one.problem} {one.times}: {REMEDIES[one.problem]}{told}"
    if not found:
        yield "nothing is odd about the links"


def as_dict(total: Seen, found: Sequence[Problem]) -> dict[str, Any]:
    """This is the report for programs."""
    names = ("touches", "tagged", "views", "polluted", "future", "early")
    rows = [
        {"scope": one.scope, "name": one.name, "touches": one.touches, "problem": one.problem}
        | {"times": one.times, "remedy": REMEDIES[one.problem], "found": list(one.found)}
        for one in found
    ]
    share = {"pollution": round(pollution(total), 6), "pollution_max": POLLUTION_MAX}
    return {name: getattr(total, name) for name in names} | share | {"problems": rows}


def as_csv(found: Sequence[Problem]) -> str:
    rows: list[Sequence[Value]] = [
        (
            one.scope,
            one.name,
            one.touches,
            one.problem,
            one.times,
            REMEDIES[one.problem],
            "; ".join(one.found),
        )
        for one in found
    ]
    return csv_text(HEADER, rows)
