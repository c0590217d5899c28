"""Everything about a person that scoring reads, packed into one row, so that reading everybody is cheap.

A pack is a copy and never the truth. Three rules keep it equal to the rows. It is made from committed
rows inside a writing transaction. Whoever changes which rows are a person's, or takes the `fresh` mark
off a row, drops her pack in the same transaction. And whoever reads packs leaves out people with fresh
rows (`sync.store.facts`). So a pack may be missing at any time, but one that is read is right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import orjson
from sqlalchemy import Connection, bindparam, text

from scoring.links import PROVENANCES
from scoring.touches import ALWAYS, ATTRIBUTE_FIELDS, Attributes, Codes, Facts, Touches
from sync.store.engine import Store
from sync.store.labels import chunks, read_labels
from sync.store.mail_links import links_known

CHUNK = 5_000
TEXTS_MAX = 500_000

TEXT_COLUMNS = ("kind", "asset", "page", "campaign", "url", "referrer")
TOUCH = np.dtype(
    [("id", "<i8"), ("at", "<i8"), ("recorded_at", "<i8"), ("seconds", "<i4"), ("source", "<i4")]
    + [(name, "<i4") for name in TEXT_COLUMNS]
)
# Packs of another layout do not count. Count the first number up when the meaning of a pack changes.
LAYOUT = crc32(repr((3, TOUCH.descr, ATTRIBUTE_FIELDS, PROVENANCES)).encode()) >> 1
BETWEEN = "\x1f"  # two values: ASCII's own separator, which no CRM has a use for

_COLUMNS = "SELECT person, touches, known, told FROM timeline WHERE layout = :layout AND person "
_SOME = text(_COLUMNS + "IN :people ORDER BY person").bindparams(bindparam("people", expanding=True))
_RANGE = text(_COLUMNS + "BETWEEN :first AND :last ORDER BY person")
_SAVE = """
INSERT INTO timeline (person, layout, touches, known, told) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (person) DO UPDATE SET layout = excluded.layout, touches = excluded.touches,
  known = excluded.known, told = excluded.told
"""


class Pack(NamedTuple):
    """One person's facts: her touches in order as `TOUCH` records, texts as label numbers (the kind's is
    negative where the CRM says that a program did it); what was always known of her, a value for each of
    ATTRIBUTE_FIELDS; what was told later, as JSON: at, field, value, at, …
    """

    person: int
    touches: bytes
    known: bytes
    told: bytes


def pack(person: int, touches: bytes, known: Mapping[str, str], told: Sequence[int | str]) -> Pack:
    """This packs one person; `known` names fields of ATTRIBUTE_FIELDS only."""
    values = (known.get(name, "").replace(BETWEEN, " ") for name in ATTRIBUTE_FIELDS)
    return Pack(person, touches, BETWEEN.join(values).encode(), orjson.dumps(told))


def read_packs(tx: Connection, people: Sequence[int]) -> dict[int, Pack]:
    """These are the packs that are stored for the people (ascending)."""
    found: list[Any] = []
    if people and people[-1] - people[0] < 2 * len(people):
        found += tx.execute(_RANGE, {"layout": LAYOUT, "first": people[0], "last": people[-1]}).all()
        if len(found) > len(people):
            wanted = frozenset(people)
            found = [row for row in found if row.person in wanted]
    else:
        for some in chunks(people, CHUNK):
            found += tx.execute(_SOME, {"layout": LAYOUT, "people": list(some)}).all()
    return {row[0]: row for row in found}  # its columns are a pack's: to make one of each takes longer


def save_packs(store: Store, tx: Connection, packs: Iterable[Pack]) -> None:
    """This keeps packs; `tx` must be the writing transaction in which they were made from the rows."""
    store.many(tx, _SAVE, [(one.person, LAYOUT, one.touches, one.known, one.told) for one in packs])


def drop_packs(store: Store, tx: Connection, people: Iterable[int]) -> None:
    """This forgets copies: these people's rows are about to change hands, to be edited or removed."""
    store.many(tx, "DELETE FROM timeline WHERE person = ?", [(person,) for person in people])


def unpack(tx: Connection, packs: Sequence[Pack], texts: dict[int, str] | None = None) -> Facts:
    """This puts the packs of people 0, 1, … together as columns.

    `texts` remembers label texts between calls; labels never change once they are committed.
    """
    if not packs:
        return Facts(0, Touches(), Attributes())
    _, touches, known, told = zip(*packs, strict=True)
    return Facts(len(packs), _touches(tx, touches, {} if texts is None else texts), _attributes(known, told))


def _touches(tx: Connection, blobs: Sequence[bytes], texts: dict[int, str]) -> Touches:
    table = np.frombuffer(b"".join(blobs), TOUCH)
    if not len(table):
        return Touches()
    counts = np.fromiter(map(len, blobs), np.int64, len(blobs)) // TOUCH.itemsize
    columns: dict[str, Any] = {name: table[name].copy() for name in TOUCH.names or ()}
    columns["is_machine"] = columns["kind"] < 0
    np.abs(columns["kind"], out=columns["kind"])
    used = np.zeros(max(int(columns[name].max()) for name in TEXT_COLUMNS) + 1, np.bool_)
    used[0] = True
    for name in TEXT_COLUMNS:
        used[columns[name]] = True
    numbers = np.flatnonzero(used)
    codes = np.zeros(len(used), np.int32)
    codes[numbers] = np.arange(len(numbers), dtype=np.int32)
    labels = _texts(tx, numbers.tolist(), texts)
    click = int(numbers[labels.index("email_click")]) if "email_click" in labels else -1
    columns["mail_links"] = _mail_links(tx, columns, click)
    for name in TEXT_COLUMNS:
        columns[name] = codes[columns[name]]
    person = np.repeat(np.arange(len(blobs), dtype=np.int32), counts)
    return Touches(labels=labels, person=person, **columns)


def _mail_links(tx: Connection, columns: Mapping[str, Any], click: int) -> Codes:
    """Links are not in the packs: a mail's are everybody's, and change without hers."""
    links: Codes = np.zeros(len(columns["kind"]), np.int32)
    clicks = np.flatnonzero(columns["kind"] == click)
    if len(clicks):
        links[clicks] = links_known(tx, columns["asset"][clicks], columns["campaign"][clicks])
    return links


def _texts(tx: Connection, numbers: Sequence[int], texts: dict[int, str]) -> list[str]:
    if len(texts) > TEXTS_MAX:
        texts.clear()
    texts[0] = ""
    texts.update(read_labels(tx, [number for number in numbers if number not in texts]))
    return [texts[number] for number in numbers]


def _attributes(known: Sequence[bytes], told: Sequence[bytes]) -> Attributes:
    """This lists what was always known before what was told later, which is by person and in order."""
    code: defaultdict[str, int] = defaultdict(count().__next__)  # texts get numbers as they are met
    code[""]
    names = np.array([code[name] for name in ATTRIBUTE_FIELDS], np.int32)
    values = BETWEEN.encode().join(known).decode().split(BETWEEN)
    table = np.fromiter(map(code.__getitem__, values), np.int32, len(values)).reshape(len(known), -1)
    person, field = np.nonzero(table)
    later: list[list[Any]] = orjson.loads(b"[" + b",".join(told) + b"]")
    flat = list(chain.from_iterable(later))
    codes = np.fromiter(map(code.__getitem__, chain(flat[1::3], flat[2::3])), np.int32, len(flat) // 3 * 2)
    count_told = np.fromiter(map(len, later), np.int64, len(later)) // 3
    return Attributes(
        list(code),
        np.concatenate((person, np.repeat(np.arange(len(known)), count_told))).astype(np.int32),
        np.concatenate((np.full(len(person), ALWAYS, np.int64), np.array(flat[0::3], np.int64))),
        np.concatenate((names[field], codes[: len(codes) // 2])),
        np.concatenate((table[person, field], codes[len(codes) // 2 :])),
    )
