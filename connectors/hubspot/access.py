"""What lets us into a portal: a key that a human made, or an OAuth app's short-lived token.

A key never expires by itself; it is read again after a 401, because people rotate it. An access token
of OAuth lives half an hour and is refreshed by the clock: a 401 is no proper signal for it, though a
long run may still meet one. One thread refreshes while the others wait. A refresh that is refused for
good is not tried again before somebody has changed the credentials.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from connectors.errors import NotAuthorised
from connectors.port import Port

EARLY_S = 300.0  # a token is replaced so long before its end, or a fifth of its life if that is less
EARLY_SHARE = 0.2
LIFE_S = 1_800.0  # where HubSpot does not say


Form = tuple[tuple[str, str], ...]


class Access(Protocol):
    """Gives the token for the next call."""

    @property
    def kind(self) -> str: ...

    def token(self) -> str: ...

    def renew(self, refused: str) -> None:
        """This replaces the token that was just refused, unless somebody did so already."""
        ...


class Key:
    """A service key, or the token of a private app made in earlier days."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read, self._lock, self._held = read, threading.Lock(), ""

    @property
    def kind(self) -> str:
        return "service key or private app token"

    def token(self) -> str:
        with self._lock:
            self._held = self._held or self._read().strip()
            return self._held

    def renew(self, refused: str) -> None:
        with self._lock:
            if self._held == refused:
                self._held = self._read().strip()


@dataclass(frozen=True, slots=True)
class App:
    """An OAuth app that a portal has installed. `keep` is told a new refresh token, where HubSpot
    replaces it; all are functions, so that each can be changed without a restart."""

    client_id: Callable[[], str]
    client_secret: Callable[[], str]
    refresh_token: Callable[[], str]
    keep: Callable[[str], None] = field(default=lambda _: None)

    def form(self, refresh_token: str) -> Form:
        return (
            ("grant_type", "refresh_token"),
            ("client_id", self.client_id()),
            ("client_secret", self.client_secret()),
            ("refresh_token", refresh_token),
        )


@dataclass(slots=True)
class OAuth:
    """Access tokens of an app. `post` sends a form to the token endpoint and hands back its answer."""

    app: App
    port: Port
    post: Callable[[Form], Mapping[str, Any]]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _access: str = ""
    _refresh_at_s: float = 0.0
    _rotated: tuple[str, str] = ("", "")  # the refresh token in the settings, and the one that replaced it
    _refused: tuple[Form, NotAuthorised] | None = None

    @property
    def kind(self) -> str:
        return "OAuth app"

    def token(self) -> str:
        with self._lock:
            if not self._access or self.port.monotonic() >= self._refresh_at_s:
                self._refresh()
            return self._access

    def renew(self, refused: str) -> None:
        with self._lock:
            if self._access == refused:
                self._refresh()

    def _refresh(self) -> None:
        given = self.app.refresh_token()
        form = self.app.form(self._rotated[1] if self._rotated[0] == given else given)
        if self._refused and self._refused[0] == form:
            raise type(self._refused[1])(self._refused[1].subject)
        try:
            data = self.post(form)
        except NotAuthorised as error:
            self._refused, self._access = (form, error), ""
            raise
        life_s = float(data["expires_in"]) if isinstance(data.get("expires_in"), int | float) else LIFE_S
        self._refused, self._access = None, data["access_token"]
        self._refresh_at_s = self.port.monotonic() + life_s - min(EARLY_S, life_s * EARLY_SHARE)
        new = data.get("refresh_token")
        if isinstance(new, str) and new and new != dict(form)["refresh_token"]:
            self._rotated = (given, new)
            self.app.keep(new)
