"""Our fields in the CRMs: looked at, created, or written down for an administrator who does it himself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from connectors.errors import ConnectorError
from connectors.protocol import Connector, Finding
from connectors.registry import deployable


def checked(connector: Connector) -> list[Finding]:
    """This looks and changes nothing; one CRM that fails does not hide the other."""
    try:
        return connector.check()
    except ConnectorError as error:
        return [Finding("check", "error", error.subject, error.remedy)]


def provisioned(connector: Connector) -> list[Finding]:
    """This creates what is missing; one CRM that fails does not keep the other waiting."""
    try:
        return connector.provision()
    except ConnectorError as error:
        return [Finding("provision", "error", error.subject, error.remedy)]


def written(crm: str, folder: Path) -> Iterator[str]:
    """This writes the deployable files of a CRM, and says so. A project's own settings are left alone."""
    for path, text in deployable(crm).items():
        file = folder / path
        held = file.read_text(encoding="utf-8") if file.is_file() else None
        if held == text:
            continue
        if held is not None and file.parent == folder:
            yield f"kept {file}, which differs from ours"
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        yield f"{'made' if held is None else 'renewed'} {file}"
    yield f"Next: read {folder / 'README.md'}, deploy, then run `mqlsync check`."
