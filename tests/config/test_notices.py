"""Whom we tell by mail or webhook: what may be written, and what would tell strangers."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import secrets
from config.errors import ConfigError
from config.notices import Escalation, Handoff, Notices, Smtp
from config.settings import load_settings

HEAD = "workspace: acme\nconnections:\n  hubspot:\n"
MAIL = "notices: {email: {host: smtp.acme.example, from: mqlsync@acme.example}}\n"
SLA = "sla:\n  calendars: {c: {zone: UTC, shifts: mon-fri 09:00-17:00}}\n  default: {calendar: c}\n"


def notices(folder: Path, text: str) -> Notices:
    (folder / "mqlsync.yaml").write_text(HEAD + text, encoding="utf-8")
    return load_settings(folder).notices


def territory(handoff: str) -> str:
    return f"territories:\n  - {{name: north, owners: ['7'], handoff: {handoff}}}\n"


def test_where_nothing_is_written_everybody_gets_tasks(tmp_path: Path) -> None:
    found = notices(tmp_path, territory("{by: task}") + SLA)

    assert found == Notices()
    assert not found.uses("email")


def test_a_territory_may_get_mail_and_managers_a_task(tmp_path: Path) -> None:
    escalation = "  escalation: {to: [manager, '77']}\n"
    found = notices(tmp_path, MAIL + SLA + escalation + territory("{by: email, to: team@acme.example}"))

    assert found.email == Smtp("smtp.acme.example", "mqlsync@acme.example")
    assert found.handoffs == {"north": Handoff("email", ("team@acme.example",))}
    assert found.escalation == Escalation("task", ("manager", "77"))
    assert found.uses("email")
    assert found.uses("task")
    assert not found.uses("webhook")


WRONG = {
    territory(
        "{by: email, to: a@b.example}"
    ): "mqlsync.yaml:5: territories.0.handoff: there is no mail server",
    MAIL + territory("{by: email}"): "nobody would get the mail; add `to:` with addresses",
    MAIL + territory("{by: email, to: nobody}"): "is no mail address; write it like sales@example.com",
    MAIL + territory('{by: email, to: "a@b.example\\nBcc: x@y.example"}'): "is no mail address",
    territory("{by: webhook, to: a@b.example}"): "a webhook has no addresses; leave out `to`",
    territory("{by: task, to: a@b.example}"): "a task goes to an owner; leave out `to`",
    territory("{by: fax}"): "territories.0.handoff.by",
    SLA + "  escalation: {by: task}\n": "mqlsync.yaml:7: sla.escalation: nobody would get the task",
    MAIL + SLA + "  escalation: {by: email, to: ['77']}\n": "holds what is no mail address",
    SLA
    + "  escalation: {by: email, to: [a@b.example]}\n": "there is no mail server; write `notices: email:`",
    MAIL.replace("}}", ", tls: none}}"): "would send names of leads unencrypted; write `tls: starttls`",
    MAIL.replace("}}", ", port: 0}}"): "notices.email.port",
    MAIL.replace("from:", "form:"): "did you mean `from`?",
}


@pytest.mark.parametrize(("text", "told"), WRONG.items(), ids=range(len(WRONG)))
def test_what_would_reach_nobody_or_strangers_is_refused_with_its_line(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        notices(tmp_path, text)

    assert told in str(caught.value)


def test_mail_to_this_very_machine_needs_no_encryption(tmp_path: Path) -> None:
    text = MAIL.replace("smtp.acme.example", "127.0.0.1").replace("}}", ", tls: none, port: 25}}")

    found = notices(tmp_path, text).email

    assert found is not None
    assert (found.host, found.tls) == ("127.0.0.1", "none")


@pytest.mark.parametrize("url", ["https://chat.example/hook/T0K3N", "http://127.0.0.1:9/x", "http://[::1]/x"])
def test_a_webhook_is_told_encrypted_or_on_this_machine(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("MQLSYNC_NOTICE_URL", url)

    assert secrets.notice_url() == url
    assert url in secrets.known()


@pytest.mark.parametrize(
    "url", ["http://chat.example/T0K3N", "ftp://chat.example", "T0K3N", "https://", "http://[x/T0K3N"]
)
def test_a_webhook_elsewhere_or_nowhere_is_refused_without_its_secret(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("MQLSYNC_NOTICE_URL", url)

    with pytest.raises(ConfigError) as caught:
        secrets.notice_url()

    assert "MQLSYNC_NOTICE_URL" in str(caught.value)
    assert "T0K3N" not in str(caught.value)
