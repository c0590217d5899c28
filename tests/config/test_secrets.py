"""Secrets: where they come from, that rotation counts at once, and that messages hold none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from config import secrets
from config.errors import ConfigError

FILED = [
    ("MQLSYNC_HUBSPOT_TOKEN", secrets.hubspot_token),
    ("MQLSYNC_SALESFORCE_CLIENT_SECRET", secrets.salesforce_secret),
]
ALL = [*FILED, ("MQLSYNC_SALESFORCE_CLIENT_ID", secrets.salesforce_client_id)]


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MQLSYNC_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(("variable", "read"), ALL)
def test_a_variable_holds_the_secret(
    monkeypatch: pytest.MonkeyPatch, variable: str, read: Callable[[], str]
) -> None:
    monkeypatch.setenv(variable, " first-value\n")
    first = read()
    monkeypatch.setenv(variable, "second-value")

    assert (first, read()) == ("first-value", "second-value")


@pytest.mark.parametrize(("variable", "read"), FILED)
def test_a_rotated_file_counts_at_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, read: Callable[[], str]
) -> None:
    file = tmp_path / "secret"
    file.write_text("filed-before\n", encoding="utf-8")
    monkeypatch.setenv(f"{variable}_FILE", str(file))
    before = read()
    file.write_text("filed-after\n", encoding="utf-8")

    assert (before, read()) == ("filed-before", "filed-after")
    assert {"filed-before", "filed-after"} <= secrets.known()


@pytest.mark.parametrize(("variable", "read"), ALL)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_secret_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, read: Callable[[], str], value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv(variable, value)

    with pytest.raises(ConfigError) as caught:
        read()

    assert str(caught.value).startswith(f"environment: {variable}: is not set; set it")


@pytest.mark.parametrize(("variable", "read"), FILED)
def test_two_sources_of_one_secret_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, read: Callable[[], str]
) -> None:
    monkeypatch.setenv(variable, "hidden-value")
    monkeypatch.setenv(f"{variable}_FILE", str(tmp_path / "secret"))

    with pytest.raises(ConfigError, match=f"{variable}: is set, and so is {variable}_FILE") as caught:
        read()

    assert "hidden-value" not in str(caught.value)


@pytest.mark.parametrize(("variable", "read"), FILED)
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"hidden-value\nX-Other: 1\n", "more than one word"),
        ("hidden-välue".encode(), "more than one word"),
        (b"hidden-\xff", "is not text"),
    ],
)
def test_a_file_without_a_usable_secret_is_told_without_its_content(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    read: Callable[[], str],
    content: bytes | None,
    why: str,
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv(f"{variable}_FILE", str(file))

    with pytest.raises(ConfigError, match=f"{variable}_FILE: .*{why}") as caught:
        read()

    assert "hidden" not in str(caught.value)


def test_looking_makes_known_what_is_set_and_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MQLSYNC_SALESFORCE_CLIENT_SECRET", "looked-at-value")

    secrets.look()

    assert "looked-at-value" in secrets.known()


def test_a_new_refresh_token_takes_the_place_of_the_old_one_in_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "refresh"
    file.write_text("refresh-1\n")
    file.chmod(0o600)
    monkeypatch.setenv("MQLSYNC_HUBSPOT_REFRESH_TOKEN_FILE", str(file))

    kept = secrets.keep_hubspot_refresh_token("refresh-2")

    assert kept
    assert secrets.hubspot_refresh_token() == "refresh-2"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_new_refresh_token_without_a_file_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MQLSYNC_HUBSPOT_REFRESH_TOKEN", "refresh-1")

    assert not secrets.keep_hubspot_refresh_token("refresh-2")
    assert "refresh-2" in secrets.known()


def test_a_key_and_an_app_are_not_mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MQLSYNC_HUBSPOT_REFRESH_TOKEN", "refresh-1")
    assert secrets.is_hubspot_app()

    monkeypatch.setenv("MQLSYNC_HUBSPOT_TOKEN", "pat-1")
    with pytest.raises(ConfigError, match="keep one"):
        secrets.is_hubspot_app()
