"""What is stored about handing over: what others changed of ours. See `schema` for how things are written."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Text, text
from sqlmodel import Field, SQLModel

# SQLite counts rows up only for INTEGER keys; PostgreSQL needs BIGINT to count that far.
Counter = BigInteger().with_variant(Integer(), "sqlite")


class Drift(SQLModel, table=True):
    """Somebody else changed a field of ours in a CRM: what we had left there, and what stood there."""

    id: int | None = Field(default=None, sa_column=Column(Counter, primary_key=True, autoincrement=True))
    key: str = Field(index=True)
    field: str
    ours: str = Field(sa_type=Text)
    theirs: str = Field(sa_type=Text)
    occurred_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger, index=True)


class Clock(SQLModel, table=True):
    """How one promise about a spell stood when it was last read. `due_at` and `stopped_at` 0: not known.

    Who owned the lead, and whose lead it was, is kept as it was then, so that reports need no second look.
    """

    episode: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    promise: str = Field(primary_key=True)
    person: int = Field(sa_type=BigInteger, index=True)
    definition: str
    owner: str
    territory: str
    partner: str
    tier: str
    started_at: int = Field(sa_type=BigInteger)
    target: int = Field(sa_type=BigInteger)
    due_at: int = Field(sa_type=BigInteger)
    stopped_at: int = Field(sa_type=BigInteger)
    state: str
    worked: int = Field(sa_type=BigInteger)
    passed: int = Field(sa_type=BigInteger)
    read_at: int = Field(sa_type=BigInteger)


class Breach(SQLModel, table=True):
    """A promise about a spell was seen broken, once and for ever; whom we told, and when (0: nobody)."""

    episode: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    promise: str = Field(primary_key=True)
    person: int = Field(sa_type=BigInteger, index=True)
    due_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    escalated_at: int = Field(sa_type=BigInteger)
    escalated_to: str


class Assignment(SQLModel, table=True):
    """Who was given a spell from `since` on, and how; `cause` says why nobody was. The latest row holds.

    `connection` and `record` are where the task stands, `record_owner` who owned her there when it was
    decided. `carrier` is the spell whose task stands for this one: its own, or a colleague's.
    """

    __table_args__ = (
        Index(
            "assignment_lost", "cause", sqlite_where=text("cause <> ''"), postgresql_where=text("cause <> ''")
        ),
    )
    id: int | None = Field(default=None, sa_column=Column(Counter, primary_key=True, autoincrement=True))
    episode: int = Field(sa_type=BigInteger, index=True)
    person: int = Field(sa_type=BigInteger, index=True)
    connection: str
    record: str
    owner_id: str
    record_owner: str
    territory: str
    how: str
    cause: str
    carrier: int = Field(sa_type=BigInteger, index=True)
    since: int = Field(sa_type=BigInteger)


class Turn(SQLModel, table=True):
    """How many leads of a territory somebody was given in turn."""

    territory: str = Field(primary_key=True)
    owner: str = Field(primary_key=True)
    leads: int = Field(sa_type=BigInteger)


class Seat(SQLModel, table=True):
    """A person who waits for sales, or is worked on, belongs to a company under this name."""

    person: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    company: str = Field(primary_key=True, index=True)


class Custody(SQLModel, table=True):
    """A partner has a person from `given_at` on. `ended_at` may lie ahead, where a recall is due; 0: open.

    `source` is what handed her over: `field` (a human), `rule` (the partner takes its MQLs) or `reason`
    (sales said so). `ended_by` is returned, recalled, passed on, or "" while it is open.
    """

    person: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    given_at: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    partner: str = Field(index=True)
    ended_at: int = Field(sa_type=BigInteger)
    ended_by: str
    source: str


class PartnerLead(SQLModel, table=True):
    """A lead as a partner told us of it in a file; `kind` is the evidence that the row is.

    `occurred_at` is the partner's date, 0 where the row has none. `is_mql`: by the partner's own way of
    counting. `row` is where it stood in the file that was read last.
    """

    __tablename__ = "partner_lead"
    partner: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True, index=True)
    occurred_at: int = Field(sa_type=BigInteger)
    status: str
    is_mql: bool
    first_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    file: str
    row: int


class PartnerClaim(SQLModel, table=True):
    """A partner's evidence about a person as it was judged last: claims that won, and what lost to whom.

    Evidence that lost in the same way is one row, dated by its first (`at`) and its latest (`last_at`). A
    claim that won holds in [at, until). `partner` is `own` for own marketing.
    """

    __tablename__ = "partner_claim"
    person: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    partner: str = Field(primary_key=True, index=True)
    kind: str = Field(primary_key=True)
    at: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    wins: bool
    until: int = Field(sa_type=BigInteger)
    why: str
    rival: str
    rival_kind: str
    rival_at: int = Field(sa_type=BigInteger)
    last_at: int = Field(sa_type=BigInteger)
    times: int


class LongText(SQLModel, table=True):
    """The whole of a text that is too long for its label, which is how it begins."""

    __tablename__ = "long_text"
    label: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    text: str = Field(sa_type=Text)


class Remark(SQLModel, table=True):
    """Something in the word of sales that somebody must look at: a dispute, a reason that is in no list."""

    person: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    about: str = Field(primary_key=True)
    said: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    who: str = Field(primary_key=True)
    note: str


class TaskState(SQLModel, table=True):
    """How a task of ours stood in its CRM when it was last read. `key` is the record that it is about."""

    __tablename__ = "task_state"
    connection: str = Field(primary_key=True)
    crm_id: str = Field(primary_key=True)
    key: str = Field(index=True)
    status: str
    owner_id: str
    due_at: int = Field(sa_type=BigInteger)
    completed_at: int = Field(sa_type=BigInteger)
    changed_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    is_closed: bool
    is_deleted: bool
