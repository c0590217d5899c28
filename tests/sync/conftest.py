"""A real store, as the shell opens it: in a file, and in a PostgreSQL of the test session's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import postgres
import pytest

from sync.store.engine import Store, open_engine
from sync.store.upgrade import upgrade


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    programs = postgres.binaries()
    if programs is None:
        pytest.skip(postgres.MISSING)
    with postgres.server(programs) as started:
        yield started


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'mqlsync.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """What is promised of the store is promised of both engines."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def open_store(url: str) -> Iterator[Callable[[], Store]]:
    """Each call opens the same database anew, as another process would."""
    opened: list[Store] = []

    def once_more() -> Store:
        engine = open_engine(url)
        upgrade(engine)
        opened.append(Store(engine, url))
        return opened[-1]

    yield once_more
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()
