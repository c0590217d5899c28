"""What is stored about handing over: what others changed of ours. See `schema` for how things are written."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Text
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
