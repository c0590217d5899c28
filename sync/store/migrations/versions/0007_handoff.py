"""Hand-off and partners: who was given a lead, how its clock stands, what partners told us."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _custody()
    _assignments()
    _clocks()
    _safety()
    _partners()
    _long_texts()
    _task_states()


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
    op.create_index("intent_run", "intent", ["run"])
    op.add_column("verdict", sa.Column("held_out", sa.Boolean(), nullable=False, server_default=sa.false()))


def _clocks() -> None:
    texts = ("definition", "owner", "territory", "partner", "tier", "state")
    instants = ("started_at", "target", "due_at", "stopped_at", "worked", "passed", "read_at")
    op.create_table(
        "clock",
        sa.Column("episode", sa.BigInteger(), nullable=False),
        sa.Column("promise", sa.String(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in texts),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in instants),
        sa.PrimaryKeyConstraint("episode", "promise"),
    )
    op.create_index("ix_clock_person", "clock", ["person"])
    op.create_table(
        "breach",
        sa.Column("episode", sa.BigInteger(), nullable=False),
        sa.Column("promise", sa.String(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("due_at", "seen_at", "escalated_at")),
        sa.Column("escalated_to", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("episode", "promise"),
    )
    op.create_index("ix_breach_person", "breach", ["person"])


def _assignments() -> None:
    op.create_table(
        "assignment",
        sa.Column("id", COUNTER, primary_key=True, autoincrement=True),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("episode", "person", "carrier", "since")
        ),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("connection", "record", "owner_id")),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("record_owner", "territory", "how", "cause")
        ),
    )
    for column in ("episode", "person", "carrier"):
        op.create_index(f"ix_assignment_{column}", "assignment", [column])
    lost = sa.text("cause <> ''")
    op.create_index("assignment_lost", "assignment", ["cause"], sqlite_where=lost, postgresql_where=lost)
    op.create_table(
        "turn",
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("leads", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "owner"),
    )
    op.create_table(
        "seat",
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person", "company"),
    )
    op.create_index("ix_seat_company", "seat", ["company"])
    owner = sa.text("kind = 'owner'")
    op.create_index("record_owner", "record", ["key"], sqlite_where=owner, postgresql_where=owner)


def _custody() -> None:
    op.create_table(
        "custody",
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person", "given_at"),
    )
    op.create_index("ix_custody_partner", "custody", ["partner"])
    op.create_table(
        "remark",
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("about", "said", "reason", "who")),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person", "at", "about", "said", "reason", "who"),
    )
    op.add_column("episode", sa.Column("recycled", sa.Integer(), nullable=False, server_default="0"))


def _partners() -> None:
    op.create_table(
        "partner_lead",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("partner", "kind", "key")),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("occurred_at", "first_at", "seen_at")
        ),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("status", "file")),
        sa.Column("is_mql", sa.Boolean(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "kind", "key"),
    )
    op.create_index("ix_partner_lead_key", "partner_lead", ["key"])
    op.create_table(
        "partner_claim",
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("person", "at", "until")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("rival_at", "last_at")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("partner", "kind", "why")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("rival", "rival_kind")),
        sa.Column("wins", sa.Boolean(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person", "partner", "kind", "at"),
    )
    op.create_index("ix_partner_claim_partner", "partner_claim", ["partner"])


def _long_texts() -> None:
    op.create_table(
        "long_text",
        sa.Column("label", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("label"),
    )


def _task_states() -> None:
    op.create_table(
        "task_state",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("connection", "crm_id")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("key", "status", "owner_id")),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("due_at", "completed_at", "changed_at", "seen_at")
        ),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("is_closed", "is_deleted")),
        sa.PrimaryKeyConstraint("connection", "crm_id"),
    )
    op.create_index("ix_task_state_key", "task_state", ["key"])
