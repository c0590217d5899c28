"""HubSpot tells when a field of sales was changed and by whom, whatever else has changed since."""

from __future__ import annotations

from typing import Any

import requests
from crm_account import NOW, WAIT_S, Account, sandbox

SECOND = 1_000_000


def edits(account: Account, record_id: str, **properties: Any) -> None:
    """Somebody edits a contact in the portal."""
    ready = account.sandbox.ready["hubspot"]
    url = f"{ready['url']}/crm/objects/2026-09/contacts/{record_id}"
    head = {"Authorization": f"Bearer {ready['token']}"}
    answer = requests.patch(url, json={"properties": properties}, headers=head, timeout=WAIT_S)
    assert answer.ok, answer.text


def test_a_word_of_sales_has_its_own_date_and_author() -> None:
    with sandbox(20) as running:
        account = Account("hubspot", running)
        connector = account.connector()
        connector.provision()
        account.read(connector, "contacts")
        spoken, silent = (row.id for row in account.people()[:2])
        account.later(100)
        edits(account, spoken, mqlsync_disposition="rejected", mqlsync_disposition_reason="no_budget")
        account.later(100)
        edits(account, spoken, city="Elsewhere")
        edits(account, silent, city="Elsewhere")
        account.later(400)
        account.read(connector, "contacts")
        found = {row.id: row for row in account.shelf.rows.values() if row.kind == "contact"}

    assert found[spoken].own["disposition"] == "rejected"
    assert found[spoken].said_at == NOW + 100 * SECOND
    assert found[spoken].stamp >= NOW + 200 * SECOND
    assert found[spoken].changed_by.startswith("hubspot:INTEGRATION")
    assert (found[silent].said_at, found[silent].changed_by) == (0, "")
