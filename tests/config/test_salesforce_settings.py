"""How a workspace says in which way it comes into Salesforce, and whose key that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import secrets
from config.errors import ConfigError
from config.settings import Salesforce, load_settings

KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nshort\n-----END PRIVATE KEY-----\n"


def salesforce(folder: Path, *lines: str) -> Salesforce:
    text = "workspace: a\nconnections:\n  salesforce:\n    login_url: https://acme.my.salesforce.com\n"
    (folder / "mqlsync.yaml").write_text(text + "".join(f"    {line}\n" for line in lines))
    return load_settings(folder).salesforce


def test_by_default_a_secret_lets_us_in_and_no_status_is_ours(tmp_path: Path) -> None:
    found = salesforce(tmp_path)

    assert found == Salesforce("https://acme.my.salesforce.com")
    assert (found.username, found.default_owner, found.lead_status) == (None, None, None)


def test_what_is_named_is_taken(tmp_path: Path) -> None:
    lines = ("username: robot@example.com", "default_owner: 005000000000001AAA", "lead_status: Working")

    found = salesforce(tmp_path, *lines, "daily_share: 0.5")

    assert (found.username, found.default_owner) == ("robot@example.com", "005000000000001AAA")
    assert (found.lead_status, found.daily_share) == ("Working", 0.5)


@pytest.mark.parametrize("rows", [0, 1, 250_000])
def test_it_is_said_from_how_many_rows_on_a_first_load_goes_in_bulk(tmp_path: Path, rows: int) -> None:
    assert salesforce(tmp_path, f"bulk_from: {rows}").bulk_from == rows


@pytest.mark.parametrize("wrong", ["-1", "many", "true"])
def test_a_number_of_rows_that_is_none_is_named(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigError, match="bulk_from"):
        salesforce(tmp_path, f"bulk_from: {wrong}")


@pytest.mark.parametrize("wrong", ["00G000000000001AAA", "005000000000001AA", "jane@example.com"])
def test_a_default_owner_that_is_no_user_is_named(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigError, match="is no user of Salesforce"):
        salesforce(tmp_path, f"default_owner: {wrong}")


def test_a_key_is_read_from_its_file_and_masked_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key.pem"
    file.write_text(KEY)
    monkeypatch.delenv("MQLSYNC_SALESFORCE_PRIVATE_KEY", raising=False)
    monkeypatch.setenv("MQLSYNC_SALESFORCE_PRIVATE_KEY_FILE", str(file))

    assert secrets.salesforce_private_key() == KEY
    assert "MIIEvQIBADANBgkqhkiG9w0" in secrets.known()
    assert "short" not in secrets.known()

    monkeypatch.setenv("MQLSYNC_SALESFORCE_PRIVATE_KEY", KEY)
    with pytest.raises(ConfigError, match="keep one of them"):
        secrets.salesforce_private_key()


def test_a_key_that_is_missing_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MQLSYNC_SALESFORCE_PRIVATE_KEY", "MQLSYNC_SALESFORCE_PRIVATE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(ConfigError, match="MQLSYNC_SALESFORCE_PRIVATE_KEY"):
        secrets.salesforce_private_key()
