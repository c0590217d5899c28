"""Mail and webhook: what arrives, what a refusal becomes, and that nothing of it is told elsewhere."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from loopback import mail_server, webhook

from config.errors import ConfigError
from config.notices import Handoff, Notices, Smtp
from connectors.outcome import Done, Rejected, Retry, Stop
from sync.clock import DAY
from sync.handoff.channels import LEADS_MAX, Mail, Webhook, channels
from sync.store.outbox import Intent

NOW = 20_000 * DAY


def lead(number: int, *, territory: str = "north", digest_at: int = NOW, **more: Any) -> Intent:
    payload = {
        "key": f"hubspot:contact:{number}#1#follow-up",
        "subject": f"Call lead {number}",
        "body": "Why\nWhat next: call Jürgen\n.hidden dot",
        "due_at": NOW,
        "territory": territory,
        "to": ["team@acme.example"],
        "digest_at": digest_at,
        **more,
    }
    slot = f"task:{number}#follow-up"
    return Intent(number, 1, number, "email", "task", f"hubspot:contact:{number}", payload, {}, slot=slot)


def late(number: int) -> Intent:
    one = lead(number, subject="Follow-up is late: Jane")
    return replace(one, purpose="escalation", slot=f"escalation:{number}#first_touch")


def mail(port: int, **more: Any) -> Mail:
    smtp = Smtp("127.0.0.1", "mqlsync@acme.example", port, "none")
    return Mail(replace(smtp, **more), "secret", lambda: NOW, timeout_s=2.0)


def test_leads_of_one_territory_and_time_are_one_mail_and_an_escalation_is_its_own() -> None:
    later = lead(4, digest_at=NOW + 1)
    intents = [lead(1), lead(2, territory="south"), lead(3), later, late(5), late(6)]

    with mail_server() as heard:
        outcomes = mail(heard.port).tell(intents)

    assert outcomes == [Done("")] * 6
    assert [one["Subject"] for one in heard.messages] == [
        "2 new leads: north",
        "1 new lead: south",
        "1 new lead: north",
        "Follow-up is late: Jane",
        "Follow-up is late: Jane",
    ]
    first = heard.messages[0]
    assert (first["To"], first["From"]) == ("team@acme.example", "mqlsync@acme.example")
    assert first["Auto-Submitted"] == "auto-generated"
    said = first.get_content()
    assert "Call lead 1" in said
    assert "Call lead 3" in said
    assert "call Jürgen\n.hidden dot" in said.replace("\r\n", "\n")


def test_a_mail_whose_answer_was_lost_comes_again_under_the_same_name() -> None:
    with mail_server() as heard:
        heard.drops = 1
        (lost,) = mail(heard.port).tell([lead(1)])
        (done,) = mail(heard.port).tell([lead(1)])
        mail(heard.port).tell([lead(2)])

    assert isinstance(lost, Retry)
    assert done == Done("")
    names = [one["Message-ID"] for one in heard.messages]
    assert names[0] == names[1] != names[2]


def test_a_long_digest_is_cut_into_mails_that_somebody_reads() -> None:
    with mail_server() as heard:
        outcomes = mail(heard.port).tell([lead(number) for number in range(1, LEADS_MAX + 2)])

    assert [one["Subject"] for one in heard.messages] == [
        f"{LEADS_MAX} new leads: north",
        "1 new lead: north",
    ]
    assert set(outcomes) == {Done("")}


@pytest.mark.parametrize(
    ("answer", "outcome"), [(450, Retry), (550, Rejected), (451, Retry), (554, Rejected), (250, Done)]
)
def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_not(answer: int, outcome: type) -> None:
    with mail_server() as heard:
        heard.answers = [answer]
        (found,) = mail(heard.port).tell([lead(1)])

    assert isinstance(found, outcome)
    assert "acme" not in str(found)
    assert "Jürgen" not in str(found)


def test_where_nobody_answers_the_rest_is_not_tried() -> None:
    with mail_server() as heard:
        heard.answers = [451]
        outcomes = mail(heard.port).tell([lead(1), lead(2, territory="south")])

    assert [type(one) for one in outcomes] == [Retry, Retry]
    assert heard.messages == []
    assert isinstance(mail(1).tell([lead(1)])[0], Retry)  # nobody listens there


def test_a_login_that_is_refused_stops_and_one_that_is_taken_sends() -> None:
    with mail_server() as heard:
        (refused,) = mail(heard.port, username="nobody").tell([lead(1)])
        (taken,) = mail(heard.port, username="mqlsync").tell([lead(1)])

    assert isinstance(refused, Stop)
    assert taken == Done("")
    assert heard.logins


def test_a_server_without_encryption_is_told_nothing() -> None:
    with mail_server() as heard:
        (found,) = mail(heard.port, tls="starttls", username="mqlsync").tell([lead(1)])

    assert isinstance(found, Stop)
    assert heard.logins == []
    assert heard.messages == []


def hook(port: int, secret: str = "") -> Webhook:
    return Webhook(f"http://127.0.0.1:{port}/T0K3N", secret, lambda: NOW, timeout_s=2.0)


def test_a_webhook_is_told_what_a_chat_shows_and_a_program_wants() -> None:
    with webhook() as heard:
        outcomes = hook(heard.port, "s3cret").tell([lead(1), late(2)])

    assert outcomes == [Done(""), Done("")]
    (headers, body), (_, second) = heard.posts
    told = json.loads(body)
    assert told["text"].startswith("Call lead 1\nWhy\n")
    assert (told["event"], told["territory"]) == ("lead", "north")
    assert json.loads(second)["event"] == "escalation"
    at = headers["X-Mqlsync-Timestamp"]
    proof = hmac.new(b"s3cret", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Mqlsync-Signature"] == f"sha256={proof}"


def test_a_post_whose_answer_was_lost_comes_again_under_the_same_name() -> None:
    with webhook() as heard:
        heard.drops = 1
        (lost,) = hook(heard.port).tell([lead(1)])
        (done,) = hook(heard.port).tell([lead(1)])

    assert isinstance(lost, Retry)
    assert done == Done("")
    assert len({headers["Idempotency-Key"] for headers, _ in heard.posts}) == 1
    assert "X-Mqlsync-Signature" not in heard.posts[0][0]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((200, Done), (204, Done), (302, Stop), (400, Rejected), (401, Stop), (404, Stop)),
        *((408, Retry), (422, Rejected), (429, Retry), (500, Retry), (503, Retry)),
    ],
)
def test_each_answer_of_a_webhook_has_its_outcome(status: int, outcome: type) -> None:
    with webhook() as heard:
        heard.answers = [status]
        (found,) = hook(heard.port).tell([lead(1)])

    assert isinstance(found, outcome)
    assert "T0K3N" not in str(found)
    assert len(heard.posts) == 1  # nobody is followed elsewhere
    if isinstance(found, Retry):
        assert found.after_s == (7 if status == 429 else 0)


def test_after_a_webhook_went_silent_nobody_asks_it_in_vain() -> None:
    with webhook() as heard:
        heard.answers = [503]
        outcomes = hook(heard.port).tell([lead(1), lead(2)])

    assert [type(one) for one in outcomes] == [Retry, Retry]
    assert len(heard.posts) == 1


def test_a_workspace_that_tells_nobody_has_no_channels() -> None:
    smtp = Smtp("127.0.0.1", "mqlsync@acme.example", 25, "none")

    assert channels(Notices(email=smtp), lambda: NOW) == []


def test_a_secret_that_is_missing_is_named_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MQLSYNC_NOTICE_URL", "MQLSYNC_SMTP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    smtp = Smtp("127.0.0.1", "mqlsync@acme.example", 25, "none", username="mqlsync")

    with pytest.raises(ConfigError, match="MQLSYNC_NOTICE_URL"):
        channels(Notices(handoffs={"north": Handoff("webhook")}), lambda: NOW)
    with pytest.raises(ConfigError, match="MQLSYNC_SMTP_PASSWORD"):
        channels(Notices(email=smtp, handoffs={"north": Handoff("email", ("a@b.example",))}), lambda: NOW)
