"""A real store in a file, as the shell opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.store.engine import Store, open_engine
from sync.store.upgrade import upgrade


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'mqlsync.db'}"


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
