"""Bulk API 2.0 queries: a job is made, works for a while, and its result is fetched as CSV in pieces.

The ids of a result stand still from the job's start, its values are looked up when a piece is fetched.
Text is quoted as Salesforce does it: every cell, quotes doubled, line breaks as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.salesforce import ids, instants, query, soql
from sandbox.salesforce.org import Org
from sandbox.salesforce.query import Found
from sandbox.salesforce.refusals import RequestRefused, not_found, refused_query

JOBS_MOST = 10_000  # query jobs in 24 hours
PIECE_MOST = 250_000  # rows, where the client names no number
OPERATIONS = {"query": False, "queryAll": True}
REFUSED = ("GROUP BY", "OFFSET", "TYPEOF")
UNSUPPORTED = frozenset({"LeadStatus", "Organization", "TaskStatus"})  # these are read by REST only


@dataclass(frozen=True, slots=True)
class Job:
    """One query job. It is done once it has been looked at `looks` times."""

    id: str
    object: str
    operation: str
    version: str
    made_at: str
    names: tuple[str, ...]
    found: Found
    looks: int
    state: str = "UploadComplete"


class Jobs:
    """All query jobs of an org. `looks`: how often a client finds its job at work before it is done."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._jobs: dict[str, Job] = {}
        self.looks = 1
        self.left = JOBS_MOST

    def create(self, body: Any, version: str) -> dict[str, Any]:
        """This starts a job, or says why not."""
        text = str(body.get("query")) if isinstance(body, dict) else ""
        operation = str(body.get("operation")) if isinstance(body, dict) else ""
        if operation not in OPERATIONS or not text:
            raise RequestRefused(400, "INVALIDJOB", "Unable to parse Job")
        if any(word in text for word in REFUSED):
            raise RequestRefused(400, "API_ERROR", "SOQL clause not supported by Bulk API")
        if self.left <= 0:
            raise RequestRefused(
                400, "API_ERROR", "Max bulk v2 query jobs (10000) per 24 hrs has been reached."
            )
        try:
            parsed = soql.parse(text)
            found = query.run(self._org, parsed, version=version, with_deleted=OPERATIONS[operation])
        except soql.SoqlError as error:
            raise refused_query(error, text) from None
        if parsed.table.path in UNSUPPORTED:
            message = f"The entity '{parsed.table.path}' is not supported by the Bulk API."
            raise RequestRefused(400, "INVALIDENTITY", message)
        self.left -= 1
        names = tuple(name.path for name in parsed.fields)
        job_id = ids.encode("750", len(self._jobs) + 1)
        job = Job(
            *(job_id, parsed.table.path, operation, version, self._org.stamp()), names, found, self.looks
        )
        self._jobs[job_id] = job
        return _shown(job)

    def look(self, job_id: str) -> dict[str, Any]:
        """This is how a job stands; each look brings it further."""
        job = self._job(job_id)
        if job.state not in ("JobComplete", "Aborted", "Failed"):
            job = replace(job, looks=job.looks - 1, state="InProgress" if job.looks else "JobComplete")
            self._jobs[job_id] = job
        done = {"numberRecordsProcessed": len(job.found.numbers)} if job.state == "JobComplete" else {}
        times = {"retries": 0, "totalProcessingTime": 1, **done}
        return _shown(job) | {"jobType": "V2Query"} | times

    def abort(self, job_id: str, body: Any) -> dict[str, Any]:
        if not isinstance(body, dict) or body.get("state") != "Aborted":
            raise RequestRefused(400, "INVALIDJOBSTATE", "Invalid job state")
        self._jobs[job_id] = replace(self._job(job_id), state="Aborted")
        return _shown(self._jobs[job_id])

    def remove(self, job_id: str) -> None:
        """A job that is at work cannot be deleted."""
        if self._job(job_id).state not in ("JobComplete", "Aborted", "Failed"):
            raise RequestRefused(400, "INVALIDJOBSTATE", "Job is still being processed")
        del self._jobs[job_id]

    def forget(self) -> None:
        """Results are kept for seven days."""
        self._jobs.clear()

    def piece(self, job_id: str, locator: str, most: str) -> tuple[bytes, dict[str, str]]:
        """This is a piece of the result and its headers; the last one's locator is the word `null`."""
        job = self._job(job_id)
        if job.state != "JobComplete":
            raise RequestRefused(400, "INVALIDJOBSTATE", f"Job {job_id} is not complete")
        start = int(locator, 36) if locator.isalnum() and locator != "null" else 0
        stop = min(start + (int(most) if most.isdigit() else PIECE_MOST), len(job.found.numbers))
        rows = [row for number in job.found.numbers[start:stop] if (row := job.found.show(number))]
        following = "null" if stop >= len(job.found.numbers) else _base36(stop)
        headers = {"Sforce-Locator": following, "Sforce-NumberOfRecords": str(len(rows))}
        return _csv(job.names, rows), headers

    def _job(self, job_id: str) -> Job:
        job = self._jobs.get(ids.canonical(job_id) or "")
        if job is None:
            raise not_found()
        return job


def _shown(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": ids.encode("005", 1),
        "createdDate": job.made_at,
        "systemModstamp": job.made_at,
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.version.removeprefix("v")),
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }


def _csv(names: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    paths = [name.split(".") for name in names]
    lines = [",".join(f'"{".".join(path)}"' for path in paths)]
    lines += [",".join(_cell(_value(row, path)) for path in paths) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def _value(row: Mapping[str, Any], path: list[str]) -> Any:
    held: Any = row
    for name in path:
        held = held.get(name) if isinstance(held, Mapping) else None
    return held


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'"{str(value).lower()}"'
    text = str(value)
    if len(text) == len("2026-05-01T07:25:37.000+0000") and text.endswith("+0000"):
        text = instants.read(text).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text or "0"
