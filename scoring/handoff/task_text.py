"""What a task says: why this lead, why now, what next; then whatever else a BDR would look up.

The first three lines are read in ten seconds. What follows is in the order in which it is asked for. The
text holds no relative times and is plain, because the CRMs disagree about markup and half of it was
written by strangers. It does not depend on what was decided elsewhere: the shell hands in who colleagues
are and what became of earlier spells.

A task is worth changing when its `gist` is another: the three lines, the colleagues, the partner, the
campaign and the spells before. Score and activity ride along, they do not move a task by themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.definitions.definition import Definition
from scoring.handoff.next_step import Priority, priority, step, strongest
from scoring.handoff.plain_text import day, joined, line, ordinal, when
from scoring.ledger import TouchLine, points_text, touch_line
from scoring.machines import machine_clicks
from scoring.touches import SALES_KINDS, SENT_KINDS, Facts
from scoring.verdicts import Verdicts

SUBJECT_MAX = 255
EVIDENCE_MAX = 6
TOUCHES_MAX = 8
COLLEAGUES_MAX = 5
EARLIER_MAX = 3
URL_MAX = 200
# Of each ending of a spell, what a BDR calls it.
ENDED = {
    "accepted": "accepted by sales",
    "rejected": "rejected by sales",
    "opportunity": "became an opportunity",
    "won": "won",
    "lost": "lost",
    "appointment": "led to an appointment",
    "silence": "accepted by sales in silence",
    "nurture": "put into nurture by sales",
    "recycled": "recycled by sales",
    "disqualified": "disqualified by sales",
    "excluded": "excluded",
    "expired": "expired",
    "merged": "merged into another",
    "void": "taken back",
}


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody else whom the CRMs know at the same company."""

    name: str
    title: str
    status: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A spell before this one. `why` is what sales said, "" where it said nothing."""

    number: int
    qualified_at: int
    ended_at: int
    ended_by: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """The person as a BDR wants to see her; `links` lead to her records."""

    name: str
    title: str = ""
    company: str = ""
    website: str = ""
    country: str = ""
    links: Sequence[str] = ()
    colleagues: Sequence[Colleague] = ()  # those who are MQL or further
    at_company: int = 0  # how many others are known there
    earlier: Sequence[Earlier] = ()


@dataclass(frozen=True, slots=True)
class TaskText:
    """What the task says, by when it should be done, and in short what it is about (`gist`)."""

    subject: str
    body: str
    due_at: int
    priority: Priority
    gist: str = ""


def task_text(
    facts: Facts,
    definition: Definition,
    verdicts: Verdicts,
    person: int,
    *,
    who: Who,
    reason: str,
    due_at: int,
) -> TaskText:
    """This writes the task of somebody who qualified by `definition`; it is due when `follow_up_due` says."""
    deeds = _deeds(facts, definition, verdicts, person)
    company = f", {who.company}" if who.company else ""
    brief = [
        *_first_lines(verdicts, person, deeds, who, reason),
        "",
        *_about(who),
        *_origin(verdicts, person),
        *_earlier(who.earlier),
    ]
    evidence = [
        _verdict(definition, verdicts, person),
        *([f"Others known at the company: {who.at_company}"] if who.at_company else []),
        *_evidence(_counting(facts, verdicts, person), deeds),
        *(["", "Records:", *who.links] if who.links else []),
    ]
    subject = line(f"MQL: {who.name.strip() or 'unnamed lead'}{company}", SUBJECT_MAX)
    return TaskText(
        subject,
        "\n".join([line(each) for each in [*brief, "", *evidence]]),
        due_at,
        urgency(definition, verdicts, person),
        digest([subject, *brief]),
    )


def urgency(definition: Definition, verdicts: Verdicts, person: int) -> Priority:
    """This is the priority of the task, by the grid."""
    grade, cell = verdicts.grid_of(person)[0], verdicts.grid_of(person)[1:]
    return priority(grade, cell, is_graded=bool(definition.fit.criteria))


def digest(lines: Sequence[str]) -> str:
    """This is short, and another for other lines."""
    held = "\n".join(lines).encode("utf-8", "replace")
    return hashlib.blake2b(held, digest_size=8).hexdigest()


def news_at(verdicts: Verdicts, person: int) -> int:
    """This is when the newest thing happened that counts now, 0 if nothing does."""
    first, end = np.searchsorted(verdicts.standing.person, [person, person + 1])
    told = verdicts.standing.at[first:end][verdicts.standing.touch[first:end] >= 0]
    return max(0, int(told.max())) if len(told) else 0


def _first_lines(
    verdicts: Verdicts, person: int, deeds: Sequence[TouchLine], who: Who, reason: str
) -> Iterator[str]:
    qualified_at = int(verdicts.qualified_at[person])
    last = max(who.earlier, key=lambda one: one.number, default=None)
    again = f", for the {ordinal(last.number + 1)} time: last {_ended(last)}" if last else ""
    deed = strongest(deeds, qualified_at)
    about = f" ({joined(*_what(deed), day(deed.at))})" if deed else ""
    yield f"Why: {reason}"
    yield f"Now: MQL since {when(qualified_at)}{again}"
    yield f"Next: {step(deed)}{about}"


def _about(who: Who) -> Iterator[str]:
    if said := joined(who.title, who.company, who.website, who.country):
        yield f"Who: {said}"
    for one in sorted(who.colleagues, key=lambda one: (one.name, one.title))[:COLLEAGUES_MAX]:
        yield f"Colleague: {joined(one.name or 'unnamed', one.title, one.status.upper())}"
    if len(who.colleagues) > COLLEAGUES_MAX:
        yield f"Colleague: and {len(who.colleagues) - COLLEAGUES_MAX} more"


def _origin(verdicts: Verdicts, person: int) -> Iterator[str]:
    slug, tier = verdicts.partner_of(person)
    if slug:
        yield f"Partner: {slug} ({tier})"
    for name, origins in (("First touch", verdicts.first), ("Last touch", verdicts.last)):
        if said := " / ".join(part for part in origins.texts(person) if part):
            yield f"{name}: {said}"


def _earlier(spells: Sequence[Earlier]) -> Iterator[str]:
    newest = sorted(spells, key=lambda one: -one.number)
    for one in newest[:EARLIER_MAX]:
        yield f"Before: {ordinal(one.number)} time MQL from {day(one.qualified_at)}, {_ended(one)}"
    if len(newest) > EARLIER_MAX:
        yield f"Before: and {len(newest) - EARLIER_MAX} more"


def _ended(one: Earlier) -> str:
    why = f" ({one.why})" if one.why else ""
    return f"{ENDED.get(one.ended_by, one.ended_by)} {day(one.ended_at)}{why}"


def _verdict(definition: Definition, verdicts: Verdicts, person: int) -> str:
    has, needs = points_text(int(verdicts.score[person])), points_text(definition.threshold)
    grid = verdicts.grid_of(person)
    fit = f"fit {grid[0]}, engagement {grid[1:]}" if definition.fit.criteria else f"engagement {grid[1:]}"
    return f"Score {has} (needs {needs}), {fit}, by {definition.label}, version {definition.version}."


def _deeds(facts: Facts, definition: Definition, verdicts: Verdicts, person: int) -> list[TouchLine]:
    """These are the touches that a human made until now, newest first."""
    touches = facts.of_people(person, person + 1).touches
    counts = ~machine_clicks(touches, definition.machine) & (touches.at <= verdicts.as_of)
    lines = (touch_line(touches, int(row)) for row in np.flatnonzero(counts)[::-1])
    return [one for one in lines if one.kind not in SENT_KINDS + SALES_KINDS]


def _counting(facts: Facts, verdicts: Verdicts, person: int) -> frozenset[int]:
    """These are the ids of her touches that give points now."""
    first, end = np.searchsorted(verdicts.standing.person, [person, person + 1])
    rows = verdicts.standing.touch[first:end]
    return frozenset(facts.touches.id[rows[rows >= 0]].tolist())


def _evidence(counting: frozenset[int], deeds: Sequence[TouchLine]) -> list[str]:
    """These are the deeds that count now, then the latest of the others."""
    proof = [one for one in deeds if one.id in counting][:EVIDENCE_MAX]
    others = [one for one in deeds if one not in proof][:TOUCHES_MAX]
    lines = ["", "Evidence:", *map(_deed, proof)] if proof else []
    return lines + (["", "Latest activity:", *map(_deed, others)] if others else [])


def _deed(one: TouchLine) -> str:
    what = one.asset or one.page
    return joined(when(one.at), *_what(one), _link(one.url) if one.url != what else "")


def _what(one: TouchLine) -> tuple[str, str]:
    """This is what was done, and with what."""
    kind, what = one.kind.replace("_", " "), line(one.asset or one.page, URL_MAX)
    return kind, "" if what.casefold() == kind else what


def _link(url: str) -> str:
    """This is an address that may be followed; a long one loses its parameters, which name campaigns."""
    if not url.casefold().startswith(("https://", "http://")):
        return ""
    return url if len(url) <= URL_MAX else line(url.partition("?")[0], URL_MAX)
