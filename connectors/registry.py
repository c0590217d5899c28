"""The CRMs we can talk to, by name. A CRM's library is imported when its first connector is built.

To add one: write a folder with the methods of `protocol.Connector` and name its factory here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.port import Patience, Port
from connectors.protocol import Connector

# Given the settings of one account by name, and the world it may touch, this builds its connector.
# Secrets are functions, so that they can be read again. Unknown names are a TypeError.
Factory = Callable[[Mapping[str, Any], Port, Patience], Connector]


def _hubspot(settings: Mapping[str, Any], port: Port, patience: Patience) -> Connector:
    """`token`; optional: `base_url`, `meanings`, `calls_per_10_s`, `day_share`."""
    from connectors.hubspot.connector import connect  # noqa: PLC0415

    return connect(port=port, patience=patience, **settings)


def _salesforce(settings: Mapping[str, Any], port: Port, patience: Patience) -> Connector:
    """`login_url`, `client_id`, `client_secret`; optional: `options`."""
    from connectors.salesforce.connector import connect  # noqa: PLC0415

    return connect(port=port, patience=patience, **settings)


FACTORIES: Mapping[str, Factory] = {"hubspot": _hubspot, "salesforce": _salesforce}
