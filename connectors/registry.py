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
    """`token`, or `app` with the functions of an OAuth app; optional: `base_url`, `meanings`,
    `calls_per_10_s`, `day_share`, and `moves`: the standard fields that may be moved."""
    from connectors.hubspot.access import App  # noqa: PLC0415
    from connectors.hubspot.connector import connect  # noqa: PLC0415
    from connectors.hubspot.moves import Moves  # noqa: PLC0415

    rest = dict(settings)
    app, moves = rest.pop("app", None), rest.pop("moves", {})
    token = App(**app) if app else rest.pop("token")
    return connect(token, port=port, patience=patience, moves=Moves(**moves), **rest)


def _salesforce(settings: Mapping[str, Any], port: Port, patience: Patience) -> Connector:
    """`login_url`, `client_id`, and `client_secret` or `signer` (who signs: `username`, `private_key`);
    optional: `options`, the values of `Options` by name, and in them `statuses`: what lead statuses mean."""
    from connectors.salesforce.connector import connect  # noqa: PLC0415
    from connectors.salesforce.grants import Signer  # noqa: PLC0415
    from connectors.salesforce.meanings import Meanings  # noqa: PLC0415
    from connectors.salesforce.streams import Options  # noqa: PLC0415

    rest = dict(settings)
    signer = rest.pop("signer", None)
    proof = Signer(**signer) if signer else rest.pop("client_secret")
    given = dict(rest.pop("options", {}))
    statuses = given.pop("statuses", ())
    options = Options(meanings=Meanings(statuses=statuses), **given)
    return connect(proof=proof, port=port, patience=patience, options=options, **rest)


FACTORIES: Mapping[str, Factory] = {"hubspot": _hubspot, "salesforce": _salesforce}


def deployable(crm: str) -> Mapping[str, str]:
    """These are the files, by path, that an administrator of this CRM can deploy instead of letting us
    create our fields; none where the CRM has no such thing."""
    if crm != "salesforce":
        return {}
    from connectors.salesforce.sfdx import files  # noqa: PLC0415

    return files()
