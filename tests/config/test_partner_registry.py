"""The partner registry: what it says, and every mistake with its line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from config.definitions import DEFAULTS
from config.errors import ConfigError
from config.partners import Registry, load_registry
from config.settings import load_settings
from scoring.partner import ORDER
from scoring.partners.account import SHARED, Contact
from scoring.touches import DAY, NEVER

WHOLE = """\
claim_order: [deal_registration, utm]
claim_days: {deal_registration: 365, own: 30}
influence_days: 60
link_parameters: [Partner_ID]
registration_field: registered
partners:
  kestrel:
    name: Kestrel Consulting
    tier: gold
    specialisation: late_stage
    definition: kestrel
    link_ids: [KES-1]
    campaigns: "kestrel-*"
    registered_as: Kestrel Ltd
    claim_days: {utm: 10}
    contacts: [{name: Kim, email: kim@kestrel.example, role: marketing}]
    costs:
      - {amount: 1200.50, currency: EUR, per: month, from: 2026-01-01, until: 2026-07-01, why: fee}
      - {amount: "9000", currency: USD, per: once, from: 2026-03-01}
    shares: [company, status, email]
    columns: {email: E-mail, date: Created}
    mql_statuses: [Hot]
  orbis:
    name: Orbis
    tier: silver
    claim_days: 5
"""
A = "partners:\n  a:\n    name: A\n    tier: t\n"
COST = "{amount: 5, currency: EUR, per: year, from: 2026-02-01"


def registry(tmp_path: Path, text: str) -> Registry:
    path = tmp_path / "partners.yaml"
    path.write_text(text, encoding="utf-8")
    return load_registry(path)


def mistake(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        registry(tmp_path, text)
    return str(caught.value).removeprefix(f"{tmp_path}/partners.yaml:")


def test_a_registry_says_who_claims_how_and_what_was_agreed(tmp_path: Path) -> None:
    found = registry(tmp_path, WHOLE)

    kestrel, orbis = found.partners
    account = found.accounts["kestrel"]
    assert found.rules.order == ("deal_registration", "utm")
    assert (found.rules.own, found.rules.influence) == (30 * DAY, 60 * DAY)
    assert found.rules.link_parameters == ("partner_id",)
    assert [kestrel.window(kind) for kind in ("utm", "deal_registration", "content")] == [
        10 * DAY,
        365 * DAY,
        180 * DAY,
    ]
    assert [orbis.window(kind) for kind in ("utm", "deal_registration")] == [5 * DAY, 5 * DAY]
    assert account.contacts == (Contact("Kim", "kim@kestrel.example", "marketing"),)
    assert [(one.amount, one.currency, one.per) for one in account.costs] == [
        (Decimal("1200.50"), "EUR", "month"),
        (Decimal(9000), "USD", "once"),
    ]
    assert account.costs[1].end == NEVER
    assert account.shares == ("company", "status", "email")
    assert (account.specialisation, account.mql_statuses) == ("late_stage", ("hot",))


def test_where_nothing_is_written_addresses_and_scores_are_not_shared(tmp_path: Path) -> None:
    found = registry(tmp_path, "partners: {a: {name: A, tier: t}}")

    assert found.rules.order == ORDER
    assert found.accounts["a"].shares == SHARED
    assert not {"email", "title", "score", "grade", "reason"} & set(SHARED)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "claim_order: [utm, utms]\n",
            "1: claim_order.1: `utms` is no kind of evidence; did you mean `utm`?",
        ),
        ("claim_order: [utm, utm]\n", "1: claim_order: names one of them twice; keep one"),
        ("claim_days:\n  utm: -1\n", "2: claim_days.utm: should be greater than 0"),
        ("partners:\n  Own: {name: A, tier: t}\n", "2: partners.Own.[key]: is no key of a partner;"),
        ("partners:\n  a:\n    name: A\n", "2: partners.a.tier: is missing; add it"),
        ("partners:\n  a: {name: A, tier: t}\n  a: {name: A, tier: t}\n", "3: partners.a: stands twice"),
        (
            A + "    claim_days: {utm: 0}\n",
            "5: partners.a.claim_days.utm: should be greater than 0",
        ),
        (
            A + "    shares: [emial]\n",
            "5: partners.a.shares.0: `emial` is no thing that can be shared; did you mean `email`?",
        ),
        (
            A + "    contacts:\n    - {name: K, email: k at a}\n",
            "6: partners.a.contacts.0.email: is no e-mail address; write it like name@host",
        ),
        (
            A + f"    costs:\n    - {COST}}}\n    - {COST.replace('EUR', 'eur')}}}\n",
            "7: partners.a.costs.1.currency: is no currency; write its three letters, such as EUR",
        ),
        (
            A + f"    costs:\n    - {COST}, until: 2026-02-01}}\n",
            "6: partners.a.costs.0: ends before it begins; correct `from` or `until`",
        ),
        (
            "partners:\n  a: {name: A, tier: t, link_ids: X}\n  b: {name: B, tier: t, link_ids: x}\n",
            "3: partners.b.link_ids: `x` also belongs to `a`; give it to one of them",
        ),
        (
            A + "    registered_as: [Acme]\n  b: {name: B, tier: t, registered_as: acme}\n",
            "6: partners.b.registered_as: `acme` also belongs to `a`; give it to one of them",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    assert told in mistake(tmp_path, text)


def workspace(folder: Path, registered: str = "", partner: str = "") -> Path:
    (folder / "mqlsync.yaml").write_text(
        "workspace: w\nconnections: {hubspot: }\nattributes: {registered: {hubspot: partner_account}}\n"
    )
    text = (DEFAULTS / "partners.yaml").read_text()
    (folder / "partners.yaml").write_text(registered + text.replace("tier: gold", f"tier: gold{partner}"))
    return folder


def test_what_the_registry_names_in_other_files_must_be_there(tmp_path: Path) -> None:
    fine = load_settings(
        workspace(tmp_path, "registration_field: registered\n", "\n    definition: standard")
    )
    assert fine.definitions()

    broken = load_settings(
        workspace(tmp_path, "registration_field: regsitered\n", "\n    definition: standrad")
    )
    with pytest.raises(ConfigError) as caught:
        broken.definitions()

    told = str(caught.value)
    assert "partners.yaml:1: registration_field: `regsitered` is no attribute; name the CRM's field" in told
    assert "partners.kestrel.definition: there is no definition `standrad`; did you mean `standard`?" in told
