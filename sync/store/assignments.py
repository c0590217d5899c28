"""Who was given which spell's task, since when and how; whose turn it is; who works at one company.

Another owner is another row, so that a clock can tell who had the lead when. Where the owner stays, the
latest row is brought up to date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass, fields

from sqlalchemy import Connection, text

from sync.store.engine import Store
from sync.store.people import rows_in

_COLUMNS = (
    "episode, person, connection, record, owner_id, record_owner, territory, how, cause, carrier, since"
)
_LATEST = "a.id = (SELECT MAX(n.id) FROM assignment n WHERE n.episode = a.episode)"
_OPEN = """
SELECT e.person FROM assignment a JOIN episode e ON e.id = a.episode WHERE e.ended_at = 0
AND a.id = (SELECT MAX(n.id) FROM assignment n WHERE n.episode = a.episode) AND {}
"""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who has a spell from `since` on. `owner_id` is the id in `connection`, "" where nobody could take it:
    then `cause` says why.

    `how` is "owner" (of her record), "account" (has a colleague's task), "territory" (it was her turn),
    "given before", "stand-in" (the default owner) or "". `record` is the key of the row that carries the
    task, `record_owner` who owned it then. `carrier` is the spell whose task it is: this one, or that of a
    colleague whom she joined.
    """

    episode: int
    person: int
    connection: str
    record: str
    owner_id: str
    record_owner: str
    territory: str
    how: str
    cause: str
    carrier: int
    since: int


def assigned(tx: Connection, episodes: Iterable[int]) -> dict[int, list[Assignment]]:
    """These are the assignments of each of these spells that has any, the oldest first."""
    rows = rows_in(
        tx,
        f"SELECT {_COLUMNS} FROM assignment WHERE episode IN :values ORDER BY id",  # noqa: S608
        episodes,
    )
    found: dict[int, list[Assignment]] = {}
    for row in rows:
        found.setdefault(row.episode, []).append(Assignment(*row))
    return found


def latest_of(tx: Connection, people: Iterable[int]) -> dict[int, Assignment]:
    """These are the assignments that hold of all spells of these people, by spell."""
    sql = f"SELECT {_COLUMNS} FROM assignment a WHERE person IN :values AND {_LATEST}"  # noqa: S608
    return {row.episode: Assignment(*row) for row in rows_in(tx, sql, people)}


def save_assignments(store: Store, tx: Connection, news: Iterable[Assignment]) -> None:
    """This adds rows; those before them stay."""
    marks = ", ".join("?" * len(fields(Assignment)))
    store.many(tx, f"INSERT INTO assignment ({_COLUMNS}) VALUES ({marks})", [astuple(one) for one in news])  # noqa: S608


def mend(store: Store, tx: Connection, known: Iterable[Assignment]) -> None:
    """This brings rows that go on up to date: where the task stands, whose it is, why nobody can take it."""
    sql = (
        "UPDATE assignment SET record = ?, record_owner = ?, cause = ?, carrier = ? "
        "WHERE id = (SELECT MAX(n.id) FROM assignment n WHERE n.episode = ?)"
    )
    rows = [(one.record, one.record_owner, one.cause, one.carrier, one.episode) for one in known]
    store.many(tx, sql, rows)


def joined(tx: Connection, carriers: Iterable[int]) -> dict[int, list[int]]:
    """These are the people whose open spells another one's task stands for, by the spell of that task."""
    sql = (
        f"SELECT a.carrier, e.person FROM assignment a JOIN episode e ON e.id = a.episode AND {_LATEST} "  # noqa: S608
        "WHERE a.carrier IN :values AND a.episode <> a.carrier AND e.ended_at = 0 "
        "ORDER BY e.qualified_at, e.id"
    )
    found: dict[int, list[int]] = {}
    for row in rows_in(tx, sql, carriers):
        found.setdefault(row.carrier, []).append(row.person)
    return found


def lost_at(tx: Connection, companies: Iterable[str]) -> set[int]:
    """These are the people of these companies whom nobody can take."""
    sql = _OPEN.format("a.cause <> '' AND e.person IN (SELECT person FROM seat WHERE company IN :values)")
    return {row.person for row in rows_in(tx, sql, companies)}


def wake(store: Store, tx: Connection, people: Iterable[int]) -> None:
    """These people are due."""
    rows = [(person,) for person in sorted(people)]
    store.many(tx, "UPDATE person SET due_at = 0 WHERE id = ? AND merged_into IS NULL", rows)


def wake_carriers(store: Store, tx: Connection, episodes: Iterable[int]) -> None:
    """Whose open spells these are is due: somebody joined her task, or left it."""
    sql = (
        "UPDATE person SET due_at = 0 WHERE id IN (SELECT person FROM episode WHERE id = ? AND ended_at = 0)"
    )
    store.many(tx, sql, [(episode,) for episode in sorted(episodes)])


def wake_lost(store: Store, tx: Connection) -> None:
    """Everybody whom nobody could take is due."""
    wake(store, tx, set(tx.execute(text(_OPEN.format("a.cause <> ''"))).scalars()))


def wake_given_to(store: Store, tx: Connection, owners: Iterable[str]) -> None:
    """Whose task is with one of these owners (ids in any CRM) is due."""
    rows = rows_in(tx, _OPEN.format("a.owner_id IN :values"), owners)
    wake(store, tx, {row.person for row in rows})


def wake_unsent(tx: Connection) -> None:
    """Whose task waits and was never sent is due."""
    sql = "purpose = 'task' AND state = 'pending' AND attempts = 0"
    tx.execute(text(f"UPDATE person SET due_at = 0 WHERE id IN (SELECT person FROM intent WHERE {sql})"))  # noqa: S608


def seats_of(tx: Connection, people: Iterable[int]) -> dict[int, set[str]]:
    """These are the names of the companies at which these people are worked on."""
    found: dict[int, set[str]] = {}
    for row in rows_in(tx, "SELECT person, company FROM seat WHERE person IN :values", people):
        found.setdefault(row.person, set()).add(row.company)
    return found


def save_seats(
    store: Store, tx: Connection, before: Mapping[int, Collection[str]], after: Mapping[int, Collection[str]]
) -> None:
    """This brings the seats of the people in `before` and `after` to what `after` says."""
    old = {(person, name) for person, names in before.items() for name in names}
    new = {(person, name) for person, names in after.items() for name in names}
    store.many(tx, "DELETE FROM seat WHERE person = ? AND company = ?", sorted(old - new))
    store.many(tx, "INSERT INTO seat (person, company) VALUES (?, ?)", sorted(new - old))


def at_work(tx: Connection, companies: Iterable[str]) -> list[tuple[str, bool, Assignment]]:
    """This is who was given somebody of these companies, the latest first: the company's name, whether the
    spell is open, and the assignment."""
    columns = ", ".join(f"a.{name}" for name in _COLUMNS.split(", "))
    sql = (
        f"SELECT s.company, e.ended_at, {columns} FROM seat s JOIN assignment a ON a.person = s.person "  # noqa: S608
        "JOIN episode e ON e.id = a.episode WHERE s.company IN :values AND a.owner_id <> '' "
        f"AND {_LATEST} ORDER BY a.id DESC"
    )
    return [(row[0], not row[1], Assignment(*row[2:])) for row in rows_in(tx, sql, companies)]


def turns_of(tx: Connection) -> dict[str, dict[str, int]]:
    """This is how many leads of each territory its owners were given in turn."""
    found: dict[str, dict[str, int]] = {}
    for row in tx.execute(text("SELECT territory, owner, leads FROM turn")):
        found.setdefault(row.territory, {})[row.owner] = row.leads
    return found


def save_turns(store: Store, tx: Connection, turns: Mapping[str, Mapping[str, int]]) -> None:
    """This keeps the counts, in the transaction that means the tasks."""
    rows = [
        (territory, owner, leads) for territory, owners in turns.items() for owner, leads in owners.items()
    ]
    sql = (
        "INSERT INTO turn (territory, owner, leads) VALUES (?, ?, ?) "
        "ON CONFLICT (territory, owner) DO UPDATE SET leads = excluded.leads"
    )
    store.many(tx, sql, rows)


def unrouted(tx: Connection) -> list[Assignment]:
    """These are open spells that nobody can take, the oldest first."""
    sql = (
        f"SELECT {_COLUMNS} FROM assignment a WHERE cause <> '' AND {_LATEST} "  # noqa: S608
        "AND EXISTS (SELECT 1 FROM episode e WHERE e.id = a.episode AND e.ended_at = 0) ORDER BY since, id"
    )
    return [Assignment(*row) for row in tx.execute(text(sql))]
