"""What a record says that routing asks for, as it stands at an instant."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from scoring.handoff.territory import Lead
from scoring.patterns import number_of
from scoring.touches import Attributes

_TEXTS = ("country", "region", "postcode", "industry", "language")


def said_of(attributes: Attributes, people: Collection[int], as_of: int) -> dict[int, dict[str, str]]:
    """This is what is known of these people at `as_of`, by name; what is no longer known is ""."""
    said: dict[int, dict[str, str]] = {person: {} for person in people}
    rows = np.flatnonzero(np.isin(attributes.person, list(people)) & (attributes.at <= as_of))
    rows = rows[np.argsort(attributes.at[rows], kind="stable")]
    columns = (column[rows].tolist() for column in (attributes.person, attributes.name, attributes.value))
    for person, name, value in zip(*columns, strict=True):
        said[person][attributes.labels[name]] = attributes.labels[value]
    return said


def lead_of(said: Mapping[str, str], *, key: str, hosts: Collection[str], partner: str) -> Lead:
    """This is a lead of whom that was said; nobody owns her yet. `hosts` are the domains of her company."""
    employees = number_of(said.get("employees", ""))
    names = {*hosts, said.get("company", "")} - {""}
    return Lead(
        key,
        **{name: said.get(name, "") for name in _TEXTS},
        employees=None if employees is None else int(employees),
        accounts=tuple(sorted(names)),
        partner=partner,
    )
