"""The schema grows by migrations, and they end where the models are."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

import sync.store.schema  # noqa: F401 - importing it declares the tables
from sync.errors import StoreDamaged, StoreTooNew
from sync.store.engine import Store, open_engine, quick_check
from sync.store.upgrade import HEAD, MIGRATIONS, upgrade


def test_a_second_upgrade_has_nothing_to_do(url: str) -> None:
    engine = open_engine(url)

    assert upgrade(engine)
    assert not upgrade(engine)
    engine.dispose()


def test_the_named_head_is_the_last_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [HEAD]


def test_the_migrations_end_where_the_models_are(store: Store) -> None:
    with store.reading() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_database_of_a_newer_version_is_refused_and_left_alone(store: Store) -> None:
    with store.transaction() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreTooNew, match="9999"):
        upgrade(store.engine)

    with store.reading() as tx:
        assert tx.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_an_upgrade_that_fails_halfway_leaves_nothing(url: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        # The migration wants to make this table itself, after many others.
        connection.execute(text("CREATE TABLE verdict (note TEXT)"))

    with pytest.raises(Exception, match="verdict"):
        upgrade(engine)

    assert inspect(engine).get_table_names() == ["verdict"]
    engine.dispose()


def test_a_sound_file_passes_the_check(store: Store) -> None:
    quick_check(store.engine, store.url)


def test_a_look_that_ends_early_found_nothing_wrong_and_holds_nobody_up_afterwards(store: Store) -> None:
    if store.engine.dialect.name != "sqlite":
        return
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n"
    with store.transaction() as tx:
        tx.exec_driver_sql(f"CREATE TABLE many AS {count}")

    quick_check(store.engine, store.url, look_s=-1.0)

    with store.reading() as tx:
        assert tx.exec_driver_sql(f"SELECT count(*) FROM ({count})").scalar() == 100_000


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "odd.db"
    file.write_bytes(b"these are not the tables you are looking for" * 100)
    engine = open_engine(f"sqlite:///{file}")

    with pytest.raises(StoreDamaged, match=r"odd\.db"):
        quick_check(engine, f"sqlite:///{file}")
    engine.dispose()
