"""How Alembic reaches the database: through the connection that `upgrade` opened."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import sync.store.schema  # noqa: F401 - importing it declares the tables

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
context.run_migrations()
