"""Why one person stands where she stands, for whoever asks by any of her names.

It reads the store and writes nothing. The points it lists add up to the score; whatever people see
shortened is summed up in a line of its own, so that this stays true on the screen too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, text

from connectors.records import email_key, key_of
from scoring.conditions import GRADES
from scoring.definition import POINT
from scoring.identity import REASONS, Edge, resolve
from scoring.ledger import Contribution, Explanation, TouchLine, points_text, touch_line
from scoring.ledger import explain as ledger
from scoring.sentence import sentences
from scoring.touches import ALWAYS, NEVER, Facts
from scoring.verdicts import Origins
from sync import clock
from sync.cycle import judge_of
from sync.errors import NoSuchPerson
from sync.store.colleagues import load_with_colleagues
from sync.store.facts import Row, load_facts, load_rows
from sync.store.people import rows_in
from sync.workspace import Workspace

ROWS_MAX = 25  # as many contributions as fit on a screen
STEPS_MAX = 5
TEXT_MAX = 44
_SALESFORCE_ID = 15  # the short form; three letters more spell out its upper and lower case
_CHECK_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_PERSON_ROWS = (("hubspot", "contact"), ("salesforce", "contact"), ("salesforce", "lead"))


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
class Explained:
    """One person at one instant. Points inside are thousandths, instants microseconds."""

    person: int
    names: tuple[Name, ...]
    definition: str
    version: str
    reason: str
    told: Explanation
    first: Origin | None
    last: Origin | None

    def as_dict(self) -> dict[str, Any]:
        """This is everything, ready for JSON: points as numbers, instants as ISO texts or null."""
        verdicts = self.told.verdicts
        slug, tier = verdicts.partner_of(0)
        return {
            "person": self.person,
            "as_of": _iso(verdicts.as_of),
            "names": [
                {"key": n.key, "kind": n.kind, "state": n.state, "joined_by": n.joined_by or None}
                for n in self.names
            ],
            "status": verdicts.status_of(0),
            "score": _points(int(verdicts.score[0])),
            "engagement": _points(int(verdicts.engagement[0])),
            "fit": _points(int(verdicts.fit[0])),
            "grade": GRADES[verdicts.grade[0]],
            "definition": {"name": self.definition, "version": self.version},
            "qualified_at": _iso(int(verdicts.qualified_at[0])),
            "reason": self.reason,
            "excluded_because": verdicts.reason_of(0) or None,
            "partner": {"slug": slug, "tier": tier} if slug else None,
            "contributions": [_contribution(one) for one in self.told.contributions],
            "fit_lines": [
                {"criterion": f.criterion, "label": f.label, "value": f.value, "points": _points(f.points)}
                for f in self.told.fit
            ],
            "clips": [{"of": clip.of, "points": _points(clip.points)} for clip in self.told.clips],
            "voided": [_touch(one) for one in self.told.voided],
            "first_touch": _origin(self.first),
            "last_touch": _origin(self.last),
            "missing": list(self.told.missing),
            "cheapest": [
                {"rule": s.rule, "label": s.label, "times": s.times, "points": _points(s.points)}
                for s in self.told.cheapest
            ],
            "recheck_at": _iso(int(verdicts.recheck_at[0])),
        }

    def lines(self) -> list[str]:
        """This is what people read: who, what, why; then every point; then what comes next."""
        return [*self._head(), "", *self._points(), "", *self._rest()]

    def _head(self) -> Iterator[str]:
        verdicts = self.told.verdicts
        since = int(verdicts.qualified_at[0])
        qualified = f", qualified {_day(since)}" if since else ""
        yield f"Person {self.person}: {verdicts.status_of(0)}{qualified}"
        total = f"Score {points_text(int(verdicts.score[0]))}, grade {GRADES[verdicts.grade[0]]}"
        parts = (
            f"engagement {points_text(int(verdicts.engagement[0]))}, fit {points_text(int(verdicts.fit[0]))}"
        )
        yield f"{total} ({parts})"
        yield _printable(self.reason)
        slug, tier = verdicts.partner_of(0)
        if slug:
            yield f"Partner: {slug} ({tier})" if tier else f"Partner: {slug}"
        by = f"{self.definition} {self.version}" if self.definition else "no definition"
        yield f"By {by}, as of {clock.text(verdicts.as_of)}"
        yield ""
        yield from _table([[n.key, n.state, n.joined_by and f"by {n.joined_by}"] for n in self.names])

    def _points(self) -> Iterator[str]:
        table = [["points", "of", "when", "what", "touch", "fades", "ends"]]
        shown = sorted(self.told.contributions, key=lambda one: (-abs(one.points_now), -one.at))
        table += [_row(one) for one in shown[:ROWS_MAX]]
        if rest := shown[ROWS_MAX:]:
            table.append([points_text(sum(one.points_now for one in rest)), "", "", f"{len(rest)} more"])
        for line in self.told.fit:
            value = _short(line.value) or "unknown"
            table.append([points_text(line.points), "", "", line.label, value])
        for clip in self.told.clips:
            what = "cut off by the cap" if clip.points < 0 else "given back by the floor"
            table.append([points_text(clip.points), "", "", what, f"of {clip.of}"])
        table.append([points_text(self.told.total), "", "", "score"])
        yield from _table(table, right=2)

    def _rest(self) -> Iterator[str]:
        for name, origin in (("First touch", self.first), ("Last touch", self.last)):
            if origin is not None:
                came = " / ".join(part for part in (origin.channel, origin.source, origin.campaign) if part)
                yield f"{name}: {_day(origin.touch.at)} {_what(origin.touch)}" + (
                    f", {_printable(came)}" if came else ""
                )
        for touch in self.told.voided[:ROWS_MAX]:
            yield f"Does not count: {_day(touch.at)} {_what(touch)}"
        if len(self.told.voided) > ROWS_MAX:
            yield f"Does not count: {len(self.told.voided) - ROWS_MAX} more"
        if self.told.missing:
            yield f"Missing: {'; '.join(self.told.missing)}"
        for step in self.told.cheapest[:STEPS_MAX]:
            times = "once" if step.times == 1 else f"{step.times} times"
            yield f"Would be enough: {step.label}, {times} ({points_text(step.points)} points)"
        recheck_at = int(self.told.verdicts.recheck_at[0])
        yield f"Next change by itself: {clock.text(recheck_at) if recheck_at < NEVER else 'none'}"


def explain(workspace: Workspace, who: str, as_of: int | None = None) -> Explained:
    """This explains the person who goes by `who`: an e-mail address, a key, a CRM id or a person number.

    Raises `NoSuchPerson`, also where `who` names several people, or a configuration error.
    """
    judge = judge_of(workspace)
    instant = workspace.now() if as_of is None else as_of
    with workspace.store.reading() as tx:
        person = find_person(tx, who.strip())
        rows = load_rows(tx, [person])
        facts = (
            load_with_colleagues(tx, [person]) if judge.needs_colleagues else load_facts(tx, [person], rows)
        )
        names = _names(tx, person, rows)
    told = ledger(facts, judge.book, instant, 0, context=judge.context)
    told = replace(told, voided=tuple(one for one in told.voided if one.at <= instant))
    verdicts = told.verdicts
    definition = verdicts.judged_by(0)
    return Explained(
        person,
        names,
        definition.name if definition else "",
        definition.version if definition else "",
        sentences(facts, verdicts, [0])[0],
        told,
        _came(facts, verdicts.first),
        _came(facts, verdicts.last),
    )


def find_person(tx: Connection, who: str) -> int:
    """This is the person who goes by an address, an id or a number. Raises `NoSuchPerson`."""
    keys = {who, email_key(who), email_key(who.removeprefix("email:"))} - {""}
    long = _long_id(who.rpartition(":")[2])
    if ":" in who:
        keys.add(who.rpartition(":")[0] + ":" + long)
    else:
        keys |= {key_of(crm, kind, one) for crm, kind in _PERSON_ROWS for one in {who, long}}
    found = {int(row.person) for row in rows_in(tx, "SELECT person FROM identity WHERE key IN :values", keys)}
    number = who.removeprefix("person:")
    if number.isascii() and number.isdigit() and len(number) < 19:
        sql = text("SELECT COALESCE(merged_into, id) FROM person WHERE id = :id")
        found |= {int(one) for one in tx.execute(sql, {"id": int(number)}).scalars()}
    if not found:
        raise NoSuchPerson("nobody has that e-mail address or id")
    if len(found) > 1:
        raise NoSuchPerson(
            f"that id names {len(found)} people; write `person:NUMBER`, or the key with its CRM in front"
        )
    return found.pop()


def _long_id(given: str) -> str:
    """This is a Salesforce id in its long form, in which the store keeps it; other ids stay as they are."""
    if len(given) != _SALESFORCE_ID or not (given.isascii() and given.isalnum()) or given.isdigit():
        return given
    parts = (given[:5], given[5:10], given[10:])
    return given + "".join(_CHECK_LETTERS[sum(c.isupper() << i for i, c in enumerate(p))] for p in parts)


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


def _iso(at: int) -> str | None:
    return clock.text(at) or None if -NEVER < at < NEVER else None


def _points(thousandths: int) -> float | int:
    return thousandths / POINT if thousandths % POINT else thousandths // POINT


def _touch(touch: TouchLine) -> dict[str, Any]:
    return {
        "id": touch.id,
        "at": _iso(touch.at),
        "recorded_at": _iso(touch.recorded_at),
        "kind": touch.kind,
        "asset": touch.asset,
        "page": touch.page,
        "campaign": touch.campaign,
        "url": touch.url,
    }


def _contribution(one: Contribution) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "label": one.label,
        "group": one.group,
        "at": _iso(one.at),
        "touch": _touch(one.touch) if one.touch else None,
        "points_at_start": _points(one.points_at_start),
        "points_now": _points(one.points_now),
        "next_fade_at": _iso(one.next_fade_at),
        "expires_at": _iso(one.expires_at),
    }


def _origin(origin: Origin | None) -> Mapping[str, Any] | None:
    if origin is None:
        return None
    came = {"channel": origin.channel, "source": origin.source, "campaign": origin.campaign}
    return came | {"touch": _touch(origin.touch)}


def _row(one: Contribution) -> list[str]:
    fades = _day(one.next_fade_at) if one.next_fade_at < one.expires_at else ""
    ends = _day(one.expires_at) if one.expires_at < NEVER else "never"
    points = [points_text(one.points_now), points_text(one.points_at_start)]
    when, what = _day(one.at) if one.at > ALWAYS else "", _what(one.touch) if one.touch else ""
    return [*points, when, _short(one.label), _short(what), fades, ends]


def _what(touch: TouchLine) -> str:
    thing = touch.asset or touch.page or touch.campaign
    return _printable(f"{touch.kind} {thing}")


def _day(at: int) -> str:
    return clock.text(at)[:16].replace("T", " ")


def _printable(words: str) -> str:
    """Texts of strangers must not steer a terminal."""
    return " ".join("".join(char if char.isprintable() else " " for char in words).split())


def _short(words: str) -> str:
    words = _printable(words)
    return words if len(words) <= TEXT_MAX else words[: TEXT_MAX - 1] + "…"


def _table(rows: list[list[str]], right: int = 0) -> Iterator[str]:
    """This lays cells under each other, the first `right` columns to the right."""
    columns = max((len(row) for row in rows), default=0)
    wide = [max((len(row[i]) for row in rows if i < len(row)), default=0) for i in range(columns)]
    for row in rows:
        cells = [c.rjust(wide[i]) if i < right else c.ljust(wide[i]) for i, c in enumerate(row)]
        yield ("  " + "  ".join(cells)).rstrip()
