"""First and last touch, and who claims whom."""

from __future__ import annotations

import numpy as np
import pytest

from config.channels import load_sites
from config.definitions import DEFAULTS
from scoring.context import Context
from scoring.definitions.conditions import scored
from scoring.definitions.definition import Definition, Group
from scoring.found_through import found_through
from scoring.partner import Partner
from scoring.score import score
from scoring.touches import DAY, MINUTE, NEVER, Facts, attributes_of, touches_of
from scoring.verdicts import Verdicts

T = 20_000 * DAY
PARTNERS = (
    Partner("kestrel", "Kestrel", "gold", ("kestrel",), ("/lp/kestrel*",), claim=10 * DAY),
    Partner("orbis", "Orbis", "registered", ("orbis",), claim=5 * DAY),
)
CONTEXT = Context(("acme.example",), PARTNERS, load_sites(DEFAULTS / "channels.yaml"))
HERE = "https://acme.example/"


def judged(rows: list[dict], at: int = T + 100 * DAY, lead_at: int = NEVER) -> Verdicts:
    touches = touches_of({"id": n, "kind": "page_view", **row} for n, row in enumerate(rows))
    return score(
        Facts(1, touches, attributes_of([])),
        Definition("d", "1", "d", scored(10**9), (), (Group("g"),)),
        at,
        context=CONTEXT,
        lead_at=np.array([lead_at]),
    )


def test_first_and_last_touch_name_channel_source_and_campaign() -> None:
    verdicts = judged(
        [
            {"at": T, "url": HERE + "?utm_source=google&utm_medium=cpc&utm_campaign=Spring"},
            {"at": T + DAY, "url": HERE, "referrer": "https://www.linkedin.com/"},
        ]
    )

    assert verdicts.first.texts(0) == ("Paid Search", "google", "spring")
    assert verdicts.last.texts(0) == ("Organic Social", "linkedin.com", "")


def test_the_touch_of_lead_creation_is_the_last_that_tells_up_to_it() -> None:
    rows = [
        {"at": T, "url": HERE + "?utm_source=google&utm_medium=cpc"},
        {"at": T + DAY, "url": HERE + "?utm_source=news&utm_medium=email&utm_campaign=Spring"},
        {"at": T + DAY, "kind": "call"},
        {"at": T + 2 * DAY, "url": HERE + "?gclid=1"},
    ]

    assert judged(rows, lead_at=T + DAY).lead.texts(0) == ("Email", "news", "spring")
    assert judged(rows, lead_at=T + DAY - 1).lead.texts(0) == ("Paid Search", "google", "")
    assert judged(rows, lead_at=T - 1).lead.texts(0) == ("", "", "")
    assert judged(rows).lead.texts(0) == ("", "", "")


def test_one_sentence_says_how_she_found_us_and_by_what_that_is_known() -> None:
    tagged = {"at": T, "url": HERE + "?utm_source=google&utm_medium=cpc&utm_campaign=Spring"}
    evidence = "by utm_source=google, utm_medium=cpc."

    assert found_through(judged([tagged]).first, 0) == (
        f"Found us through Paid Search (google, campaign spring) on 2024-10-04: {evidence}"
    )
    assert found_through(judged([{"at": T, "url": HERE}]).first, 0) == (
        "Found us through Direct on 2024-10-04: no link or referrer tells more."
    )
    assert found_through(judged([{"at": T, "kind": "call"}]).first, 0) == ""


def test_touches_behind_as_of_are_not_known_yet() -> None:
    rows = [
        {"at": T, "url": HERE + "?utm_source=a&utm_medium=email"},
        {"at": T + DAY, "url": HERE + "?gclid=1"},
    ]

    verdicts = judged(rows, at=T + DAY - 1)

    assert verdicts.last.texts(0)[0] == "Email"
    assert verdicts.recheck_at[0] == T + DAY


def test_nothing_that_tells_means_no_origin() -> None:
    verdicts = judged([{"at": T, "kind": "call"}, {"at": T, "kind": "email_open", "url": HERE + "?gclid=1"}])

    assert verdicts.first.texts(0) == ("", "", "")
    assert verdicts.first.touch[0] == -1


def test_a_bare_visit_counts_half_an_hour_after_the_touch_before_it() -> None:
    google = {"at": T, "url": HERE, "referrer": "https://google.com"}

    assert judged([google, {"at": T + 30 * MINUTE - 1, "url": HERE}]).last.texts(0)[0] == "Organic Search"
    assert judged([google, {"at": T + 30 * MINUTE, "url": HERE}]).last.texts(0)[0] == "Direct"


def test_an_internal_link_never_replaces_the_source() -> None:
    rows = [
        {"at": T, "url": HERE, "referrer": "https://google.com"},
        {"at": T + DAY, "url": HERE + "?utm_source=orbis", "referrer": "https://www.acme.example/"},
    ]

    verdicts = judged(rows)

    assert verdicts.last.texts(0)[0] == "Organic Search"
    assert verdicts.partner_of(0) == ("", "")


def test_a_touch_without_a_tag_belongs_to_its_campaign_in_the_crm() -> None:
    verdicts = judged([{"at": T, "kind": "webinar_registration", "campaign": "Forecasting 2026"}])

    assert verdicts.first.texts(0) == ("Offline", "", "Forecasting 2026")


@pytest.mark.parametrize(
    "row", [{"url": HERE + "?utm_source=KESTREL"}, {"url": HERE + "lp/kestrel-x"}, {"page": "/lp/kestrel"}]
)
def test_a_tagged_link_or_a_landing_page_is_evidence(row: dict) -> None:
    verdicts = judged([{"at": T, **row}], at=T + DAY)

    assert verdicts.partner_of(0) == ("kestrel", "gold")


def test_a_landing_page_reached_from_our_own_pages_is_none() -> None:
    row = {"at": T, "page": "/lp/kestrel", "referrer": "https://acme.example/"}

    assert judged([row], at=T).partner_of(0) == ("", "")


def test_a_claim_ends_with_its_window() -> None:
    row = {"at": T, "url": HERE + "?utm_source=orbis"}

    assert judged([row], at=T - 1).partner_of(0) == ("", "")
    assert judged([row], at=T + 5 * DAY - 1).partner_of(0) == ("orbis", "registered")
    assert judged([row], at=T + 5 * DAY).partner_of(0) == ("", "")
    assert judged([row], at=T).recheck_at[0] == T + 5 * DAY
