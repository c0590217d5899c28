"""Why one person stands where she stands, for whoever asks by any of her names.

It reads the store and writes nothing. An earlier instant is looked at twice: as it is known today, and as
it was known then. How it is shown is a matter of `as_text` and `as_json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from sqlalchemy import Connection, text

from scoring.context import Context
from scoring.definitions.book import Book
from scoring.definitions.conditions import GRADES
from scoring.definitions.definition import Definition
from scoring.definitions.whatif import Elsewhere, Way, elsewhere, ways
from scoring.history import first_known
from scoring.identity import REASONS, Edge, resolve
from scoring.ledger import Explanation, TouchLine, touch_line
from scoring.ledger import explain as ledger
from scoring.links import counted, seen_as
from scoring.rules.committee import colleagues_needed
from scoring.score import score
from scoring.sentence import sentences
from scoring.touches import Facts, Touches
from scoring.verdicts import ENDINGS, Origins, Verdicts
from sync.definitions.versions import book_of
from sync.explaining.turns import Turn, turns_of
from sync.store.colleagues import load_with_colleagues
from sync.store.facts import Row, load_facts, load_rows
from sync.store.hindsight import Late, Source, known_then, late_facts, sources
from sync.store.people import rows_in
from sync.who import find_person
from sync.workspace import Workspace, definitions_of

BESIDE_MAX = 20
_HELD_OUT = text("SELECT held_out FROM verdict WHERE person = :person")

__all__ = ["Explained", "explain", "find_person"]


@dataclass(frozen=True, slots=True)
class Name:
    """One key of the person: what it names, if that still lives, and by what it was joined ("": first)."""

    key: str
    kind: str
    state: str
    joined_by: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the first or latest touch came from."""

    touch: TouchLine
    channel: str
    source: str
    campaign: str


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One way of looking at an instant: the ledger, and the sentence that a BDR would read."""

    told: Explanation
    reason: str

    @property
    def verdicts(self) -> Verdicts:
        return self.told.verdicts


@dataclass(frozen=True, slots=True)
class Spell:
    """One MQL spell. `noticed_at` is when we first acted on it, 0 where the store has none such."""

    number: int
    qualified_at: int
    ended_at: int
    ended_by: str
    definition: str
    version: str
    noticed_at: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What another definition says of her: one that a higher scope outdoes, a draft, or a trial.

    `status` is "" where it does not concern her.
    """

    definition: str
    version: str
    why: str
    status: str
    score: int
    grid: str
    qualified_at: int


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """One person at one instant. Points inside are thousandths, instants microseconds.

    `now` is that instant as it is known today; `then` as it was known then, None where nothing came later
    (`late`). `also_seen` has the further sightings of touches that count, `sources` where touches were read,
    both by ids of touches. `begins_at` is the first instant that is known of her.
    """

    person: int
    names: tuple[Name, ...]
    now: View
    then: View | None
    late: tuple[Late, ...]
    ways: tuple[Way, ...]
    elsewhere: tuple[Elsewhere, ...]
    spells: tuple[Spell, ...]
    beside: tuple[Beside, ...]
    first: Origin | None
    last: Origin | None
    also_seen: Mapping[int, Sequence[int]]
    sources: Mapping[int, Source]
    begins_at: int
    claim_order: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    held_out: bool = False

    @property
    def differs(self) -> bool:
        """This tells whether she was thought of otherwise then."""
        return self.then is not None and _visible(self.then.verdicts) != _visible(self.now.verdicts)


def explain(workspace: Workspace, who: str, as_of: int | None = None) -> Explained:
    """This explains the person who goes by `who`: an e-mail address, a key, a CRM id or a person number.

    Raises `NoSuchPerson`, also where `who` names several people, or a configuration error.
    """
    book, context = book_of(definitions_of(workspace)), workspace.settings.context()
    instant = workspace.now() if as_of is None else as_of
    with workspace.store.reading() as tx:
        person = find_person(tx, who.strip())
        rows = load_rows(tx, [person])
        together = any(colleagues_needed(one) for one in book.definitions)
        told = load_with_colleagues(tx, [person]) if together else load_facts(tx, [person], rows)
        facts, also = counted(told), _further(told.touches)
        now = _view(facts, book, instant, context)
        late = tuple(late_facts(tx, person, rows, told, instant))
        earlier = counted(known_then(tx, person, rows, told, instant)) if late else None
        verdicts = now.verdicts
        turns = turns_of(facts, verdicts, context)
        behind = [one.touch.id for one in turns if one.touch]
        first, last = _came(facts, verdicts.first), _came(facts, verdicts.last)
        return Explained(
            person=person,
            names=_names(tx, person, rows),
            now=now,
            then=_view(earlier, book, instant, context) if earlier else None,
            late=late,
            ways=ways(facts, book, now.told, 0, context=context),
            elsewhere=tuple(elsewhere(facts, now.told, 0, context=context)),
            spells=tuple(_spells(tx, person, verdicts)),
            beside=tuple(_beside(facts, book, verdicts, context)),
            first=first,
            last=last,
            also_seen=also,
            sources=sources(
                tx, [*_shown(now.told, late, first, last), *behind, *chain.from_iterable(also.values())]
            ),
            begins_at=int(first_known(facts)[0]),
            claim_order=context.claim_rules.order,
            turns=turns,
            held_out=bool(tx.execute(_HELD_OUT, {"person": person}).scalar()),
        )


def _view(facts: Facts, book: Book, instant: int, context: Context) -> View:
    told = ledger(facts, book, instant, 0, context=context)
    return View(told, sentences(facts.of_people(0, 1), told.verdicts, [0])[0])


def _further(touches: Touches) -> dict[int, list[int]]:
    """These are the touches that do not count because another one tells of the same event."""
    seen = seen_as(touches)
    found: dict[int, list[int]] = {}
    for row in np.flatnonzero(seen != np.arange(len(seen))).tolist():
        found.setdefault(int(touches.id[seen[row]]), []).append(int(touches.id[row]))
    return found


def _visible(verdicts: Verdicts) -> tuple[object, ...]:
    definition = verdicts.judged_by(0)
    return (
        verdicts.status_of(0),
        int(verdicts.score[0]),
        GRADES[verdicts.grade[0]],
        verdicts.grid_of(0),
        int(verdicts.qualified_at[0]),
        verdicts.reason_of(0),
        definition and (definition.name, definition.version),
    )


def _shown(told: Explanation, late: Sequence[Late], *origins: Origin | None) -> list[int]:
    """These are the ids of all touches that are told of."""
    found = [one.touch.id for one in told.contributions if one.touch]
    found += [touch.id for one in told.contributions for touch in one.colleagues]
    found += [one.touch.id for one in told.voided]
    found += [one.touch for one in late if one.touch]
    return found + [one.touch.id for one in origins if one]


def _spells(tx: Connection, person: int, verdicts: Verdicts) -> Iterable[Spell]:
    """These are the spells as the curves show them, each with when it was first acted on."""
    stored = rows_in(
        tx, "SELECT qualified_at, ended_at, noticed_at FROM episode WHERE person IN :values", [person]
    )
    found = verdicts.episodes
    columns = (found.number, found.qualified_at, found.ended_at, found.ended_by, found.definition)
    for number, start, end, by, index in zip(*(column.tolist() for column in columns), strict=True):
        judge = verdicts.definitions[index]
        noticed = [row.noticed_at for row in stored if row.qualified_at == start]
        yield Spell(number, start, end, ENDINGS[by], judge.name, judge.version, min(noticed, default=0))


def _beside(facts: Facts, book: Book, verdicts: Verdicts, context: Context) -> Iterable[Beside]:
    """These are the verdicts of all other definitions of that time."""
    as_of, judge = verdicts.as_of, int(verdicts.definition[0])
    in_force = [one.index for one in book.in_force() if one.start <= as_of < one.end and one.index != judge]
    others = [(book.definitions[index], "of a lower scope") for index in in_force]
    others += [(one, "trial" if one.terms.trial else "draft") for one in book.beside]
    for definition, why in others[:BESIDE_MAX]:
        yield _verdict_of(definition, why, score(facts, definition, as_of, context=context))


def _verdict_of(definition: Definition, why: str, found: Verdicts) -> Beside:
    concerns = found.judged_by(0) is not None
    return Beside(
        definition.name,
        definition.version,
        why if concerns else "does not concern her",
        found.status_of(0) if concerns else "",
        int(found.score[0]),
        found.grid_of(0),
        int(found.qualified_at[0]),
    )


def _names(tx: Connection, person: int, rows: list[Row]) -> tuple[Name, ...]:
    found = tx.execute(text("SELECT key FROM identity WHERE person = :id ORDER BY key"), {"id": person})
    keys = [str(key) for key in found.scalars()]
    edges = [
        Edge(row.record, row.key, row.reason)
        for row in rows_in(tx, "SELECT record, key, reason FROM edge WHERE record IN :values", keys)
        if row.reason in REASONS and row.key in keys
    ]
    joined = resolve(keys, edges, dict.fromkeys(keys, person), person + 1).reasons
    states = {row.key: _state(row) for row in rows}
    return tuple(Name(key, _kind(key), states.get(key, "named"), joined.get(key, "")) for key in keys)


def _state(row: Row) -> str:
    if row.deleted:
        return "deleted"
    return "live" if row.is_writable else "converted"


def _kind(key: str) -> str:
    return "email" if key.startswith("email:") else key.split(":")[1]


def _came(facts: Facts, origins: Origins) -> Origin | None:
    row = int(origins.touch[0])
    return Origin(touch_line(facts.touches, row), *origins.texts(0)) if row >= 0 else None
