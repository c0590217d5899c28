"""A CRM's connector is built from its settings by name, without calling anybody."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_stub import PATIENCE, Clock

from connectors.registry import FACTORIES

SETTINGS: dict[str, dict[str, Any]] = {
    "hubspot": {"token": lambda: "pat-test"},
    "salesforce": {
        "login_url": "https://acme.my.salesforce.example",
        "client_id": "id",
        "client_secret": lambda: "secret",
        "options": {"bulk_from": 0, "day_share": 0.5},
    },
}


@pytest.mark.parametrize("crm", list(FACTORIES))
def test_every_crm_is_built_from_its_settings(crm: str) -> None:
    clock = Clock()

    connector = FACTORIES[crm](SETTINGS[crm], clock.port(), PATIENCE)

    assert connector.crm == crm
    assert len({stream.name for stream in connector.streams()}) == len(connector.streams()) > 5
    assert connector.usage.calls == 0
    assert clock.hooks == []


@pytest.mark.parametrize("crm", list(FACTORIES))
def test_an_unknown_setting_is_refused(crm: str) -> None:
    with pytest.raises(TypeError):
        FACTORIES[crm]({**SETTINGS[crm], "tokem": 1}, Clock().port(), PATIENCE)
