"""Writes to a scripted Salesforce: what is sent, and how the org answers for each record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from salesforce_stub import DATA, NOW, TOKEN, Call, Said, Stub, connector_to, serving

from connectors.outcome import Outcome
from connectors.protocol import FieldWrite, TaskWrite
from connectors.salesforce.fields import OWN_PAIRS
from connectors.salesforce.ids import long_id

COLLECTION = f"{DATA}/composite/sobjects"
DUE = int(NOW.timestamp()) * 1_000_000


def lead_id(number: int) -> str:
    return long_id(f"00Q5e00001{number:05d}")


def write(number: int, kind: str = "lead", **fields: Any) -> FieldWrite:
    return FieldWrite(kind, lead_id(number), fields or {"score": number})


def ok(record: dict[str, Any]) -> dict[str, Any]:
    return {"id": record.get("id") or long_id("00T5e0000100001"), "success": True, "errors": []}


def error(code: str, message: str = "no") -> dict[str, Any]:
    return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": []}]}


def own_fields(**changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Our fields as describe shows them; `changes` by API name, None for one that is not there."""
    found = []
    for name, own in OWN_PAIRS:
        values = [{"value": each, "active": True} for each in own.choices]
        field = {"name": name, "updateable": True, "length": 255 if own.type == "text" else 0}
        if own.choices:
            field |= {"restrictedPicklist": True, "picklistValues": values}
        if changes.get(name, {}) is not None:
            found.append(field | changes.get(name, {}))
    return found


def collections(
    answer: Callable[[list[dict[str, Any]]], Any], stub: list[Stub], task_fields: tuple[str, ...] = ()
) -> Any:
    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub[0].token()
        if call.path.endswith("/describe"):
            name = call.path.split("/")[-2]
            fields = [{"name": each} for each in ("Id", "Description", *task_fields)]
            return Said(body={"name": name, "fields": fields if name == "Task" else own_fields()})
        if call.method == "GET":
            return Said(body={"totalSize": 0, "done": True, "records": []})
        said = answer(call.json["records"])
        return said if isinstance(said, Said) else Said(body=said)

    return script


def pushed(answer: Any, writes: list[FieldWrite]) -> tuple[list[Outcome], Stub]:
    stubs: list[Stub] = []
    with serving(collections(answer, stubs)) as stub:
        stubs.append(stub)
        return connector_to(stub).push(writes), stub


def task(key: str, number: int = 1, kind: str = "contact", **more: Any) -> TaskWrite:
    who = long_id(f"0035e00001{number:05d}") if kind == "contact" else lead_id(number)
    about: dict[str, Any] = {
        "kind": kind, "record_id": who, "owner_id": long_id("0055e0000100001"), "subject": "Call Jane",
        "body": "Because.", "due_at": DUE, "priority": "high", "company_id": long_id("0015e0000100001"),
    }  # fmt: skip
    return TaskWrite(key=key, **(about | more))
