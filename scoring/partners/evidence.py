"""What ties people to partners: their links and pages, shared content and campaigns, CRM fields, files.

Every touch is evidence of each partner that it names, once, by the strongest kind. Own marketing claims, too,
but only people whom partners have evidence of: it is the rival then, and nobody else needs to know.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scoring.channel import Origin
from scoring.context import Context
from scoring.curves import Index, is_first
from scoring.partner import CLAIMANTS, EVIDENCE, OWN, Partner
from scoring.partners.claims import OWN_KIND, UNRANKED, Claims, Evidence, settled
from scoring.patterns import glob, matching, used_codes
from scoring.touches import ALWAYS, NEVER, PARTNER_KINDS, Bools, Codes, Facts, Ints, Touches

# What a partner's own file tells: the kind of touch, and the kind of evidence that it is.
TOLD = dict(zip(PARTNER_KINDS, ("list_import", "deal_registration"), strict=True))
REGISTRATION, CONTENT, CAMPAIGN, LANDING = (
    CLAIMANTS.index(kind) for kind in ("deal_registration", "content", "campaign", "landing_page")
)
# (row, partner, kind), one of each per piece of evidence
Named = tuple[Index, Codes, Codes]


def partner_claims(
    facts: Facts, counts: Bools, brings: Bools, origins: Sequence[Origin], which: Ints, context: Context
) -> Claims:
    """This settles who holds whom. `counts` marks touches that may be evidence at all, `brings` those by
    which own marketing brought somebody.
    """
    touches, rules = facts.touches, context.claim_rules
    row, partner, kind = named_on(touches, counts, origins, which, context)
    field = _registered(facts, context)
    if not len(row) and not len(field.person):
        return Claims()
    whom = np.zeros(facts.people, np.bool_)
    whom[touches.person[row]] = True
    whom[field.person] = True
    ours = brings & whom[touches.person] if OWN in rules.order else np.zeros(len(touches), np.bool_)
    ours[row] = False
    own = np.flatnonzero(ours)
    row = np.concatenate((row, own))
    partner = np.concatenate((partner, np.full(len(own), len(context.partners), np.int32)))
    kind = np.concatenate((kind, np.full(len(own), OWN_KIND, np.int32)))
    lasts = _windows(context)[partner, kind]
    found = Evidence(
        person=np.concatenate((touches.person[row].astype(np.int64), field.person)),
        at=np.concatenate((touches.at[row], field.at)),
        partner=np.concatenate((partner, field.partner)),
        kind=np.concatenate((kind, field.kind)),
        touch=np.concatenate((row, field.touch)).astype(np.int64),
        recorded_at=np.concatenate((touches.recorded_at[row], field.recorded_at)),
        ends=np.concatenate((touches.at[row] + lasts, field.ends)),
    )
    ranks = [rules.rank(one) if one in rules.order else UNRANKED for one in CLAIMANTS]
    return settled(found, ranks, [one.slug for one in context.partners])


def named_on(
    touches: Touches, counts: Bools, origins: Sequence[Origin], which: Ints, context: Context
) -> Named:
    """These are the partners whom touches name, each once a touch and by its strongest kind."""
    if not context.partners:
        nothing = np.empty(0, np.int32)
        return np.empty(0, np.intp), nothing, nothing
    partners = context.partners
    outside = np.array([one.brings_source or one.is_bare for one in origins] + [False], np.bool_)[which]
    parts = [
        _linked(counts, origins, which, partners),
        _landed(touches, counts & outside, partners),
        _matched(touches.asset, touches, counts, [one.content for one in partners], CONTENT),
        _matched(touches.campaign, touches, counts, [one.campaigns for one in partners], CAMPAIGN),
        *_told(touches, counts, partners),
    ]
    row, partner, kind = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    rank = np.array([context.claim_rules.rank(one) for one in CLAIMANTS])[kind]
    order = np.lexsort((kind, rank, partner, row))
    row, partner, kind = row[order], partner[order], kind[order]
    once = is_first(row * (len(partners) + 1) + partner)
    return row[once], partner[once], kind[once]


def _windows(context: Context) -> Ints:
    """This is how long evidence holds, by partner and kind."""
    rows = [[one.window(kind) for kind in EVIDENCE] + [0] for one in context.partners]
    return np.array([*rows, [context.claim_rules.own] * len(CLAIMANTS)], np.int64)


def _linked(counts: Bools, origins: Sequence[Origin], which: Ints, partners: Sequence[Partner]) -> Named:
    """This is what links and referrers name."""
    index = {one.slug: number for number, one in enumerate(partners)}
    pairs = [[(index[slug], EVIDENCE.index(kind)) for slug, kind in one.named] for one in origins]
    size = np.array([len(one) for one in pairs] + [0], np.int64)
    rows = np.flatnonzero(counts & (size[which] > 0))
    return _spread(rows, which[rows], pairs, size)


def _spread(rows: Index, which: Ints, pairs: Sequence[Sequence[tuple[int, int]]], size: Ints) -> Named:
    """This gives each row all the pairs of its kind of thing."""
    flat = np.array([pair for one in pairs for pair in one], np.int32).reshape(-1, 2)
    start = np.cumsum(size) - size
    often = size[which]
    row = np.repeat(rows, often)
    place = np.arange(len(row)) - np.repeat(np.cumsum(often) - often, often) + np.repeat(start[which], often)
    return row, flat[place, 0], flat[place, 1]


def _landed(touches: Touches, counts: Bools, partners: Sequence[Partner]) -> Named:
    return _matched(touches.page, touches, counts, [one.landing_pages for one in partners], LANDING)


def _matched(
    codes: Codes, touches: Touches, counts: Bools, patterns: Sequence[tuple[str, ...]], kind: int
) -> Named:
    """These are rows whose text matches patterns of partners: each text is asked once."""
    pairs: list[list[tuple[int, int]]] = [[] for _ in touches.labels]
    anybody = tuple(dict.fromkeys(pattern for some in patterns for pattern in some))
    size = np.zeros(len(touches.labels), np.int64)
    if anybody:
        for code in used_codes(codes, touches.labels).tolist():
            text = touches.labels[code]
            if text and glob(anybody).fullmatch(text):
                fits = [n for n, some in enumerate(patterns) if some and glob(some).fullmatch(text)]
                pairs[code] = [(n, kind) for n in fits]
                size[code] = len(fits)
    rows = np.flatnonzero(counts & (size[codes] > 0)) if size.any() else np.empty(0, np.intp)
    return _spread(rows, codes[rows].astype(np.int64), pairs, size)


def _told(touches: Touches, counts: Bools, partners: Sequence[Partner]) -> list[Named]:
    """This is what partners told in files of their own; such a touch bears the partner's slug."""
    found = []
    for told, kind in TOLD.items():
        mine = counts & matching(touches.kind, touches.labels, (told,))
        if mine.any():
            slugs = [(one.slug,) for one in partners]
            found.append(_matched(touches.asset, touches, mine, slugs, EVIDENCE.index(kind)))
    return found


def _registered(facts: Facts, context: Context) -> Evidence:
    """This is what the CRM's field says of who registered a deal, for as long as it says so.

    A value of which nobody knows since when counts from the first instant that is known of the person, and
    has no other end.
    """
    rules, attributes = context.claim_rules, facts.attributes
    code = {text: n for n, text in enumerate(attributes.labels)}.get(rules.registration_field, -1)
    rows = np.flatnonzero(attributes.name == code) if rules.registration_field and code > 0 else ()
    if not len(rows):
        return Evidence()
    rows = np.asarray(rows)[np.lexsort((rows, attributes.at[rows], attributes.person[rows]))]
    person, at = attributes.person[rows].astype(np.int64), attributes.at[rows]
    names = {name: n for n, one in enumerate(context.partners) for name in _names(one)}
    table = np.full(len(attributes.labels), -1, np.int32)
    for one in np.unique(attributes.value[rows]).tolist():
        table[one] = names.get(attributes.labels[one].strip().casefold(), -1)
    partner = table[attributes.value[rows]]
    news = is_first(person)
    news[1:] |= np.diff(partner) != 0
    person, at, partner = person[news], at[news], partner[news]
    ends = np.where(np.append(is_first(person)[1:], True), NEVER, np.append(at[1:], NEVER))
    undated = at == ALWAYS
    ends = np.where(undated, ends, np.minimum(ends, at + _windows(context)[partner, REGISTRATION]))
    at = np.where(undated, _first_known(facts)[person], at)
    some = (partner >= 0) & (at < ends)
    return Evidence(
        person=person[some],
        at=at[some],
        partner=partner[some],
        kind=np.full(int(some.sum()), REGISTRATION, np.int32),
        touch=np.full(int(some.sum()), -1, np.int64),
        recorded_at=at[some],
        ends=ends[some],
    )


def _names(partner: Partner) -> tuple[str, ...]:
    return tuple(one.casefold() for one in (partner.slug, partner.name, *partner.registered_as))


def _first_known(facts: Facts) -> Ints:
    first: Ints = np.full(facts.people, NEVER, np.int64)
    for log in (facts.touches, facts.attributes):
        dated = log.at > ALWAYS
        np.minimum.at(first, log.person[dated], log.at[dated])
    return first
