"""A first load by the Bulk API 2.0: one job instead of a query per 2,000 rows.

The bookmark names the job, the piece of its result and the rows of it that were kept, so that a process
that died goes on where it was. Each piece says how many rows it holds and the job how many there are:
both are checked. Whatever goes wrong with a job (refused, failed, too slow, its result expired or not
whole) costs time only: the load goes on page by page from where it was when the job took over, and rows
that come twice change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

from connectors.answers import Answer
from connectors.calling import Declined, Request
from connectors.errors import Unreachable
from connectors.records import Page
from connectors.salesforce import csv_rows, window
from connectors.salesforce.client import CRM, DATA
from connectors.salesforce.ids import long_id
from connectors.salesforce.org import Org
from connectors.salesforce.pull import FRESH
from connectors.salesforce.questions import question
from connectors.salesforce.streams import Row, Source
from connectors.salesforce.taking import Taken, page_of, recent_in, taker
from connectors.salesforce.window import Job, Walk

PAGE_ROWS = 1_000
TAKE_ROWS = 50  # of them at a time
LOOK_FIRST_S, LOOK_MAX_S = 1.0, 60.0  # between two looks at a job that is at work
LOOKS_MAX = 120  # two hours: then the rows are asked for page by page


@dataclass(frozen=True, slots=True)
class _Open:
    """A piece whose rows are being handed over, and how many were."""

    job: Job
    rows: Iterator[dict[str, Any]]
    announced: int
    following: str


class _Step(NamedTuple):
    """What came of a piece, where the walk goes on, and what is left of the piece."""

    taken: list[Taken]
    walk: Walk
    caught_up: bool = False
    rest: _Open | None = None


class Results:
    """The piece of a result that is at hand. Without it (after a start) it is fetched again."""

    def __init__(self, org: Org, piece_rows: int) -> None:
        self._org, self._piece_rows = org, piece_rows
        self._open: _Open | None = None

    def taken(self, job: Job, source: Source) -> _Open:
        """This is the piece that the bookmark names, its rows from there on. Whoever takes it gives it back
        once its rows are in a page; if they never come to that, it is fetched again."""
        held, self._open = self._open, None
        return held if held and held.job == job else self._fetched(job, source)

    def keep(self, piece: _Open) -> None:
        self._open = piece

    def _fetched(self, job: Job, source: Source) -> _Open:
        path = f"{DATA}/jobs/query/{job.id}/results"
        query = [("maxRecords", str(self._piece_rows)), *([("locator", job.locator)] if job.locator else [])]
        request = Request(
            *("GET", path, f"{DATA}/jobs/query/{{id}}/results", tuple(query)),
            headers={"Accept": "text/csv"},
            allowed=frozenset({200}),
        )
        answer = self._org.call(request).answer
        announced, following = _piece(answer, source)
        rows = csv_rows.rows(answer.body, types_of(self._org, source))
        for _ in islice(rows, job.offset):
            pass
        return _Open(job, rows, announced, following)


def page(org: Org, source: Source, walk: Walk, results: Results) -> Page:
    """This brings the job further by one step, and hands over what it has."""
    job = walk.job or Job()
    try:
        if not job.id:
            return _waiting(replace(walk, job=_made(org, source, walk)))
        if job.total < 0:
            job = _looked(org, job)
        if job.total < 0:
            org.rest(min(LOOK_FIRST_S * 2.0 ** min(job.looks - 1, 10), LOOK_MAX_S))
            return _waiting(replace(walk, job=job))
        step = _step(org, source, replace(walk, job=job), results)
    except (Declined, _Vain):
        return _waiting(replace(walk, job=None))
    made = page_of(org, source, step.walk, step.taken, caught_up=step.caught_up)
    if step.rest:
        results.keep(step.rest)
    return made


def types_of(org: Org, source: Source) -> Mapping[str, str]:
    """These are the types of a source's columns; CSV has only texts."""
    described = org.describe(source.object).fields
    types = {name: str(field.get("type")) for name, field in described.items()}
    parents = {name.partition(".")[0] for name in source.fields if "." in name}
    for field in described.values():
        relation, refers = field.get("relationshipName"), field.get("referenceTo") or []
        if relation in parents and len(refers) == 1:
            held = org.describe(str(refers[0])).fields
            types |= {f"{relation}.{name}": str(each.get("type")) for name, each in held.items()}
    return types


class _Vain(Exception):
    """This job will never give all rows."""


def _made(org: Org, source: Source, walk: Walk) -> Job:
    body = {"operation": "queryAll", "query": question(org, source, walk, bulk=True)}
    made = org.call(Request("POST", f"{DATA}/jobs/query", body=body, required={"id": str, "state": str}))
    return Job(id=long_id(made.data["id"]))


def _looked(org: Org, job: Job) -> Job:
    """A job that is done says how many rows it found."""
    path = f"{DATA}/jobs/query/{job.id}"
    said = org.call(Request("GET", path, f"{DATA}/jobs/query/{{id}}", required={"state": str})).data
    if said["state"] == "JobComplete":
        total = said.get("numberRecordsProcessed")
        if type(total) is not int:
            raise Unreachable(f"{CRM} {DATA}/jobs/query: a finished job does not say how many rows it has")
        return replace(job, total=total)
    if said["state"] in {"Failed", "Aborted"}:
        raise _Vain
    if job.looks >= LOOKS_MAX:
        org.call(Request("PATCH", path, f"{DATA}/jobs/query/{{id}}", body={"state": "Aborted"}))
        raise _Vain
    return replace(job, looks=job.looks + 1)


def _piece(answer: Answer, source: Source) -> tuple[int, str]:
    """These are the number of rows that a piece announces, and the name of the next one."""
    announced = answer.headers.get("sforce-numberofrecords", "")
    if "csv" not in answer.headers.get("content-type", "").lower() or not announced.isdigit():
        raise Unreachable(f"{CRM} {source.object}: an answer came that is no piece of a result")
    following = answer.headers.get("sforce-locator", "")
    return int(announced), "" if following == "null" else following


def _step(org: Org, source: Source, walk: Walk, results: Results) -> _Step:
    job = walk.job or Job()
    piece = results.taken(job, source)
    taken, came = _taken(source, walk, islice(piece.rows, PAGE_ROWS))
    handed = job.offset + came
    walk = walk.met(recent_in(taken))
    if handed < piece.announced and came == PAGE_ROWS:
        moved = replace(job, offset=handed)
        return _Step(taken, replace(walk, job=moved), rest=replace(piece, job=moved))
    if handed != piece.announced or next(piece.rows, None) is not None:
        announced = piece.announced
        raise Unreachable(f"{CRM} {source.object}: {announced} rows were announced, {handed} came")
    rows = job.rows + handed
    if piece.following:
        return _Step(taken, replace(walk, job=replace(job, locator=piece.following, offset=0, rows=rows)))
    if rows != job.total:
        raise _Vain
    is_fresh = org.server_now() - walk.until < FRESH
    return _Step(taken, replace(walk, job=None).ended(), caught_up=is_fresh)


def _taken(source: Source, walk: Walk, rows: Iterator[Row]) -> tuple[list[Taken], int]:
    """These are the rows as they were taken, some at a time, and how many there were."""
    take = taker(source, walk, lambda _, __: frozenset())
    taken, came = [], 0
    while some := list(islice(rows, TAKE_ROWS)):
        came += len(some)
        taken.append(take(some))
    return taken, came


def _waiting(walk: Walk) -> Page:
    """Nothing has come yet."""
    return Page(window.written(walk), caught_up=False, expected=walk.expected)
