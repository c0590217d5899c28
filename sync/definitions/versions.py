"""Which versions of definitions count from when, given what was kept and what stands in the files now.

Pure. History is never rewritten: what has begun to judge keeps its beginning and its meaning, and ends
at the earliest now. A draft or a trial may change as it likes, for nothing rests on it. A definition
whose file is gone, or that went back to an older version, ends now; whatever comes (back) without a
date begins now. Only what the very first look finds has been in force from the beginning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace

from config.errors import ConfigError, Problem
from scoring.context import Context
from scoring.definitions.book import Book, counts
from scoring.definitions.definition import Definition


@dataclass(frozen=True, slots=True)
class Written:
    """One definition as it stands in a file. `line` is where its version stands."""

    definition: Definition
    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One stretch of a version, as the store keeps it: its terms have the dates that hold.

    `id` is 0 as long as it is not stored.
    """

    definition: Definition
    first_seen_at: int
    text: str
    id: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.definition.name, self.definition.version


def book_of(kept: Sequence[Kept]) -> Book:
    """This is everything by which people are or were judged, and what is computed beside it."""
    return Book(tuple(one.definition for one in kept))


def mark(kept: Sequence[Kept], context: Context) -> str:
    """This changes with everything that verdicts rest on besides what is known of people."""
    return fingerprint([[one.definition for one in kept], context])


def fingerprint(value: object) -> str:
    """This is the same for equal values, in every process."""
    return hashlib.sha256(repr(_plain(value)).encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    """This writes equal values equally, whatever the order in which sets and mappings have them."""
    if is_dataclass(value):
        return type(value).__name__, [_plain(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, Mapping):
        return sorted((name, _plain(one)) for name, one in value.items())
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value


def brought_up(kept: Sequence[Kept], written: Sequence[Written], now: int) -> tuple[Kept, ...]:
    """This is what to keep from now on, older versions included.

    Raises `ConfigError` where a version that counts was changed without a new number.
    """
    if problems := [one for one in (_refused(kept, each) for each in written) if one]:
        raise ConfigError(problems)
    if not kept:
        return tuple(Kept(one.definition, now, one.text) for one in written)
    present = {(one.definition.name, one.definition.version) for one in written}
    rows = list(kept)
    for one in written:
        rows = _with(rows, one, present, now)
    going_on = {one.definition.name for one in written if not _is_over(one.definition, now)}
    return tuple(_without_file(row, present, going_on, now) for row in rows)


def _refused(kept: Sequence[Kept], one: Written) -> Problem | None:
    last = _last(kept, one)
    if last is None or is_beside(last.definition):
        return None
    if last.definition.fingerprint == one.definition.fingerprint or last.text == one.text:
        return None
    what = f"version {one.definition.version} of `{one.definition.name}` was another one so far"
    return Problem(one.file, one.line, "version", what, "raise the version, so that its past stays as it was")


def _with(rows: Sequence[Kept], one: Written, present: Collection[tuple[str, str]], now: int) -> list[Kept]:
    """This takes in one definition from the files."""
    definition, last = one.definition, _last(rows, one)
    if last is None:
        return [*rows, Kept(_dated(definition, now), now, one.text)]
    if is_beside(last.definition):
        return _put(rows, last, replace(last, definition=_dated(definition, now), text=one.text))
    is_same = last.definition.fingerprint == definition.fingerprint
    is_over = _is_over(last.definition, now)
    ends = _is_over(definition, now) and not is_beside(definition)
    if is_over and ends:
        return list(rows)
    if is_same and ends:
        return _put(rows, last, replace(last, definition=_amended(last.definition, definition, now)))
    if is_same and counts(definition) and not is_over and not _overtaken(rows, last, present, now):
        amended = _amended(last.definition, definition, now)
        return _put(rows, last, replace(last, definition=amended, text=one.text))
    ended = rows if is_over else _put(rows, last, replace(last, definition=_ended(last.definition, now)))
    return [*ended, Kept(_dated(definition, now), now, one.text)]


def _without_file(
    row: Kept, present: Collection[tuple[str, str]], going_on: Collection[str], now: int
) -> Kept:
    """This ends what no file holds any more; an older version goes on until a newer one begins."""
    terms = row.definition.terms
    if row.key in present or _is_over(row.definition, now):
        return row
    if is_beside(row.definition):
        never = replace(terms, state="retired", retired_at=0)
        return replace(row, definition=replace(row.definition, terms=never))
    if terms.effective_at > now or row.definition.name not in going_on:
        return replace(row, definition=_ended(row.definition, now))
    return row


def _overtaken(rows: Sequence[Kept], last: Kept, present: Collection[tuple[str, str]], now: int) -> bool:
    """This tells whether a version that no file holds any more has followed this one."""
    since = last.definition.terms.effective_at
    return any(
        row.definition.name == last.definition.name
        and row.key not in present
        and counts(row.definition)
        and not _is_over(row.definition, now)
        and since < row.definition.terms.effective_at <= now
        for row in rows
    )


def _last(rows: Sequence[Kept], one: Written) -> Kept | None:
    key = (one.definition.name, one.definition.version)
    return next((row for row in reversed(rows) if row.key == key), None)


def _put(rows: Sequence[Kept], old: Kept, new: Kept) -> list[Kept]:
    return [new if row is old else row for row in rows]


def is_beside(definition: Definition) -> bool:
    return definition.terms.trial or definition.terms.state == "draft"


def _is_over(definition: Definition, now: int) -> bool:
    terms = definition.terms
    return 0 < terms.retired_at <= now or (terms.state == "retired" and not terms.retired_at)


def _dated(definition: Definition, now: int) -> Definition:
    """This lets a definition begin at its date, but not in the past."""
    if not counts(definition):
        return definition
    terms = definition.terms
    return replace(definition, terms=replace(terms, effective_at=max(terms.effective_at, now)))


def _amended(kept: Definition, written: Definition, now: int) -> Definition:
    """This takes over what may change without a new version: names, dates that lie ahead, retirement."""
    was, terms = kept.terms, written.terms
    effective_at = was.effective_at if was.effective_at <= now else max(terms.effective_at, now)
    retired_at = was.retired_at
    if not 0 < was.retired_at <= now:
        ends = terms.state == "retired" or terms.retired_at > 0
        retired_at = max(terms.retired_at, now) if ends else 0
    return replace(kept, terms=replace(terms, effective_at=effective_at, retired_at=retired_at))


def _ended(definition: Definition, now: int) -> Definition:
    return replace(definition, terms=replace(definition.terms, state="retired", retired_at=now))
