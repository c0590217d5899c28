"""How Alembic reaches the database: through the connection that `upgrade` opened.

The tables' declarations stay unread: migrations say themselves what they do.
"""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, render_as_batch=True)
context.run_migrations()
