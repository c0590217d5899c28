"""An event that was seen several times counts once, by the sighting that says most of it."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_against_oracle import trying

from connectors.records import TOUCH_KINDS
from scoring.definitions.conditions import scored
from scoring.definitions.definition import POINT, Definition, Group, Rule
from scoring.definitions.kinds import Match
from scoring.links import (
    GENERAL,
    GROUPS,
    PROVENANCES,
    WITHIN,
    counted,
    means_the_same,
    plain_text,
    seen_as,
    source_code,
)
from scoring.score import score
from scoring.touches import DAY, MINUTE, SALES_KINDS, SENT_KINDS, Attributes, Facts, Touches, touches_of

NOON = 20_000 * DAY
HUBSPOT, SALESFORCE = 0, 1
EVENT = source_code(HUBSPOT, "marketing_events")
FORM = source_code(HUBSPOT, "form_submissions")
COUNTER = source_code(HUBSPOT, "counter")
MEMBER = source_code(SALESFORCE, "campaign_member")
LEAD = source_code(SALESFORCE, "lead")
Row = dict[str, Any]


def row(source: int, kind: str = "webinar_registration", *, minutes: float = 0, **more: Any) -> Row:
    return {"source": source, "kind": kind, "at": NOON + int(minutes * MINUTE), "person": 0} | more


def touches(*rows: Row) -> Touches:
    return touches_of({"id": number} | one for number, one in enumerate(rows, start=1))


def links(*rows: Row) -> dict[int, int]:
    """Which sighting each touch is told with, by their places; those that count are left out."""
    found = touches(*rows)
    seen = seen_as(found)
    return {int(found.id[one]): int(found.id[seen[one]]) for one in range(len(found)) if seen[one] != one}


def test_a_registration_in_both_crms_under_one_name_counts_once() -> None:
    hubspot = row(EVENT, asset="Pricing: live!")
    salesforce = row(MEMBER, minutes=3, asset="PRICING – Live", campaign="PRICING – Live")

    assert links(salesforce, hubspot) == {1: 2}


def test_ten_minutes_apart_are_two_events() -> None:
    hubspot = row(EVENT, asset="Pricing")

    assert links(hubspot, row(MEMBER, minutes=10 - 1 / 60, asset="Pricing")) == {2: 1}
    assert links(hubspot, row(MEMBER, minutes=10, asset="Pricing")) == {}
    assert links(hubspot, row(MEMBER, minutes=-10, asset="Pricing")) == {}
    assert links(hubspot, row(MEMBER, minutes=-10 + 1 / 60, asset="Pricing")) == {2: 1}


def test_two_people_never_share_an_event() -> None:
    assert links(row(EVENT, asset="Pricing"), row(MEMBER, asset="Pricing", person=1)) == {}


def test_two_touches_of_one_source_are_two_events() -> None:
    assert links(row(FORM, asset="Guide"), row(FORM, minutes=1, asset="Guide")) == {}


def test_touches_whose_source_nobody_knows_are_linked_to_nothing() -> None:
    first_visit = source_code(HUBSPOT, "utm_properties")

    assert first_visit == 0
    assert (
        links(row(first_visit, "page_view"), row(source_code(HUBSPOT, "event_occurrences"), "page_view"))
        == {}
    )


def test_different_kinds_are_different_events() -> None:
    assert links(row(EVENT, asset="Pricing"), row(MEMBER, "webinar_attendance", asset="Pricing")) == {}


def test_a_campaign_that_one_sighting_names_as_its_asset_is_the_same() -> None:
    tagged = row(FORM, "content_download", asset="Guide", campaign="Spring Guide")

    assert links(tagged, row(MEMBER, "campaign_response", asset="spring-guide")) == {2: 1}
    named = row(MEMBER, "content_download", asset="x", campaign="spring guide")
    assert links(row(FORM, "content_download", asset="Spring guide"), named) == {2: 1}


def test_other_names_are_linked_where_each_is_the_only_one_left_for_the_other() -> None:
    webinar, campaign = row(EVENT, asset="How to price"), row(MEMBER, minutes=2, asset="2026-Q3 webinar")

    assert links(webinar, campaign) == {2: 1}


def test_other_names_are_not_linked_where_there_are_two_to_choose_from() -> None:
    one, two = row(EVENT, asset="How to price"), row(EVENT, minutes=1, asset="How to sell")
    campaign = row(MEMBER, minutes=2, asset="2026-Q3 webinar")

    assert links(one, two, campaign) == {}
    assert links(one, campaign, campaign | {"asset": "2026-Q4"}) == {}


def test_whoever_has_a_partner_of_its_name_is_no_choice_any_more() -> None:
    named = row(EVENT, asset="How to price"), row(MEMBER, asset="how to price")
    webinar, campaign = row(EVENT, minutes=1, asset="How to sell"), row(MEMBER, minutes=2, asset="2026-Q3")

    assert links(*named, webinar, campaign) == {2: 1, 4: 3}


def test_other_names_in_one_crm_are_two_events() -> None:
    on_list = source_code(HUBSPOT, "list_memberships")

    assert links(row(EVENT, asset="How to price"), row(on_list, asset="Webinar people")) == {}


def test_a_touch_of_its_own_kind_goes_before_one_that_means_the_same() -> None:
    form = row(FORM, "form_submission", asset="Newsletter form")
    webinar, member = row(EVENT, minutes=1, asset="How to price"), row(MEMBER, minutes=2, asset="2026-Q3")

    assert links(form, webinar, member) == {3: 2}
    assert links(form, member) == {1: 2}


def test_a_precise_kind_goes_before_a_better_source() -> None:
    form = row(FORM, "form_submission", asset="Webinar")

    assert links(form, row(MEMBER, asset="webinar")) == {1: 2}
    assert links(form, row(MEMBER, "campaign_response", asset="webinar")) == {2: 1}


def test_a_counter_is_told_with_the_event_that_it_counted() -> None:
    mail = row(
        source_code(HUBSPOT, "email_events"), "email_click", asset="email:7", url="https://x.example/a"
    )

    assert links(row(COUNTER, "email_click"), mail) == {1: 2}


def test_a_chain_of_sightings_counts_by_its_best() -> None:
    event, member = row(EVENT, asset="A", minutes=0), row(MEMBER, asset="a", minutes=8)
    counter = row(COUNTER, asset="A!", minutes=16)

    assert links(event, member, counter) == {2: 1, 3: 1}


def test_what_counts_takes_over_what_only_others_say() -> None:
    form = row(FORM, "content_download", asset="Guide", page="/guide", url="https://own.example/guide")
    url = "https://own.example/?utm_source=kestrel"
    lead = row(LEAD, "form_submission", minutes=1, asset="Web", campaign="spring", seconds=9, url=url)
    facts = Facts(1, touches(form, lead), Attributes())

    found = counted(facts).touches

    assert len(found) == 1
    texts = {
        name: found.labels[getattr(found, name)[0]] for name in ("kind", "asset", "page", "url", "campaign")
    }
    assert texts == {
        "kind": "content_download",
        "asset": "Guide",
        "page": "/guide",
        "url": "https://own.example/?utm_source=kestrel",
        "campaign": "spring",
    }
    assert found.seconds.tolist() == [9]


def test_a_referrer_is_lost_to_nobody_who_says_less() -> None:
    form = row(FORM, asset="Guide", url="https://own.example/?utm_source=a", referrer="https://a.example/")
    lead = row(MEMBER, asset="Guide", url="https://own.example/?utm_source=b", referrer="https://b.example/")
    bare = {**form, "url": "https://own.example/"}

    kept = counted(Facts(1, touches(form, lead), Attributes())).touches
    told = counted(Facts(1, touches(bare, lead | {"referrer": ""}), Attributes())).touches
    taken = counted(Facts(1, touches(bare, lead), Attributes())).touches

    assert _link(kept) == ("https://own.example/?utm_source=a", "https://a.example/")
    assert _link(told) == ("https://own.example/?utm_source=b", "https://a.example/")
    assert _link(taken) == ("https://own.example/?utm_source=b", "https://b.example/")


def _link(found: Touches) -> tuple[str, str]:
    return found.labels[found.url[0]], found.labels[found.referrer[0]]


def test_people_who_were_seen_once_stay_as_they_are() -> None:
    facts = Facts(1, touches(row(EVENT, asset="a"), row(EVENT, asset="b")), Attributes())

    assert counted(facts) is facts


def test_colleagues_are_counted_once_as_well() -> None:
    both = touches(row(EVENT, asset="a"), row(EVENT, asset="b", person=1), row(MEMBER, asset="b", person=1))
    whole = Facts(2, both, Attributes(), np.array([1, 1], np.int32))

    found = counted(whole.of_people(0, 1))

    assert found.touches.id.tolist() == [1]
    assert found.everybody.touches.id.tolist() == [1, 2]


def test_a_registration_seen_twice_earns_its_points_once() -> None:
    match = Match(("webinar_registration",))
    rule = Rule("registered", "registered", match, 25 * POINT, "g")
    definition = Definition("d", "1", "d", scored(50 * POINT), (rule,), (Group("g"),))
    twice = Facts(1, touches(row(EVENT, asset="Alpha"), row(MEMBER, minutes=4, asset="Q3")), Attributes())

    assert score(twice, definition, NOON + DAY).score.tolist() == [50 * POINT]
    assert score(counted(twice), definition, NOON + DAY).score.tolist() == [25 * POINT]


@pytest.mark.parametrize("kind", sorted(TOUCH_KINDS - {*SALES_KINDS, *SENT_KINDS}))
def test_every_kind_that_people_do_is_in_one_group(kind: str) -> None:
    assert sum(kind in group for group in GROUPS) == 1


@pytest.mark.parametrize("kind", [*SALES_KINDS, *SENT_KINDS])
def test_what_sales_and_we_do_is_in_no_group(kind: str) -> None:
    assert not any(kind in group for group in GROUPS)


def test_kinds_that_mean_the_same_are_in_one_group() -> None:
    for general, others in GENERAL.items():
        assert any({general, *others} <= set(group) for group in GROUPS)


# -- against a naive look ------------------------------------------------------

SOURCES = [0, EVENT, FORM, MEMBER, LEAD, COUNTER, source_code(SALESFORCE, "event"), source_code(2, "counter")]
KINDS = ["webinar_registration", "form_submission", "campaign_response", "demo_request", "page_view", "call"]
rows_made = st.lists(
    st.fixed_dictionaries(
        {
            "person": st.integers(0, 1),
            "at": st.sampled_from([0, 1, 4, 5, 9, 10, 11, 14, 20]).map(lambda n: NOON + n * MINUTE),
            "kind": st.sampled_from(KINDS),
            "source": st.sampled_from(SOURCES),
            "asset": st.sampled_from(["", "Alpha", "ALPHA!", "Beta", "Q3"]),
            "campaign": st.sampled_from(["", "", "alpha", "q3"]),
            "url": st.sampled_from(["", "a", "?utm_source=x", "?UTM_source=y"]),
            "seconds": st.sampled_from([0, 30]),
        }
    ),
    max_size=9,
)


def is_general(one: Row) -> bool:
    return one["kind"] in GENERAL


def turn(one: Row) -> tuple[Any, ...]:
    crm, means = divmod(one["source"], len(PROVENANCES))
    return is_general(one), means, crm, one["at"], one["id"]


def crm_of(one: Row) -> int:
    return int(one["source"]) // len(PROVENANCES)


def near(one: Row, other: Row) -> bool:
    return (
        one["person"] == other["person"]
        and 0 != one["source"] != other["source"] != 0
        and abs(one["at"] - other["at"]) < WITHIN
        and means_the_same(one["kind"], other["kind"])
    )


def alike(one: Row, other: Row) -> bool:
    a, b = plain_text(one["asset"]), plain_text(other["asset"])
    c, d = plain_text(one["campaign"]), plain_text(other["campaign"])
    return not a or not b or a in (b, d) or c == b or c == d != ""


def naive(rows: list[Row]) -> dict[int, int]:
    """Who is told with whom, by looking at each pair, step by step."""
    told: dict[int, int] = {}
    by_id = {one["id"]: one for one in rows}

    def root(number: int) -> int:
        while number in told:
            number = told[number]
        return number

    def seen_by(number: int) -> set[int]:
        return {crm_of(one) for one in rows if root(one["id"]) == number}

    for one in rows:
        better = [x for x in rows if near(one, x) and alike(one, x) and turn(x) < turn(one)]
        if better:
            told[one["id"]] = min(better, key=turn)["id"]

    for of_one_kind in (True, False):
        counting = [one for one in rows if one["id"] not in told]
        free = [
            (one["id"], other["id"])
            for one, other in combinations(counting, 2)
            if near(one, other)
            and not alike(one, other)
            and (one["kind"] == other["kind"] or not of_one_kind)
            and crm_of(other) not in seen_by(one["id"])
            and crm_of(one) not in seen_by(other["id"])
        ]

        def choices(number: int, crm: int, pairs: list[tuple[int, int]] = free) -> int:
            others = [pair[pair[0] == number] for pair in pairs if number in pair]
            return sum(crm_of(by_id[other]) == crm for other in others)

        found: dict[int, list[Row]] = {}
        for pair in free:
            first, second = sorted((by_id[number] for number in pair), key=turn)
            if choices(pair[0], crm_of(by_id[pair[1]])) == choices(pair[1], crm_of(by_id[pair[0]])) == 1:
                found.setdefault(second["id"], []).append(first)
        told |= {number: min(others, key=turn)["id"] for number, others in found.items()}
    return {one["id"]: root(one["id"]) for one in rows if one["id"] in told}


@trying(300)
@given(rows_made)
def test_links_agree_with_looking_at_every_pair(rows: list[Row]) -> None:
    rows = [one | {"id": number} for number, one in enumerate(rows, start=1)]

    assert links(*rows) == naive(rows)


@trying(100)
@given(rows_made, st.randoms())
def test_neither_order_nor_other_people_matter(rows: list[Row], random: Any) -> None:
    rows = [one | {"id": number} for number, one in enumerate(rows, start=1)]
    mixed = random.sample(rows, len(rows))

    together = counted(Facts(2, touches_of(mixed), Attributes()))

    for person in (0, 1):
        alone = counted(Facts(2, touches_of([one for one in rows if one["person"] == person]), Attributes()))
        mine = together.of_people(person, person + 1).touches
        assert mine.id.tolist() == alone.touches.id.tolist()
        assert _texts(mine) == _texts(alone.touches)


def _texts(found: Touches) -> list[tuple[Any, ...]]:
    names = ("kind", "asset", "campaign", "url")
    return [
        (*(found.labels[getattr(found, name)[n]] for name in names), int(found.seconds[n]))
        for n in range(len(found))
    ]
