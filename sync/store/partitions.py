"""Everybody, a part of the people at a time, on several processes.

People are judged independently of each other, so any cut gives the same answers. Each process reads for
itself and hands back only what `work` returns; memory depends on the size of a part, not of the store.
Every part is one consistent state of the store; whoever needs one state of everybody holds the lease.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from scoring.links import counted
from scoring.touches import Facts
from sync.store.engine import Store, open_engine
from sync.store.facts import load_facts

PEOPLE_AT_ONCE = 8_192
PARTS_AHEAD = 2  # per process, given out but not yet handed back

# Of glibc's mallopt: how much may lie free before it goes back to the system, and from which size on a
# block is a mapping of its own. Arrays come and go with every part; new pages for them took a third of it.
_MALLOPT = {"M_TRIM_THRESHOLD": (-1, 512 << 20), "M_MMAP_THRESHOLD": (-3, 32 << 20)}

T = TypeVar("T")
Asked = TypeVar("Asked")
Given = TypeVar("Given")
Work = Callable[[Sequence[int], Facts], T]
PartWork = Callable[[Connection, Sequence[int], Facts, Asked, Given], T]

_LAST = text("SELECT COALESCE(MAX(id), 0) FROM person")
_PEOPLE = text("SELECT id FROM person WHERE id BETWEEN :first AND :last AND merged_into IS NULL ORDER BY id")


def over_everybody(
    url: str, work: Work[T], *, processes: int = 2, people_at_once: int = PEOPLE_AT_ONCE
) -> Iterator[T]:
    """This yields what `work` returns for the people and facts of each part, in order of person number.

    `work` runs in other processes, which are started anew: it must be a function of a module. The facts
    name no companies; rules about colleagues need `sync.store.colleagues`.
    """
    engine = open_engine(url)
    with engine.connect() as connection:
        last = int(connection.execute(_LAST).scalar_one())
    engine.dispose()
    waiting: deque[Future[T]] = deque()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for first in range(1, last + 1, people_at_once):
            if len(waiting) == processes * PARTS_AHEAD:
                yield waiting.popleft().result()
            waiting.append(pool.submit(_part, url, work, first, first + people_at_once - 1))
        while waiting:
            yield waiting.popleft().result()


def over_parts(
    url: str,
    work: PartWork[Asked, Given, T],
    parts: Sequence[tuple[Sequence[int], Asked]],
    given: Given,
    *,
    processes: int = 2,
) -> Iterator[T]:
    """This yields what `work` returns for each part: people (ascending), and what is asked of them.

    `given` is the same for all and goes to every process once. `work` may read more in the part's own
    transaction. A single part is read right here: to start a process takes longer.
    """
    if len(parts) == 1:
        store = Store(open_engine(url), url)
        try:
            yield _asked_part(store, {}, work, *parts[0], given)
        finally:
            store.close()
        return
    waiting: deque[Future[T]] = deque()
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_take, initargs=(given,)
    ) as pool:
        for people, asked in parts:
            if len(waiting) == processes * PARTS_AHEAD:
                yield waiting.popleft().result()
            waiting.append(pool.submit(_given_part, url, work, people, asked))
        while waiting:
            yield waiting.popleft().result()


_GIVEN: list[Any] = []  # in a process that works on parts: what is the same for all of them


def _take(given: Any) -> None:
    _keep_pages()
    gc.freeze()
    _GIVEN[:] = [given]


def _given_part(url: str, work: PartWork[Any, Any, T], people: Sequence[int], asked: Any) -> T:
    return _asked_part(*_connected(url), work, people, asked, _GIVEN[0])


def _asked_part(
    store: Store,
    texts: dict[int, str],
    work: PartWork[Asked, Given, T],
    people: Sequence[int],
    asked: Asked,
    given: Given,
) -> T:
    with store.reading() as tx:
        facts = counted(load_facts(tx, people, texts=texts))
        return work(tx, people, facts, asked, given)


def _part(url: str, work: Work[T], first: int, last: int) -> T:
    store, texts = _opened(url)
    with store.reading() as tx:
        people = tx.execute(_PEOPLE, {"first": first, "last": last}).scalars().all()
        facts = load_facts(tx, people, texts=texts)
    return work(people, counted(facts))


@cache
def _opened(url: str) -> tuple[Store, dict[int, str]]:
    gc.freeze()  # modules stay: the collector need not walk over them with every part
    _keep_pages()
    return _connected(url)


@cache
def _connected(url: str) -> tuple[Store, dict[int, str]]:
    """A process keeps its connection and the texts that it has read from one part to the next."""
    return Store(open_engine(url), url), {}


def _keep_pages() -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for option, value in _MALLOPT.values():
            mallopt(option, value)
