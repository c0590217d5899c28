"""Hand-off and partners: who was given a lead, how its clock stands, what partners told us."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _safety()


def _safety() -> None:
    op.create_table(
        "drift",
        sa.Column("id", COUNTER, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_drift_key", "drift", ["key"])
    op.create_index("ix_drift_seen_at", "drift", ["seen_at"])
    op.add_column("intent", sa.Column("run", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("verdict", sa.Column("held_out", sa.Boolean(), nullable=False, server_default=sa.false()))
