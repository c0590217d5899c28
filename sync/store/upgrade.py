"""Bringing a database to the schema that this version knows, by Alembic's migrations."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from sync.errors import StoreTooNew

HEAD = "0007"
MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> bool:
    """This applies the missing migrations, all or none; true if there were any.

    Raises `StoreTooNew` for a database that a newer version wrote.
    """
    current = revision(engine)
    if current == HEAD:
        return False
    from alembic import command  # noqa: PLC0415 - costs a fifth of a second, and only upgrades need it
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current and current not in known:
        raise StoreTooNew(f"the database has schema {current}, this version knows {HEAD}")
    with engine.connect().execution_options(begin="IMMEDIATE") as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def revision(engine: Engine) -> str:
    """This is the schema that a database has, "" if it has none of ours."""
    if not inspect(engine).has_table("alembic_version"):
        return ""
    with engine.connect() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
