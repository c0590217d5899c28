"""Hand-off and partners: who was given a lead, how its clock stands, what partners told us."""

from __future__ import annotations

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    pass
