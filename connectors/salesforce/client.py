"""One Salesforce org over HTTP: a token minted by us, spent through simple-salesforce's session.

The token comes from one of the flows in `grants`, at the org's own My Domain. It has no expiry date: a
401 is how it ends. Then one thread mints a new one while the others wait, and the request goes out
again with all its headers. simple-salesforce's own methods are not used, because their replay drops
headers, logs in without end on a lasting 401, and knows no timeouts; its session, headers and paths are.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import orjson

from connectors.answers import Answer
from connectors.bodies import body_of
from connectors.calling import ACCOUNT, Caller, Request, Send, WireFault
from connectors.errors import ConnectorError, NotAuthorised, OverQuota, Unreachable
from connectors.pacing import DAY_LOOK_S, Budget, Day, Pace
from connectors.port import Patience, Port
from connectors.salesforce.grants import Grant
from connectors.salesforce.ids import long_id
from connectors.salesforce.instants import SECOND
from connectors.salesforce.share import Share

if TYPE_CHECKING:
    import requests

CRM = "salesforce"
API_VERSION = "67.0"  # Summer '26
DATA = f"/services/data/v{API_VERSION}"
TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 (a path)

# Salesforce limits calls per day, not per second; this keeps a runaway loop from hurting the org.
CALLS_PER_10_S = 500
RELOGIN_S = 300.0  # a user whose fresh tokens are refused is not logged in again before this
FRUITLESS_MAX = 2  # logins in a row of which no token was ever accepted: bad logins lock the user
EXPIRED_TEXT = b"Bad_OAuth_Token"  # how some endpoints say INVALID_SESSION_ID, with 403 and without JSON


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where we log in, and how we prove who we are."""

    login_url: str
    grant: Grant


@dataclass(frozen=True, slots=True)
class Token:
    """A session: where the org lives today, and as whom we are known there."""

    instance_url: str
    user_id: str
    salesforce: Any


class Session:
    """Sends requests to one org; mints tokens when needed."""

    def __init__(
        self, credentials: Credentials, *, port: Port, patience: Patience, pace: Pace, share: Share
    ) -> None:
        self._credentials, self._port, self._patience = credentials, port, patience
        self._day, self.share = pace.day, share
        self._lock = threading.Lock()
        self._used = threading.local()
        self._token: Token | None = None
        self._fruitless = 0
        self._refusal = ""
        self._minted_at = 0.0
        self._heard = (0, 0.0)  # the server's last Date, and when we heard it
        self._http: requests.Session | None = None
        self._ways: dict[str, Mapping[str, Any]] = {}
        self._login = Caller(
            CRM, self._post_login, port=port, patience=patience, pace=pace, renew=_no_renewal
        )

    @property
    def login_calls(self) -> int:
        return self._login.usage.calls

    @property
    def grant(self) -> Grant:
        return self._credentials.grant

    def token(self) -> Token:
        with self._lock:
            if self._token is None:
                self._token = self._mint()
            return self._token

    def renew(self) -> None:
        """This replaces the token that this thread's last request used, unless another thread did."""
        with self._lock:
            if self._token is getattr(self._used, "token", None):
                self._token = None
                self._token = self._mint()

    def server_now(self) -> int:
        """This is the server's clock: its last `Date` plus the time since. The login says it, too."""
        self.token()
        return self._clock()

    def _clock(self) -> int:
        said, heard_at = self._heard
        return said + int((self._port.monotonic() - heard_at) * SECOND) if said else self._port.now()

    def send(self, request: Request) -> Answer:
        if self._day.limit and not self.share.left(self._day.limit):
            raise OverQuota(f"{CRM}: our own share of the day, {self.share.used} calls, is used")
        self.share.count()
        token = self.token()
        self._used.token = token
        sf = token.salesforce
        headers = {name: value for name, value in sf.headers.items() if name != "X-PrettyPrint"}
        answer = self._exchange(sf.session, token.instance_url, request, {**headers, **request.headers})
        if answer.status == 403 and answer.body.strip() == EXPIRED_TEXT:
            return replace(answer, status=401)
        if answer.status != 401:
            self._fruitless = 0
        return answer

    def _mint(self) -> Token:
        if self._fruitless >= FRUITLESS_MAX and self._port.monotonic() - self._minted_at < RELOGIN_S:
            raise NotAuthorised(self._refusal)
        self._minted_at = self._port.monotonic()
        self._fruitless += 1
        try:
            reply = self._login.call(
                Request("POST", TOKEN_PATH, required={"access_token": str, "instance_url": str})
            )
        except NotAuthorised as error:
            self._fruitless, self._refusal = FRUITLESS_MAX, error.subject
            raise
        except ConnectorError:
            self._fruitless -= 1  # nobody judged our credentials
            raise
        self._refusal = f"{CRM}: fresh tokens are refused"
        return self._token_from(reply.data)

    def _token_from(self, said: Mapping[str, Any]) -> Token:
        from simple_salesforce.api import Salesforce  # noqa: PLC0415 (0.7 s: only for those who need it)

        instance_url = checked_origin(said["instance_url"])
        salesforce = Salesforce(
            instance_url=instance_url,
            session_id=said["access_token"],
            session=self._session(),
            version=API_VERSION,
        )
        return Token(instance_url, _user_in(said.get("id")), salesforce)

    def _post_login(self, request: Request) -> Answer:
        login_url = checked_origin(self._credentials.login_url)
        form = self._credentials.grant.form(login_url, self._clock())
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        filled = Request(request.method, request.path, body=urlencode(form).encode())
        return self._exchange(self._session(), login_url, filled, headers)

    def _exchange(
        self, session: requests.Session, origin: str, request: Request, headers: Mapping[str, str]
    ) -> Answer:
        import requests  # noqa: PLC0415 (start-up time)
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        body = request.body
        asked = requests.Request(
            request.method,
            origin + request.path,
            data=body if body is None or isinstance(body, bytes) else orjson.dumps(body),
            headers=dict(headers),
        )
        prepared = session.prepare_request(asked)
        # the library would quote a query twice, and ours are long
        if request.query:
            prepared.url = f"{prepared.url}?{urlencode(request.query)}"
        ways = self._ways_to(origin, session)
        response = session.send(prepared, allow_redirects=False, **ways)
        named = {name.lower(): value for name, value in response.headers.items()}
        try:
            content = body_of(response.raw, self._port, self._patience.read_s)
        except HTTPError as error:
            raise WireFault("the connection failed") from error
        answer = Answer(response.status_code, named, content)
        said = answer.server_now(0)
        if said:
            self._heard = (said, self._port.monotonic())
        return answer

    def _ways_to(self, origin: str, session: requests.Session) -> Mapping[str, Any]:
        """Proxies and certificates come from the environment, which is a search through all of it: once."""
        if origin not in self._ways:
            self._ways[origin] = session.merge_environment_settings(origin, {}, True, None, None)
        return self._ways[origin]

    def _session(self) -> requests.Session:
        if self._http is None:
            self._http = new_session(self._patience)
        return self._http


def connected(
    credentials: Credentials, *, port: Port, patience: Patience, day_share: float, own_share: float
) -> tuple[Session, Caller]:
    """This is the session and the caller through which every request to the org goes."""
    day = Day(port, share=day_share)
    pace = Pace(
        {ACCOUNT: Budget(port, limit=CALLS_PER_10_S, interval_s=10.0)},
        day,
        lambda _, headers: _observe(day, headers),
    )
    share = Share(port, own_share)
    session = Session(credentials, port=port, patience=patience, pace=pace, share=share)
    send: Send = session.send
    return session, Caller(CRM, send, port=port, patience=patience, pace=pace, renew=session.renew)


def new_session(patience: Patience) -> requests.Session:
    """This is a session that never waits for ever, never retries, and sends only our credentials."""
    import requests  # noqa: PLC0415 (heavy)
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    class TimedAdapter(HTTPAdapter):
        def send(self, request: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # timeouts are ours
            kwargs["timeout"] = (patience.connect_s, patience.read_s)
            return super().send(request, **kwargs)

    session = requests.Session()
    session.mount("https://", TimedAdapter(max_retries=0))
    session.mount("http://", TimedAdapter(max_retries=0))
    # Without this, a .netrc file in the home directory would replace our Authorization header.
    session.auth = lambda prepared: prepared
    return session


def checked_origin(url: str) -> str:
    """This is scheme and host of an address that may see our secrets: encrypted, or this very machine."""
    parts = urlsplit(url.strip())
    is_here = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_here)):
        raise Unreachable(f"{CRM}: {url!r} is no https address")
    return f"{parts.scheme}://{parts.netloc}"


def _user_in(identity_url: Any) -> str:
    """The token names us by an address that ends in our user's id; "" where it does not."""
    try:
        return long_id(str(identity_url or "").rpartition("/")[2])
    except ValueError:
        return ""


def _observe(day: Day, headers: Mapping[str, str]) -> None:
    """`Sforce-Limit-Info: api-usage=18/5000; per-app-api-usage=17/250(appName=…)`"""
    for part in headers.get("sforce-limit-info", "").split(";"):
        name, _, figures = part.strip().partition("=")
        used, _, limit = figures.partition("/")
        limit = limit.partition("(")[0]
        if not (used.isdigit() and limit.isdigit()):
            continue
        if name == "api-usage":
            day.observe(used=int(used), limit=int(limit))
        elif name == "per-app-api-usage" and int(used) >= int(limit):
            day.shut(DAY_LOOK_S)  # an admin gave this app a quota of its own


def _no_renewal() -> None:
    raise NotAuthorised(f"{CRM}: the login was refused")
