"""Leads that change at once, for `bench calls --crm salesforce`: the sandbox hears it from its own people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import requests

DATA = "/services/data/v67.0"
RECORDS_MAX = 200
READY_S = 600.0


def change(account: Mapping[str, str], size: int) -> list[str]:
    """This gives many leads another title, so that their fit changes; it returns their ids."""
    http = _session(account)
    query = f"SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id LIMIT {size}"
    said = _json(http.get(account["url"] + f"{DATA}/query", params={"q": query}, timeout=READY_S))
    ids = [row["Id"] for row in said["records"]]
    while not said["done"]:
        said = _json(http.get(account["url"] + said["nextRecordsUrl"], timeout=READY_S))
        ids += [row["Id"] for row in said["records"]]
    for start in range(0, len(ids), RECORDS_MAX):
        records = [
            {"attributes": {"type": "Lead"}, "Id": each, "Title": f"Chief Marketing Officer {each}"}
            for each in ids[start : start + RECORDS_MAX]
        ]
        body = {"allOrNone": True, "records": records}
        told = _json(http.patch(account["url"] + f"{DATA}/composite/sobjects", json=body, timeout=READY_S))
        assert all(each["success"] for each in told), told[0]
    return ids


def visit(control: str, ids: Sequence[str], account: Mapping[str, str]) -> None:
    """This lets some of them register for a webinar, and some ask for a demo."""
    http = _session(account)
    wanted = ",".join(f"'{each}'" for each in ids)
    query = f"SELECT Email FROM Lead WHERE Id IN ({wanted})"
    said = _json(http.get(account["url"] + f"{DATA}/query", params={"q": query}, timeout=READY_S))
    for place, row in enumerate(said["records"]):
        kind = "demo_request" if place % 8 == 0 else "webinar_registration"
        requests.post(f"{control}/act", json={"email": row["Email"], "kind": kind}, timeout=READY_S)


def _session(account: Mapping[str, str]) -> requests.Session:
    form = {name: account[name] for name in ("client_id", "client_secret")}
    form["grant_type"] = "client_credentials"
    said = requests.post(account["url"] + "/services/oauth2/token", data=form, timeout=READY_S).json()
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {said['access_token']}"
    session.headers["Sforce-Auto-Assign"] = "FALSE"
    return session


def _json(response: requests.Response) -> Any:
    response.raise_for_status()
    return response.json()
