"""What tells machines from people: the CRM's word for each touch, and how many links each mail has."""

from __future__ import annotations

from hashlib import blake2b

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

AT_ONCE = 5_000


def upgrade() -> None:
    op.add_column("touch", sa.Column("is_machine", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column(
        "verdict", sa.Column("would_be_mql", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    numbers = [
        sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)
        for name in ("asset", "campaign", "link")
    ]
    op.create_table("mail_link", *numbers, sa.PrimaryKeyConstraint("asset", "campaign", "link"))
    op.create_table(
        "mail_tour",
        *(
            sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)
            for name in ("person", "asset", "campaign")
        ),
        sa.PrimaryKeyConstraint("person", "asset", "campaign"),
    )
    op.create_index("mail_tour_mail", "mail_tour", ["asset", "campaign"])
    _count_links()


def _count_links() -> None:
    """This counts the links that were followed before anybody counted."""
    clicks = sa.text(
        "SELECT DISTINCT t.asset, t.campaign, u.text FROM touch t JOIN label u ON u.id = t.url "
        "WHERE t.kind = (SELECT id FROM label WHERE text = 'email_click') AND (t.asset > 0 OR t.campaign > 0)"
    )
    found: dict[tuple[int, int], set[int]] = {}
    for asset, campaign, url in op.get_bind().execute(clicks):
        links = found.setdefault((asset, campaign), set())
        if len(links) < 200:
            address = url.partition("#")[0].partition("?")[0].encode()
            links.add(int.from_bytes(blake2b(address, digest_size=8).digest(), signed=True))
    rows = [
        {"asset": asset, "campaign": campaign, "link": link}
        for (asset, campaign), links in found.items()
        for link in sorted(links)
    ]
    table = sa.table("mail_link", sa.column("asset"), sa.column("campaign"), sa.column("link"))
    for first in range(0, len(rows), AT_ONCE):
        op.bulk_insert(table, rows[first : first + AT_ONCE])
