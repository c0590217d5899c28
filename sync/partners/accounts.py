"""A partner by whatever name somebody types."""

from __future__ import annotations

from config.errors import nearest
from config.settings import Settings
from scoring.partners.account import Account
from sync.errors import NoSuchPartner


def account_of(settings: Settings, name: str) -> Account:
    """This is the partner of that key or name. Raises `NoSuchPartner`."""
    accounts = settings.registry().accounts
    wanted = name.strip().casefold()
    for slug, account in accounts.items():
        if wanted in (slug.casefold(), account.name.casefold()):
            return account
    if not accounts:
        raise NoSuchPartner("the registry is empty")
    raise NoSuchPartner(f"there is no partner `{name}`; {nearest(name, accounts)}")
