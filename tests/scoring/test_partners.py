"""What is evidence of a partner, through the whole of scoring, and how it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.channels import load_sites
from config.definitions import DEFAULTS
from scoring.context import Context
from scoring.definitions.book import Book
from scoring.definitions.conditions import scored
from scoring.definitions.definition import POINT, Definition, Group, Rule, Scope, Terms
from scoring.definitions.kinds import Match
from scoring.partner import ClaimRules, Partner
from scoring.partners.words import LENGTH_MAX, evidence_sentence, influencing, lines
from scoring.score import score
from scoring.touches import ALWAYS, DAY, Facts, attributes_of, touches_of
from scoring.verdicts import Verdicts

T = 20_000 * DAY
KESTREL = Partner(
    *("kestrel", "Kestrel Consulting", "gold", ("kestrel",), ("/lp/kestrel*",), ("kestrel.example",)),
    claim=100 * DAY,
    content=("Joint guide*",),
    campaigns=("kestrel-*",),
    link_ids=("kes-1",),
    registered_as=("Kestrel Ltd",),
    windows=(("deal_registration", 50 * DAY),),
)
ORBIS = Partner("orbis", "Orbis Networks", "silver", ("orbis",), ("/lp/orbis",), claim=100 * DAY)
RULES = ClaimRules(link_parameters=("partner_id",), registration_field="registered", influence=30 * DAY)
CONTEXT = Context(("acme.example",), (KESTREL, ORBIS), load_sites(DEFAULTS / "channels.yaml"), RULES)
SITE = "https://acme.example/"
GOOGLE = {"referrer": "https://www.google.com/"}
OWN = Definition("own", "1", "own", scored(10**9), (), (Group("g"),))
THEIRS = replace(OWN, name="kestrel", scope=Scope("partner", "kestrel"), terms=Terms("agreed", ("A",), 1))


def judged(
    *touches: dict,
    told: list | None = None,
    at: int = T + 90 * DAY,
    by: Definition | Book = OWN,
    context=CONTEXT,
) -> Verdicts:
    rows = [{"id": n, "kind": "page_view", "url": SITE, **row} for n, row in enumerate(touches, start=1)]
    return score(Facts(1, touches_of(rows), attributes_of(told or [])), by, at, context=context)


EVIDENCE = {
    "partner_link": {"url": SITE + "?partner_id=KES-1"},
    "landing_page": {"url": SITE + "lp/kestrel"},
    "utm": {"url": SITE + "?utm_source=Kestrel&utm_medium=partner"},
    "content": {"kind": "content_download", "asset": "Joint guide to forecasting", "url": ""},
    "campaign": {"kind": "campaign_response", "campaign": "Kestrel-autumn", "url": ""},
    "list_import": {"kind": "partner_lead", "asset": "kestrel", "url": ""},
    "deal_registration": {"kind": "deal_registration", "asset": "kestrel", "url": ""},
}


@pytest.mark.parametrize("kind", EVIDENCE)
def test_each_kind_of_evidence_claims_from_its_instant_until_its_window_ends(kind: str) -> None:
    touch = {"at": T, **EVIDENCE[kind]}
    end = T + KESTREL.window(kind)

    found = judged(touch)

    assert [(line.kind, line.at, line.until) for line in lines(found, 0)] == [(kind, T, end)]
    assert judged(touch, at=T - 1).partner_of(0) == ("", "")
    assert judged(touch, at=end - 1).partner_of(0) == ("kestrel", "gold")
    assert judged(touch, at=end).partner_of(0) == ("", "")
    assert judged(touch, at=T).recheck_at[0] <= end


def test_a_referral_is_recognised_and_claims_nobody_unless_the_order_says_so() -> None:
    touch = {"at": T, "referrer": "https://www.kestrel.example/blog"}
    claiming = replace(CONTEXT, claim_rules=replace(RULES, order=("referral",)))

    found = judged(touch)

    assert [(line.kind, line.why) for line in lines(found, 0)] == [("referral", "no_claim")]
    assert found.partner_of(0) == ("", "")
    assert evidence_sentence(found, 0) == "No claim: Kestrel Consulting: referral, 4 Oct 2024."
    assert judged(touch, context=claiming).partner_of(0) == ("kestrel", "gold")


def test_an_unknown_link_id_is_nobodys_and_another_parameter_is_none() -> None:
    assert judged({"at": T, "url": SITE + "?partner_id=kes-2"}).partner_of(0) == ("", "")
    assert judged({"at": T, "url": SITE + "?id=kes-1"}).partner_of(0) == ("", "")
    assert judged({"at": T, "url": SITE + "#partner_id=kes%2D1"}).partner_of(0) == ("kestrel", "gold")


def test_one_touch_can_name_two_partners_and_its_stronger_evidence_wins() -> None:
    found = judged({"at": T, "url": SITE + "lp/orbis?utm_source=kestrel"})

    assert found.partner_of(0) == ("orbis", "silver")
    assert [(line.partner, line.why, line.rival) for line in lines(found, 0)] == [
        ("orbis", "wins", ""),
        ("kestrel", "outranked", "orbis"),
    ]


def test_the_crms_field_registers_a_deal_for_as_long_as_it_names_the_partner() -> None:
    told = [(0, T, "registered", "Kestrel LTD "), (0, T + 20 * DAY, "registered", "Orbis Networks")]

    assert judged(told=told, at=T + 20 * DAY - 1).partner_of(0)[0] == "kestrel"
    assert judged(told=told, at=T + 20 * DAY).partner_of(0)[0] == "orbis"
    assert judged(told=told[:1], at=T + 50 * DAY).partner_of(0)[0] == ""
    assert judged(told=[*told[:1], (0, T + DAY, "registered", "")], at=T + DAY).partner_of(0)[0] == ""
    assert judged(told=[(0, T, "registered", "Somebody else")]).partner_of(0)[0] == ""


def test_a_registration_of_unknown_date_counts_from_the_first_that_is_known_of_her() -> None:
    told = [(0, ALWAYS, "registered", "kestrel")]
    seen = {"at": T, **GOOGLE}

    assert judged(seen, told=told, at=T - 1).partner_of(0)[0] == ""
    assert judged(seen, told=told, at=T).partner_of(0)[0] == "kestrel"
    assert judged(seen, told=told, at=T + 999 * DAY).partner_of(0)[0] == "kestrel"


def test_saying_again_who_registered_the_deal_moves_nothing() -> None:
    told = [(0, T, "registered", "kestrel"), (0, T + 40 * DAY, "registered", "Kestrel Ltd")]

    assert judged(told=told, at=T + 50 * DAY).partner_of(0)[0] == ""


def test_whom_own_marketing_brought_shared_content_does_not_claim() -> None:
    paper = {"at": T + DAY, **EVIDENCE["content"]}

    found = judged({"at": T, **GOOGLE}, paper)

    assert found.partner_of(0) == ("", "")
    assert evidence_sentence(found, 0) == (
        "Own marketing, 4 Oct 2024, until 2 Apr 2025. "
        "Kestrel Consulting lost (shared content, 5 Oct 2024): own marketing ranks higher."
    )
    assert judged({"at": T, "url": SITE}, paper).partner_of(0)[0] == "kestrel"  # a bare visit brought nobody
    assert judged({"at": T, **GOOGLE}, {"at": T + DAY, **EVIDENCE["utm"]}).partner_of(0)[0] == "kestrel"


def test_an_own_lead_is_never_judged_by_a_partners_definition() -> None:
    own = [{"at": T, **GOOGLE}, {"at": T + DAY, "url": SITE + "?utm_source=google&utm_medium=cpc"}]
    book = Book((OWN, THEIRS))

    for touches in (own, [*own, {"at": T + 2 * DAY, **EVIDENCE["content"]}]):
        judge = judged(*touches, by=book).judged_by(0)
        assert judge is not None
        assert judge.name == "own"
    brought = judged(*own, {"at": T + 2 * DAY, **EVIDENCE["landing_page"]}, by=book).judged_by(0)
    assert brought is not None
    assert brought.name == "kestrel"


def test_an_opened_mail_and_what_sales_did_are_no_evidence() -> None:
    for kind in ("email_open", "email_delivered", "call", "sales_accepted"):
        touch = {"at": T, "kind": kind, "campaign": "kestrel-x", "asset": "Joint guide", "url": ""}
        assert lines(judged(touch), 0) == ()


def test_the_sentence_says_who_why_until_when_and_who_lost() -> None:
    found = judged({"at": T, **EVIDENCE["utm"]}, {"at": T + DAY, "url": SITE + "?utm_source=orbis"})
    taken = judged({"at": T, **EVIDENCE["utm"]}, {"at": T + DAY, "url": SITE + "lp/orbis"})
    over = judged({"at": T, **EVIDENCE["utm"]}, at=T + 100 * DAY)

    assert evidence_sentence(found, 0) == (
        "Kestrel Consulting: UTM, 4 Oct 2024, until 12 Jan 2025. "
        "Orbis Networks lost (UTM, 5 Oct 2024): UTM came first, 4 Oct 2024."
    )
    assert evidence_sentence(taken, 0) == (
        "Orbis Networks: landing page, 5 Oct 2024, until 13 Jan 2025. "
        "Kestrel Consulting lost (UTM, 4 Oct 2024): taken over by landing page, 5 Oct 2024."
    )
    assert evidence_sentence(over, 0) == (
        "No claim any more: Kestrel Consulting: UTM, 4 Oct 2024, ended 12 Jan 2025."
    )
    assert evidence_sentence(judged({"at": T, **GOOGLE}), 0) == ""


def test_a_sentence_with_many_losers_still_fits_and_says_how_many_more() -> None:
    many = tuple(Partner(f"p{n}", f"Partner with a long name {n}", "t", (f"p{n}",)) for n in range(9))
    touches = [{"at": T + n * DAY, "url": f"{SITE}?utm_source=p{n}"} for n in range(9)]

    told = evidence_sentence(judged(*touches, context=replace(CONTEXT, partners=many)), 0)

    assert told.startswith("Partner with a long name 0: UTM")
    assert told.endswith("more lost.")
    assert len(told) <= LENGTH_MAX


def test_evidence_that_fared_alike_is_one_line() -> None:
    again = [{"at": T + n * DAY, "url": SITE + "?utm_source=orbis"} for n in (1, 2, 3)]

    _, lost = lines(judged({"at": T, **EVIDENCE["utm"]}, *again), 0)

    assert (lost.partner, lost.times, lost.at, lost.last_at) == ("orbis", 3, T + DAY, T + 3 * DAY)


def test_partners_who_had_to_do_with_it_shortly_before_influenced_it() -> None:
    rule = Rule("demo", "demo", Match(("demo_request",)), 50 * POINT, "g")
    qualifies = replace(OWN, qualified=scored(50 * POINT), rules=(rule,))
    demo = {"at": T + 30 * DAY, "kind": "demo_request"}
    orbis = {"url": SITE + "?utm_source=orbis"}
    first = {"at": T - 9 * DAY, **EVIDENCE["utm"]}

    def influencers(*touches: dict) -> tuple[str, ...]:
        return influencing(judged(first, *touches, by=qualifies), 0)

    assert influencers({"at": T, **orbis}, demo) == ()
    assert influencers({"at": T + 1, **orbis}, demo) == ("orbis",)
    assert influencers({"at": T + 30 * DAY + 1, **orbis}, demo) == ()
    assert influencers({"at": T + 1, **orbis}) == ()
    assert influencers({"at": T + DAY, "kind": "partner_lead", "asset": "orbis", "url": ""}, demo) == ()
