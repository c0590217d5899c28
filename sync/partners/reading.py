"""A partner's file as rows: whatever program wrote it, every row is read, flagged or refused by its number.

Pure. Rows count from 1, the line with the names of columns. No finding repeats an address.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

from config.errors import nearest
from connectors.records import email_key
from scoring.identity import is_shared_mailbox
from scoring.touches import DAY, SECOND
from sync.errors import PartnerFileRefused

ROWS_MAX = 1_000_000
FIELD_MAX = 1_000_000
BYTES_MAX = 500_000_000
YEAR_MIN = 2000
DELIMITERS = ",;\t|"
Order = Literal["", "dmy", "mdy"]

# What columns are called where nobody says so; the first that is there counts.
USUAL = {
    "email": ("email", "e-mail", "email address", "e-mail address", "mail", "work email", "contact email"),
    "key": ("key", "crm id", "record id", "salesforce id", "hubspot id"),
    "date": ("date", "created", "created at", "created date", "mql date", "qualified", "registered", "day"),
    "status": ("status", "stage", "lead status", "lifecycle stage", "lead stage"),
}
MQL_WORDS = frozenset(
    {"mql", "sal", "sql", "qualified", "accepted", "opportunity", "customer", "won", "closed won"}
)
OTHER_WORDS = frozenset(
    {"", "lead", "new", "open", "inquiry", "nurture", "recycled", "rejected", "lost", "closed lost"}
    | {"disqualified", "unqualified"}
)
_KEY = re.compile(r"(hubspot:contact:\d{1,20}|salesforce:(?:lead|contact):[0-9A-Za-z]{15,18})")
_IN_BRACKETS = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>")
_NUMBERS = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a partner's files are to be read, as the registry or the caller says."""

    columns: Mapping[str, str]
    mql_statuses: tuple[str, ...] = ()
    dates: Order = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One lead of the partner's. `at` is 0 where the row has no date."""

    row: int
    key: str
    at: int
    status: str
    is_mql: bool


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something about a row that somebody should know; a refused row is not taken over."""

    row: int
    is_refused: bool
    what: str

    def __str__(self) -> str:
        return f"row {self.row}: {'refused: ' if self.is_refused else ''}{self.what}"


@dataclass(frozen=True, slots=True)
class Told:
    """What a file says, and what is odd about it."""

    leads: tuple[Listed, ...]
    findings: tuple[Finding, ...]


def read_file(raw: bytes, layout: Layout, now: int) -> Told:
    """This reads a whole file. Raises `PartnerFileRefused` where nothing of it can be read."""
    text, findings = _decoded(raw)
    reader = _rows(text)
    header = next(reader, None)
    if header is None:
        raise PartnerFileRefused("the file is empty")
    places, unread = _places(header, layout.columns)
    if unread:
        findings.append(Finding(1, is_refused=False, what=f"columns not read: {', '.join(unread)}"))
    if "date" not in places:
        findings.append(
            Finding(1, is_refused=False, what="no column has dates: all leads count from the import")
        )
    leads: dict[str, Listed] = {}
    for number, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if number > ROWS_MAX:
            raise PartnerFileRefused(f"the file has more than {ROWS_MAX} rows")
        found, lead = _lead(number, cells, len(header), places, layout, now)
        findings += found
        if lead is not None:
            findings += _repeated(leads.get(lead.key), lead)
            leads[lead.key] = _together(leads.get(lead.key), lead)
    return Told(tuple(leads.values()), tuple(sorted(findings)))


def _decoded(raw: bytes) -> tuple[str, list[Finding]]:
    if len(raw) > BYTES_MAX:
        raise PartnerFileRefused(f"the file has more than {BYTES_MAX} bytes")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace"), []
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        told = "the file is not UTF-8: it was read as Windows-1252"
        return raw.decode("cp1252", "replace"), [Finding(1, is_refused=False, what=told)]


def _rows(text: str) -> Iterator[list[str]]:
    first, _, rest = text.partition("\n")
    if first.strip().casefold().startswith("sep=") and len(first.strip()) == 5:
        delimiter, text = first.strip()[4], rest  # spreadsheets write this line for themselves
    else:
        plain = re.sub(r'"[^"]*"', "", first)
        delimiter = max(DELIMITERS, key=plain.count)
    csv.field_size_limit(FIELD_MAX)
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    try:
        yield from reader
    except csv.Error as error:
        raise PartnerFileRefused(f"line {reader.line_num} cannot be read: {error}") from error


def _places(header: Sequence[str], columns: Mapping[str, str]) -> tuple[dict[str, int], list[str]]:
    """This is where each column that is read stands, and the names of those that are not."""
    names = [" ".join(name.split()).casefold() for name in header]
    places: dict[str, int] = {}
    for column, usual in USUAL.items():
        wanted = columns.get(column)
        asked = (" ".join(wanted.split()).casefold(),) if wanted else usual
        place = next((names.index(name) for name in asked if name in names), None)
        if place is None and wanted:
            raise PartnerFileRefused(
                f"there is no column `{wanted}`; {nearest(wanted, filter(None, header))}"
            )
        if place is None:
            continue
        if names.count(names[place]) > 1:
            raise PartnerFileRefused(f"the column `{header[place]}` stands twice")
        places[column] = place
    if "email" not in places and "key" not in places:
        raise PartnerFileRefused(f"no column has e-mail addresses; there are {', '.join(header) or 'none'}")
    unread = [name.strip() or f"column {n + 1}" for n, name in enumerate(header) if n not in places.values()]
    return places, unread


def _lead(
    row: int, cells: Sequence[str], width: int, places: Mapping[str, int], layout: Layout, now: int
) -> tuple[list[Finding], Listed | None]:
    def flagged(what: str, *, is_refused: bool = False) -> Finding:
        return Finding(row, is_refused, what)

    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        return [flagged(f"has {len(cells)} cells, the first row has {width}", is_refused=True)], None
    cell = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
    key, odd = _key_of(cell)
    if not key:
        return [flagged(odd, is_refused=True)], None
    found = [flagged(odd)] if odd else []
    at, odd = _date_of(cell.get("date", ""), layout.dates, now)
    if at < 0:
        return [*found, flagged(odd, is_refused=True)], None
    found += [flagged(odd)] if odd and "date" in places else []
    status = " ".join(cell.get("status", "").split())
    is_mql, odd = _is_mql(status, layout.mql_statuses, has_column="status" in places)
    found += [flagged(odd)] if odd else []
    return found, Listed(row, key, at, status[:100], is_mql)


def _key_of(cell: Mapping[str, str]) -> tuple[str, str]:
    """This is the key of a row, and what is odd about it; no key: why the row cannot be taken."""
    if key := cell.get("key", ""):
        found = _KEY.fullmatch(key)
        return (key, "") if found else ("", "its key is none, such as hubspot:contact:123")
    said = cell.get("email", "")
    if not said:
        return "", "has no e-mail address"
    inside = _IN_BRACKETS.search(said)
    plain = (inside[1] if inside else said).removeprefix("mailto:").strip("'\"")
    key = email_key(plain)
    if not key or not re.fullmatch(r"[^\s@,;]+@[^\s@,;]+", plain):
        return "", "its e-mail address is none"
    if is_shared_mailbox(key):
        return key, "is a mailbox that people share: it matches nobody by its address"
    odd = "its e-mail address is written in odd case" if plain != plain.casefold() else ""
    return key, odd or ("more than an e-mail address stands in its cell" if plain != said else "")


def _date_of(said: str, order: Order, now: int) -> tuple[int, str]:
    """This is the instant (0: none is given, -1: the row cannot be taken), and what is odd about it."""
    if not said:
        return 0, "has no date: it counts from the import"
    try:
        at = _instant(said, order)
    except ValueError as error:
        return -1, str(error)
    if at > now + DAY:
        return -1, "its date lies in the future"
    return at, ""


def _instant(said: str, order: Order) -> int:
    found = _NUMBERS.match(said)
    if not found:
        raise ValueError("its date cannot be read; write it like 2026-11-23")
    one, mark, two, three = int(found[1]), found[2], int(found[3]), int(found[4])
    if len(found[1]) == 4:
        return _of_iso(f"{one:04}-{two:02}-{three:02}", said[found.end() :])
    if len(found[4]) != 4:
        raise ValueError("its date cannot be read; write it like 2026-11-23")
    is_day_first = order == "dmy" or (not order and (mark == "." or one > 12))
    if not order and mark != "." and one <= 12 and two <= 12 and one != two:
        raise ValueError("its date can be two days; say which by --dates dmy or --dates mdy")
    day, month = (one, two) if is_day_first else (two, one)
    return _of_iso(f"{three:04}-{month:02}-{day:02}", "")


def _of_iso(day: str, rest: str) -> int:
    try:
        moment = datetime.fromisoformat(day + rest.rstrip()) if rest.strip() else None
        moment = moment or datetime.combine(date.fromisoformat(day), datetime.min.time())
    except ValueError:
        raise ValueError("its date cannot be read; write it like 2026-11-23") from None
    if moment.year < YEAR_MIN:
        raise ValueError(f"its date lies before {YEAR_MIN}")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * SECOND


def _is_mql(status: str, mql_statuses: Sequence[str], *, has_column: bool) -> tuple[bool, str]:
    """Without a column of statuses, whoever is on the list is one."""
    word = status.casefold()
    if not has_column:
        return True, ""
    if mql_statuses:
        return word in mql_statuses, ""
    if word in MQL_WORDS or word in OTHER_WORDS:
        return word in MQL_WORDS, ""
    return (
        False,
        f"its status `{status[:40]}` says nothing to us: no MQL; name it in `mql_statuses` if it is one",
    )


def _repeated(before: Listed | None, lead: Listed) -> list[Finding]:
    if before is None:
        return []
    differs = (before.at, before.status) != (lead.at, lead.status)
    more = " with another date or status: the earlier date counts, and MQL if one says so" if differs else ""
    return [Finding(lead.row, is_refused=False, what=f"repeats row {before.row}{more}")]


def _together(before: Listed | None, lead: Listed) -> Listed:
    if before is None:
        return lead
    at = min(filter(None, (before.at, lead.at)), default=0)
    strong = lead if lead.is_mql and not before.is_mql else before
    return replace(before, at=at, status=strong.status, is_mql=strong.is_mql)
