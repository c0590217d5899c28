"""What a partner lists and what we judged, brought together for `reports.partner_audit`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config.settings import Settings
from reports.partner_audit import Audit, Lead, audit
from scoring.partners.account import Account
from scoring.touches import ALWAYS
from sync.store.engine import Store
from sync.store.partner_claims import StoredClaim, claims_of_partner
from sync.store.partner_leads import PartnerLead, leads_of
from sync.store.partner_people import Known, known_people

POINT = 1_000
# How a spell that ended is told; one that is open is told by where she stands.
ENDED = {"accepted": "accepted by sales", "opportunity": "opportunity", "silence": "accepted in silence"}
STANDING = {"sal": "accepted by sales", "sql": "opportunity", "customer": "won"}


def audit_of(settings: Settings, store: Store, account: Account, aligned_at: int) -> Audit:
    """This compares one partner's list with our verdicts. `aligned_at` 0: since the definition was agreed."""
    with store.reading() as tx:
        claims = claims_of_partner(tx, account.slug)
        listed = leads_of(tx, account.slug)
        people = {one.person for one in claims} | {one.person for one in listed if one.person}
        known = known_people(tx, people)
    leads = _leads(account, claims, listed, known)
    return audit(account.slug, account.name, leads, aligned_at or agreed_at(settings, account))


def agreed_at(settings: Settings, account: Account) -> int:
    """This is when the partner first agreed to what qualifies its leads, 0 where it never did."""
    terms = [
        one.definition.terms.agreed_at
        for one in settings.definitions()
        if one.definition.name == account.definition
        or (one.definition.scope.kind, one.definition.scope.name) == ("partner", account.slug)
    ]
    return min(filter(None, terms), default=0)


def _leads(
    account: Account,
    claims: Sequence[StoredClaim],
    listed: Sequence[PartnerLead],
    known: Mapping[int, Known],
) -> list[Lead]:
    first: dict[int, int] = {}
    for claim in claims:
        first[claim.person] = min(first.get(claim.person, claim.at), claim.at)
    rows: dict[int, list[PartnerLead]] = {}
    for one in listed:
        rows.setdefault(one.person, []).append(one)
    found = [_lead(account, known[person], first.get(person, 0), rows.get(person, [])) for person in known]
    nobody = "in none of our CRMs"
    unknown = [Lead(0, one.row, _since(one), False, one.is_mql, nobody, "") for one in rows.get(0, [])]
    return found + unknown


def _lead(account: Account, one: Known, first: int, rows: Sequence[PartnerLead]) -> Lead:
    theirs = any(row.is_mql for row in rows)
    ours = bool(one.spells)
    dates = [first, *(_since(row) for row in rows), *(spell.qualified_at for spell in one.spells)]
    why = ""
    if ours and not theirs:
        told = next((f"on its list as {row.status}" for row in rows if row.status), "on its list as no MQL")
        why = told if rows else "not on its list"
    if theirs and not ours:
        why = _why_not(account, one)
    row = min((row.row for row in rows), default=0)
    return Lead(
        one.person,
        row,
        min((at for at in dates if at > ALWAYS and at), default=0),
        ours,
        theirs,
        why,
        _outcome(one),
    )


def _why_not(account: Account, one: Known) -> str:
    """This is why somebody on the partner's list was never an MQL of ours."""
    if not one.status:
        return "not judged yet"
    if one.exclusion:
        return f"excluded: {one.exclusion}"
    claim = {account.slug: "", "": "no claim; "}.get(one.partner, "another claim holds; ")
    return f"{claim}score {one.score / POINT:g}, grade {one.grade}"


def _since(row: PartnerLead) -> int:
    return row.occurred_at or row.first_at


def _outcome(one: Known) -> str:
    """This is what became of her later, as far as sales said."""
    if one.status in STANDING:
        return STANDING[one.status]
    endings = [spell.ended_by for spell in one.spells if spell.ended_by]
    if endings:
        return ENDED.get(endings[-1], endings[-1])
    return "open" if one.spells else ""
