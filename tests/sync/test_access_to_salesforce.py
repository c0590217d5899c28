"""The shell and an org: by a key, with a doctor who looks first, and a status that follows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sandboxed import IMPATIENT, Sandbox, sandbox
from typer.testing import CliRunner

from sync.cli import app
from sync.cycle import cycle
from sync.workspace import opened

USERNAME = "mqlsync@acme-analytics.example.invalid"


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with sandbox(20) as found:
        yield found


@pytest.fixture
def folder(crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace that comes by a key, and an org that knows its certificate."""
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    kind = serialization.PrivateFormat.PKCS8
    key = private.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    file = tmp_path / "key.pem"
    file.write_bytes(key)
    crms.post("/reset")
    crms.post("/salesforce", public_key=public.decode())
    monkeypatch.setenv("MQLSYNC_SALESFORCE_CLIENT_ID", crms.secrets["MQLSYNC_SALESFORCE_CLIENT_ID"])
    monkeypatch.setenv("MQLSYNC_SALESFORCE_PRIVATE_KEY_FILE", str(file))
    monkeypatch.delenv("MQLSYNC_SALESFORCE_CLIENT_SECRET", raising=False)
    (tmp_path / "mqlsync.yaml").write_text(
        "workspace: test\nhome_crm: [salesforce]\nconnections:\n"
        f"  salesforce: {{login_url: '{crms.salesforce}', username: {USERNAME}}}\n"
    )
    return tmp_path


def test_the_doctor_looks_before_and_after_provisioning(folder: Path) -> None:
    before = CliRunner().invoke(app, ["check", "salesforce", "-w", str(folder)])
    made = CliRunner().invoke(app, ["provision", "salesforce", "-w", str(folder)])
    after = CliRunner().invoke(app, ["check", "-w", str(folder)])
    other = CliRunner().invoke(app, ["check", "hubspot", "-w", str(folder)])

    assert "JWT bearer is accepted" in before.output
    assert (before.exit_code, made.exit_code, after.exit_code) == (1, 0, 0)
    assert "error" not in after.output
    assert "Standard_Lead_Duplicate_Rule" in after.output
    assert other.exit_code != 0


def test_a_workspace_comes_by_a_key_and_shows_what_is_left_of_the_day(folder: Path) -> None:
    with opened(folder, patience=IMPATIENT) as workspace:
        summary = cycle(workspace, "run")

    assert not summary.pulled.troubles
    day = summary.as_dict()["days"]["salesforce"]
    assert 0 < day["left"] < day["limit"]
    assert day["used"] > 1_250
