"""What scoring reads about a person, packed into one row; fresh records are found by key.

The packs fill themselves as people are judged.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "timeline",
        sa.Column(
            "person",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("layout", sa.Integer(), nullable=False),
        sa.Column("touches", sa.LargeBinary(), nullable=False),
        sa.Column("known", sa.LargeBinary(), nullable=False),
        sa.Column("told", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.drop_index("record_fresh", table_name="record")
    op.create_index(
        "record_fresh",
        "record",
        ["key"],
        unique=False,
        sqlite_where=sa.text("fresh"),
        postgresql_where=sa.text("fresh"),
    )
