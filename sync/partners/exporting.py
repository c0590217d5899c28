"""A partner's report, brought together from the store and written to files. What may be seen is decided here
and in `reports.partner_report`: this module hands over leads that the partner brought, and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, text

from config.settings import Settings
from dashboard.partner import partner_page
from reports.partner_report import (
    ACCEPTED,
    LEAD,
    MQL,
    OPPORTUNITY,
    WON,
    Brought,
    PartnerReport,
    Promises,
    partner_report,
)
from scoring.partners.account import Account
from scoring.partners.campaigns import campaigns
from scoring.partners.words import KINDS
from scoring.touches import NEVER
from sync.errors import ExportFailed
from sync.store.engine import Store
from sync.store.facts import load_facts
from sync.store.partner_claims import StoredClaim, claims_of_partner
from sync.store.partner_people import Known, Spell, known_people

POINT = 1_000
FACTS_AT_ONCE = 2_000
STAGE_OF = {"sal": ACCEPTED, "appointment": ACCEPTED, "sql": OPPORTUNITY, "customer": WON}
STAGE_ENDED = {"accepted": ACCEPTED, "silence": ACCEPTED, "appointment": ACCEPTED, "opportunity": OPPORTUNITY}
STAGE_ENDED |= {"won": WON, "lost": OPPORTUNITY}

_CLOCKS = text(
    "SELECT state, COUNT(DISTINCT episode) AS n FROM clock WHERE partner = :partner GROUP BY state"
)


def export_to(settings: Settings, store: Store, account: Account, folder: Path, now: int) -> list[Path]:
    """This writes the partner's files into the folder; files of an earlier export are replaced whole."""
    told = report_of(settings, store, account, now)
    files = {
        f"{account.slug}-leads.csv": "\ufeff" + told.leads_csv(),
        f"{account.slug}-results.csv": "\ufeff" + told.results_csv(),
        f"{account.slug}.html": partner_page(told),
    }
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            made = folder / f".{name}.new"
            made.write_text(content, encoding="utf-8", newline="")
            written.append(made.replace(folder / name))
    except OSError as error:
        raise ExportFailed(f"{folder}: {error.strerror}") from error
    return written


def report_of(settings: Settings, store: Store, account: Account, now: int) -> PartnerReport:
    """This is what the partner may see now."""
    registry = settings.registry()
    with store.reading() as tx:
        claims = _won(claims_of_partner(tx, account.slug))
        known = known_people(tx, claims)
        mine = {person: known[person] for person in claims if known[person].partner in ("", account.slug)}
        names = _campaigns(settings, tx, sorted(mine), account.slug)
        promises = _promises(tx, account.slug)
    leads = [_brought(one, claims[person], names.get(person, ()), now) for person, one in mine.items()]
    others = [word for one in registry.partners if one.slug != account.slug for word in (one.slug, one.name)]
    return partner_report(
        account.name, leads, shares=account.shares, others=others, promises=promises, as_of=now
    )


def _won(claims: Sequence[StoredClaim]) -> dict[int, list[StoredClaim]]:
    """These are claims that won, but those of people whom somebody else took over at last."""
    found: dict[int, list[StoredClaim]] = {}
    for claim in claims:
        if claim.wins:
            found.setdefault(claim.person, []).append(claim)
    return {
        person: some
        for person, some in found.items()
        if max(some, key=lambda one: one.at).why != "taken_over"
    }


def _campaigns(
    settings: Settings, tx: Connection, people: Sequence[int], slug: str
) -> dict[int, tuple[str, ...]]:
    context = settings.context()
    found = {}
    for start in range(0, len(people), FACTS_AT_ONCE):
        some = people[start : start + FACTS_AT_ONCE]
        told = campaigns(load_facts(tx, some), context, slug)
        found.update({some[place]: names for place, names in told.items()})
    return found


def _promises(tx: Connection, slug: str) -> Promises | None:
    """This is None where no promise was ever made about leads of this partner."""
    states = {row.state: row.n for row in tx.execute(_CLOCKS, {"partner": slug})}
    if not states:
        return None
    running = states.get("running", 0) + states.get("paused", 0)
    return Promises(states.get("met", 0), states.get("breached", 0), running)


def _brought(one: Known, claims: Sequence[StoredClaim], names: tuple[str, ...], now: int) -> Brought:
    claim = max(claims, key=lambda each: each.at)
    spells = [spell for spell in one.spells if any(c.at <= spell.qualified_at < c.until for c in claims)]
    holds = claim.at <= now < claim.until
    stage = _stage(one, spells, holds=holds)
    spell = spells[-1] if spells else None
    values: Mapping[str, str | int] = {
        **{name: one.attributes.get(name, "") for name in ("company", "country", "email", "title")},
        "status": one.status if holds else "claim ended",
        "claimed_at": min(each.at for each in claims),
        "claim_until": claim.until if claim.until < NEVER else 0,
        "evidence": KINDS[claim.kind],
        "qualified_at": spell.qualified_at if spell else 0,
        "ended_at": spell.ended_at if spell else 0,
        "outcome": _outcome(spell),
        "score": one.score // POINT if holds else "",
        "grade": one.grade if holds else "",
        "reason": str(one.published.get("reason") or "") if holds else "",
    }
    return Brought(one.person, stage, values, names)


def _stage(one: Known, spells: Sequence[Spell], *, holds: bool) -> int:
    """This is how far she came by spells that began under the claim."""
    if not spells:
        return LEAD
    ended = max(STAGE_ENDED.get(spell.ended_by, MQL) for spell in spells)
    return max(ended, STAGE_OF.get(one.status, MQL) if holds else MQL)


def _outcome(spell: Spell | None) -> str:
    if spell is None:
        return ""
    return spell.ended_by or "open"
