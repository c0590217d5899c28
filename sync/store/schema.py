"""What is stored. Instants are int64 microseconds UTC (0 = none); keys are texts as in `connectors.records`.

Facts are kept as they came (`record`, `touch`, `change`); who a person is (`edge`, `identity`), what
we think of them (`verdict`, `episode`) and what we mean to write (`plan`, `intent`) is derived and can
be computed again.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlmodel import Field, SQLModel

from sync.store.schema_handoff import Counter, Drift

__all__ = ["Drift"]


def _counter() -> Column[int]:
    return Column(Counter, primary_key=True, autoincrement=True)


class Cursor(SQLModel, table=True):
    """How far one stream of one connection has been read."""

    connection: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    position: str = Field(sa_type=Text)
    caught_up_at: int = Field(default=0, sa_type=BigInteger)
    pages: int = Field(default=0, sa_type=BigInteger)
    rows_read: int = Field(default=0, sa_type=BigInteger)


class Record(SQLModel, table=True):
    """One CRM row as last seen. `fresh` until `resolve` has looked at it."""

    __table_args__ = (
        # By key, as `resolve` takes them: by any other column, a few fresh rows would cost a walk over all.
        Index("record_fresh", "key", sqlite_where=text("fresh"), postgresql_where=text("fresh")),
        Index(
            "record_company",
            "company",
            sqlite_where=text("company <> ''"),
            postgresql_where=text("company <> ''"),
        ),
        Index(
            "record_owner",
            "key",
            sqlite_where=text("kind = 'owner'"),
            postgresql_where=text("kind = 'owner'"),
        ),
    )
    key: str = Field(primary_key=True)
    connection: str
    kind: str
    record_id: str
    stamp: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    ingested_at: int = Field(sa_type=BigInteger)
    deleted: bool = False
    fresh: bool = True
    company: str = ""
    attributes: str = Field(sa_type=Text)
    own: str = Field(sa_type=Text)
    names: str = Field(sa_type=Text)


class Change(SQLModel, table=True):
    """One attribute of one record took another value. Together these are its history."""

    id: int | None = Field(default=None, sa_column=_counter())
    key: str = Field(index=True)
    field: str
    before: str = Field(sa_type=Text)
    value: str = Field(sa_type=Text)
    occurred_at: int = Field(sa_type=BigInteger)
    recorded_at: int = Field(sa_type=BigInteger)
    ingested_at: int = Field(sa_type=BigInteger)


class Label(SQLModel, table=True):
    """A text that many touches share: a kind, a page, a URL."""

    id: int | None = Field(default=None, sa_column=_counter())
    text: str = Field(sa_column=Column(Text, unique=True, nullable=False))


class Touch(SQLModel, table=True):
    """Something somebody did, under the key it came with. Texts are ids of `label`."""

    __table_args__ = (
        UniqueConstraint("connection", "source_id"),
        Index("touch_fresh", "fresh", sqlite_where=text("fresh"), postgresql_where=text("fresh")),
    )
    id: int | None = Field(default=None, sa_column=_counter())
    connection: str
    source_id: str
    key: str = Field(index=True)
    kind: int = Field(sa_type=BigInteger)
    occurred_at: int = Field(sa_type=BigInteger)
    recorded_at: int = Field(sa_type=BigInteger)
    ingested_at: int = Field(sa_type=BigInteger)
    asset: int = Field(sa_type=BigInteger)
    page: int = Field(sa_type=BigInteger)
    seconds: int = Field(sa_type=BigInteger)
    campaign: int = Field(sa_type=BigInteger)
    url: int = Field(sa_type=BigInteger)
    referrer: int = Field(sa_type=BigInteger)
    provenance: int = Field(sa_type=BigInteger)
    is_machine: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    fresh: bool = True


class MailLink(SQLModel, table=True):
    """A link of a mail (named by the labels of asset and campaign) that anybody has followed."""

    __tablename__ = "mail_link"
    asset: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    campaign: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    link: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class MailTour(SQLModel, table=True):
    """A person followed every known link of a mail; one more link would make it less than every."""

    __tablename__ = "mail_tour"
    __table_args__ = (Index("mail_tour_mail", "asset", "campaign"),)
    person: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    asset: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    campaign: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class Edge(SQLModel, table=True):
    """A record goes by this key. Records that share keys are one person."""

    record: str = Field(primary_key=True)
    key: str = Field(primary_key=True, index=True)
    reason: str


class Person(SQLModel, table=True):
    """One human being. `due_at` is when the verdict must be looked at again: 0 = now."""

    id: int | None = Field(default=None, sa_column=_counter())
    due_at: int = Field(default=0, sa_type=BigInteger, index=True)
    merged_into: int | None = Field(default=None, sa_type=BigInteger)


class Identity(SQLModel, table=True):
    """Which person a key belongs to, today."""

    key: str = Field(primary_key=True)
    person: int = Field(sa_type=BigInteger, index=True)


class Timeline(SQLModel, table=True):
    """A person's touches and attributes packed for scoring: a copy of the rows, see `timelines`."""

    person: int = Field(sa_column=Column(Counter, primary_key=True, autoincrement=False))
    layout: int
    touches: bytes = Field(sa_type=LargeBinary)
    known: bytes = Field(sa_type=LargeBinary)
    told: bytes = Field(sa_type=LargeBinary)


class Definition(SQLModel, table=True):
    """One version of a definition, in force in [effective_at, retired_at) or until a newer one is.

    A version that was taken back and came again has a row for each stretch. `body` is the whole meaning
    as JSON, `source` the text of the file.
    """

    id: int | None = Field(default=None, sa_column=_counter())
    name: str
    version: str
    fingerprint: str
    state: str
    trial: bool
    scope: str
    first_seen_at: int = Field(sa_type=BigInteger)
    effective_at: int = Field(sa_type=BigInteger)
    retired_at: int = Field(sa_type=BigInteger)
    body: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)


class Trial(SQLModel, table=True):
    """What a draft or a trial would say of a person. No CRM ever hears of it."""

    person: int = Field(sa_column=Column(Counter, primary_key=True, autoincrement=False))
    definition: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    status: str
    score: int = Field(sa_type=BigInteger)
    qualified_at: int = Field(sa_type=BigInteger)
    as_of: int = Field(sa_type=BigInteger)


class Verdict(SQLModel, table=True):
    """What we think of a person, and what the CRMs were told (`published`)."""

    person: int = Field(sa_column=Column(Counter, primary_key=True, autoincrement=False))
    as_of: int = Field(sa_type=BigInteger)
    definition: str
    version: str
    fingerprint: str
    status: str = Field(index=True)
    score: int = Field(sa_type=BigInteger)
    engagement: int = Field(sa_type=BigInteger)
    fit: int = Field(sa_type=BigInteger)
    grade: str
    exclusion: str
    qualified_at: int = Field(sa_type=BigInteger)
    recheck_at: int = Field(sa_type=BigInteger)
    partner: str
    published: str = Field(sa_type=Text)
    grid: str = Field(default="", sa_column_kwargs={"server_default": ""})
    would_be_mql: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    held_out: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class Episode(SQLModel, table=True):
    """One MQL spell. The id stays once tasks hang on it; late facts may move `qualified_at`. `recycled` is
    how often sales had sent her back before it began."""

    id: int | None = Field(default=None, sa_column=_counter())
    person: int = Field(sa_type=BigInteger, index=True)
    number: int
    definition: str
    version: str
    qualified_at: int = Field(sa_type=BigInteger)
    noticed_at: int = Field(sa_type=BigInteger)
    ended_at: int = Field(default=0, sa_type=BigInteger)
    ended_by: str = ""
    recycled: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class Plan(SQLModel, table=True):
    """A set of intents that is decided on together: open, held, released, done or superseded."""

    id: int | None = Field(default=None, sa_column=_counter())
    created_at: int = Field(sa_type=BigInteger)
    state: str
    fingerprint: str
    why_held: str = ""
    decided_at: int = Field(default=0, sa_type=BigInteger)


class Intent(SQLModel, table=True):
    """One change we mean to make in a CRM, written down before the call.

    `slot` makes a pending field change of a record, and a task for ever, unique. `before` is what
    stood in the CRM when the change was decided, `run` the run that settled it.
    """

    __table_args__ = (Index("intent_state", "state", "plan"), Index("intent_run", "run"))
    id: int | None = Field(default=None, sa_column=_counter())
    slot: str | None = Field(default=None, sa_column=Column(String, unique=True, nullable=True))
    plan: int = Field(sa_type=BigInteger)
    person: int = Field(sa_type=BigInteger, index=True)
    connection: str
    purpose: str
    key: str
    payload: str = Field(sa_type=Text)
    before: str = Field(sa_type=Text)
    state: str
    run: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    attempts: int = 0
    not_before: int = Field(default=0, sa_type=BigInteger)
    crm_id: str = ""
    error: str = ""
    remedy: str = ""
    created_at: int = Field(sa_type=BigInteger)
    settled_at: int = Field(default=0, sa_type=BigInteger)


class Hint(SQLModel, table=True):
    """A CRM told that a record changed. The row stays for a while, so that the same news told again is
    recognised. `portal` is the account that the news came from."""

    __table_args__ = (
        Index(
            "hint_unread",
            "heard_at",
            sqlite_where=text("read_at = 0"),
            postgresql_where=text("read_at = 0"),
        ),
    )
    connection: str = Field(primary_key=True)
    event: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    portal: str
    heard_at: int = Field(sa_type=BigInteger)
    read_at: int = Field(sa_type=BigInteger)


class Quarantine(SQLModel, table=True):
    """A row that could not be understood, kept whole with the reason."""

    __table_args__ = (UniqueConstraint("connection", "stream", "source_id"),)
    id: int | None = Field(default=None, sa_column=_counter())
    connection: str
    stream: str
    source_id: str
    reason: str
    raw: bytes = Field(sa_type=LargeBinary)
    first_at: int = Field(sa_type=BigInteger)
    last_at: int = Field(sa_type=BigInteger)
    times: int = 1


class Tombstone(SQLModel, table=True):
    """A name, hashed, of somebody who was erased; no later person gets a number up to `person_max`."""

    hash: str = Field(primary_key=True)
    person_max: int = Field(sa_type=BigInteger)
    erased_at: int = Field(sa_type=BigInteger)


class Run(SQLModel, table=True):
    """One cycle, as the ledger keeps it. `state` is running, done, failed or stopped."""

    id: int | None = Field(default=None, sa_column=_counter())
    command: str
    started_at: int = Field(sa_type=BigInteger)
    ended_at: int = Field(default=0, sa_type=BigInteger)
    state: str
    summary: str = Field(default="{}", sa_type=Text)
    error: str = ""


class Lease(SQLModel, table=True):
    """Who may write. The fence number rises with every change of hands and is checked in every commit."""

    name: str = Field(primary_key=True)
    owner: str
    fence: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)


class Tick(SQLModel, table=True):
    """A schedule fired. The row is the lock: whoever inserts it runs it, however many daemons there are."""

    schedule: str = Field(primary_key=True)
    at: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class Setting(SQLModel, table=True):
    """What the store remembers about itself: `live_from`, the definition last used, the workspace's id."""

    name: str = Field(primary_key=True)
    value: str = Field(sa_type=Text)
