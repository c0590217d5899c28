"""Secrets from the environment, or from files that it names, as containers mount them.

They are read again at each call, so that a rotated one counts without a restart. Their values enter
no message; `known` lists those read so far, so that logs can mask them.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.errors import ConfigError, Problem
from config.reachable import is_loopback

PREFIX = "MQLSYNC_"
KEY_LINE_MIN = 16  # a key has many lines; each is as secret as the whole

_known: set[str] = set()


class _Environment(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore")

    hubspot_token: SecretStr | None = None
    hubspot_token_file: Path | None = None
    hubspot_client_id: SecretStr | None = None
    hubspot_client_secret: SecretStr | None = None
    hubspot_client_secret_file: Path | None = None
    hubspot_refresh_token: SecretStr | None = None
    hubspot_refresh_token_file: Path | None = None
    salesforce_client_id: SecretStr | None = None
    salesforce_client_secret: SecretStr | None = None
    salesforce_client_secret_file: Path | None = None
    salesforce_private_key: SecretStr | None = None
    salesforce_private_key_file: Path | None = None
    smtp_password: SecretStr | None = None
    smtp_password_file: Path | None = None
    notice_url: SecretStr | None = None
    notice_url_file: Path | None = None
    notice_secret: SecretStr | None = None
    notice_secret_file: Path | None = None


def hubspot_token() -> str:
    """This is HubSpot's service key. Raises `ConfigError` where none is set."""
    found = _Environment()
    return _secret("hubspot_token", found.hubspot_token, found.hubspot_token_file)


def is_hubspot_app() -> bool:
    """This says whether HubSpot is entered as an OAuth app. Raises `ConfigError` where a key is set, too."""
    found = _Environment()
    if found.hubspot_refresh_token is None and found.hubspot_refresh_token_file is None:
        return False
    if found.hubspot_token is not None or found.hubspot_token_file is not None:
        raise _wrong("hubspot_refresh_token", f"is set, and so is {_variable('hubspot_token')}", "keep one")
    return True


def hubspot_client_id() -> str:
    """This names our OAuth app at HubSpot; it is no secret. Raises `ConfigError` where none is set."""
    return _name("hubspot_client_id", _Environment().hubspot_client_id, "the app's client id")


def hubspot_client_secret() -> str:
    """This is that app's secret; it also signs webhooks. Raises `ConfigError` where none is set."""
    found = _Environment()
    return _secret("hubspot_client_secret", found.hubspot_client_secret, found.hubspot_client_secret_file)


def hubspot_refresh_token() -> str:
    """This is what a portal gave to that app. Raises `ConfigError` where none is set."""
    found = _Environment()
    return _secret("hubspot_refresh_token", found.hubspot_refresh_token, found.hubspot_refresh_token_file)


def keep_hubspot_refresh_token(token: str) -> bool:
    """This puts a new refresh token into the file of the old one, whole or not at all; false where
    there is no such file or it cannot be written."""
    _known.add(token)
    file = _Environment().hubspot_refresh_token_file
    if file is None:
        return False
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.touch(mode=0o600)
        beside.write_text(token + "\n", encoding="utf-8")
        beside.chmod(file.stat().st_mode & 0o777)
        beside.replace(file)
    except OSError:
        beside.unlink(missing_ok=True)
        return False
    return True


def salesforce_client_id() -> str:
    """This names our connected app; it is no secret. Raises `ConfigError` where none is set."""
    wanted = "the connected app's consumer key"
    return _name("salesforce_client_id", _Environment().salesforce_client_id, wanted)


def salesforce_secret() -> str:
    """This is the connected app's secret. Raises `ConfigError` where none is set."""
    found = _Environment()
    name = "salesforce_client_secret"
    return _secret(name, found.salesforce_client_secret, found.salesforce_client_secret_file)


def salesforce_private_key() -> str:
    """This is the key whose certificate the app knows, in PEM; the certificate may stand beside it.
    Raises `ConfigError` where none is set."""
    found, name = _Environment(), "salesforce_private_key"
    value, file = found.salesforce_private_key, found.salesforce_private_key_file
    if (value is None) == (file is None):
        return _secret(name, value, file)  # it says what is wrong
    text = value.get_secret_value() if value else _content(f"{name}_file", file) if file else ""
    _known.update(line for line in text.split() if len(line) >= KEY_LINE_MIN)
    return text


def smtp_password() -> str:
    """This is the password of whoever sends our mail. Raises `ConfigError` where none is set."""
    found = _Environment()
    return _secret("smtp_password", found.smtp_password, found.smtp_password_file)


def notice_url() -> str:
    """This is the webhook that is told of leads; chats put a secret into it. Raises `ConfigError` where none
    is set, or where it would be told unencrypted."""
    found = _Environment()
    url = _secret("notice_url", found.notice_url, found.notice_url_file)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("https", "http"):
        raise _wrong("notice_url", "is no address", "set it to the https://… of the webhook")
    if parts.scheme == "http" and not is_loopback(host):
        raise _wrong("notice_url", "would send names of leads unencrypted", "use https://")
    return url


def notice_secret() -> str:
    """This signs what the webhook is told, "" where nobody asks for it."""
    found = _Environment()
    if found.notice_secret is None and found.notice_secret_file is None:
        return ""
    return _secret("notice_secret", found.notice_secret, found.notice_secret_file)


def known() -> frozenset[str]:
    """These are all secrets that this process has read; also those rotated away since."""
    return frozenset(_known)


def look() -> None:
    """This reads whatever is set, so that it is known. What is missing is missed only by who needs it."""
    for read in (
        *(hubspot_token, hubspot_client_secret, hubspot_refresh_token),
        *(salesforce_secret, salesforce_private_key),
        *(smtp_password, notice_url, notice_secret),
    ):
        try:
            read()
        except ConfigError:
            continue


def _name(name: str, value: SecretStr | None, wanted: str) -> str:
    if value is None:
        raise _wrong(name, "is not set", f"set it to {wanted}")
    return _clean(name, value.get_secret_value())


def _secret(name: str, value: SecretStr | None, file: Path | None) -> str:
    if value is not None and file is not None:
        raise _wrong(name, f"is set, and so is {_variable(name)}_FILE", "keep one of them")
    if value is not None:
        found = _clean(name, value.get_secret_value())
    elif file is not None:
        found = _clean(f"{name}_file", _content(name, file))
    else:
        raise _wrong(name, "is not set", f"set it, or {_variable(name)}_FILE to a file that holds it")
    _known.add(found)
    return found


def _content(name: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is not text"
        raise _wrong(f"{name}_file", f"{file}: {why}", "check the path and its permissions") from None


def _clean(name: str, value: str) -> str:
    """Files end in a line break, which does not count; one inside would break the call's headers."""
    value = value.strip()
    if not value:
        raise _wrong(name, "is empty", "put the secret there")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise _wrong(name, "holds more than one word of plain characters", "put only the secret there")
    return value


def _wrong(name: str, what: str, remedy: str) -> ConfigError:
    return ConfigError([Problem("environment", 0, _variable(name), what, remedy)])


def _variable(name: str) -> str:
    return PREFIX + name.upper()
