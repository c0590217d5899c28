"""Ways to tell people that are no CRM: mail, gathered into digests, and a webhook, such as a chat's.

Each message has a name that follows from what is in it. A message whose answer was lost is sent once more
under the same name, by which mail servers and webhooks can tell it is the same: nobody can look up whether
a mail has arrived. Nothing that is sent enters a log or an error.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from config import secrets
from config.notices import Notices, Smtp
from connectors.outcome import Done, Outcome, Rejected, Retry, Stop
from sync import clock
from sync.store.outbox import Intent

TIMEOUT_S = 20.0
LEADS_MAX = 50  # in one mail
BUSY = frozenset({408, 425, 429})
CLOSED = frozenset({401, 403, 404, 410})


class Channel(ABC):
    """One way to tell people. `crm` stands where a CRM's name stands in the outbox."""

    crm: str

    @abstractmethod
    def tell(self, intents: Sequence[Intent]) -> list[Outcome]:
        """This sends what the intents say; one outcome per intent, in input order."""


def channels(notices: Notices, now: Callable[[], int]) -> list[Channel]:
    """These are the ways that the settings name. Raises `ConfigError` where a secret is missing."""
    found: list[Channel] = []
    if notices.email and notices.uses("email"):
        password = secrets.smtp_password() if notices.email.username else ""
        found.append(Mail(notices.email, password, now))
    if notices.uses("webhook"):
        found.append(Webhook(secrets.notice_url(), secrets.notice_secret(), now))
    return found


@dataclass(frozen=True, slots=True)
class Mail(Channel):
    """Mail by SMTP: leads of a territory and a span of time in one, an escalation by itself."""

    smtp: Smtp
    password: str
    now: Callable[[], int]
    crm: str = "email"
    timeout_s: float = TIMEOUT_S

    def tell(self, intents: Sequence[Intent]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        halted: Outcome | None = None
        for some in _digests(intents):
            outcome = halted or self._sent(some)
            if isinstance(outcome, Retry | Stop):
                halted = outcome  # nobody is at home there now
            outcomes |= dict.fromkeys((one.id for one in some), outcome)
        return [outcomes[one.id] for one in intents]

    def _sent(self, some: Sequence[Intent]) -> Outcome:
        try:
            with self._server() as server:
                server.send_message(self._message(some))
        except smtplib.SMTPAuthenticationError:
            return Stop("the mail server refuses our login", "Check `notices: email:` and its password.")
        except smtplib.SMTPNotSupportedError:
            return Stop("the mail server cannot do what `notices: email:` asks for", "Check `tls`.")
        except smtplib.SMTPRecipientsRefused as error:
            return _refused(max(code for code, _ in error.recipients.values()), "the addresses")
        except smtplib.SMTPResponseException as error:
            return _refused(error.smtp_code, "the mail")
        except (OSError, smtplib.SMTPException) as error:
            return Retry(f"the mail server did not take it: {type(error).__name__}")
        return Done("")

    def _server(self) -> smtplib.SMTP:
        smtp, secure = self.smtp, ssl.create_default_context()
        if smtp.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                smtp.host, smtp.port, timeout=self.timeout_s, context=secure
            )
        else:
            server = smtplib.SMTP(smtp.host, smtp.port, timeout=self.timeout_s)
        try:
            if smtp.tls == "starttls":
                server.starttls(context=secure)
            if smtp.username:
                server.login(smtp.username, self.password)
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, some: Sequence[Intent]) -> EmailMessage:
        message, told = EmailMessage(policy=SMTP), some[0].payload
        message["From"] = self.smtp.sender
        message["To"] = ", ".join(told["to"])
        message["Subject"] = _subject(some)
        message["Date"] = format_datetime(clock.to_datetime(self.now()))
        message["Message-ID"] = f"<{_name(some)}@{self.smtp.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(
            f"\n\n{'-' * 40}\n\n".join(f"{one.payload['subject']}\n\n{one.payload['body']}" for one in some)
        )
        return message


def _digests(intents: Sequence[Intent]) -> list[list[Intent]]:
    """This gathers what belongs together, in the order in which it came."""
    gathered: dict[tuple[Any, ...], list[Intent]] = {}
    for one in intents:
        told = one.payload
        alone = one.slot if one.purpose == "escalation" else ""
        group = (alone, told.get("territory", ""), told.get("digest_at", 0), tuple(told["to"]))
        gathered.setdefault(group, []).append(one)
    return [
        group[start : start + LEADS_MAX]
        for group in gathered.values()
        for start in range(0, len(group), LEADS_MAX)
    ]


def _subject(some: Sequence[Intent]) -> str:
    if some[0].purpose == "escalation":
        return str(some[0].payload["subject"])
    leads = "1 new lead" if len(some) == 1 else f"{len(some)} new leads"
    return f"{leads}: {some[0].payload['territory']}"


def _name(some: Sequence[Intent]) -> str:
    """The same leads make the same name, in every run; another workspace has other names."""
    meant = "\n".join(f"{one.slot} {one.payload['key']}" for one in some)
    return hashlib.sha256(meant.encode()).hexdigest()[:40]


def _refused(code: int, what: str) -> Outcome:
    """Servers answer 4xx for what may work later."""
    if code >= 500:
        remedy = "Check `to` and `notices: email:`, then `mqlsync errors retry`."
        return Rejected(f"the mail server refuses {what} ({code})", remedy)
    return Retry(f"the mail server refuses {what} for now ({code})")


@dataclass(frozen=True, slots=True)
class Webhook(Channel):
    """A webhook: one POST of JSON per lead, as chats take them (`text`), and with what programs want."""

    url: str
    secret: str
    now: Callable[[], int]
    crm: str = "webhook"
    timeout_s: float = TIMEOUT_S

    def tell(self, intents: Sequence[Intent]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for one in intents:
            last = outcomes[-1] if outcomes else None
            outcomes.append(last if isinstance(last, Retry | Stop) else self._sent(one))
        return outcomes

    def _sent(self, one: Intent) -> Outcome:
        import requests  # noqa: PLC0415 (start-up time)

        told = one.payload
        body = json.dumps(
            {
                "text": f"{told['subject']}\n{told['body']}",
                "event": "escalation" if one.purpose == "escalation" else "lead",
                "key": told["key"],
                "territory": told.get("territory", ""),
                "due_at": clock.text(told["due_at"]),
            }
        ).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": _name([one]), **self._proof(body)}
        try:
            answer = requests.post(
                self.url, data=body, headers=headers, timeout=self.timeout_s, allow_redirects=False
            )
        except requests.RequestException as error:
            return Retry(f"the webhook did not answer: {type(error).__name__}")
        return _answered(answer.status_code, answer.headers.get("Retry-After", ""))

    def _proof(self, body: bytes) -> dict[str, str]:
        if not self.secret:
            return {}
        at = str(self.now() // clock.SECOND)
        proof = hmac.new(self.secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Mqlsync-Timestamp": at, "X-Mqlsync-Signature": f"sha256={proof}"}


def _answered(status: int, retry_after: str) -> Outcome:
    kind = status // 100
    if kind == 2:
        return Done("")
    if status in BUSY or kind == 5:
        wait = float(retry_after) if retry_after.isdecimal() else 0.0
        return Retry(f"the webhook answered {status}", min(wait, 3_600.0))
    if status in CLOSED or kind == 3:
        return Stop(f"the webhook answered {status}", "Check MQLSYNC_NOTICE_URL.")
    return Rejected(f"the webhook answered {status}", "It does not take what we send; see docs/handoff.md.")
