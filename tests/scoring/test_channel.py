from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.definitions import DEFAULTS
from config.partners import load_partners, load_sites
from scoring.channel import ga4_channel, is_site, origin
from scoring.context import Context

SITES = load_sites(DEFAULTS / "channels.yaml")
CONTEXT = Context(("acme.example",), load_partners(DEFAULTS / "partners.yaml"), SITES)
HERE = "https://www.acme.example/pricing"


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "channel"),
    [
        ("(direct)", "(none)", "", "Direct"),
        ("(direct)", "(not set)", "", "Direct"),
        ("", "", "", "Direct"),
        ("google", "cpc", "x cross-network", "Cross-network"),
        ("amazon", "cpc", "", "Paid Shopping"),
        ("bing", "cpc", "eshop", "Paid Shopping"),
        ("google", "cpm", "", "Paid Search"),
        ("google", "ppc", "workshop", "Paid Search"),
        ("facebook", "paid-social", "", "Paid Social"),
        ("youtube", "cpv", "", "Paid Video"),
        ("youtube", "cpc", "", "Paid Video"),
        ("somewhere", "cpm", "", "Display"),
        ("somewhere", "banner", "", "Display"),
        ("somewhere", "retargeting", "", "Paid Other"),
        ("chatgpt.com", "ai-assistant", "(ai-assistant)", "AI Assistant"),
        ("newsletter", "x", "my-shop", "Organic Shopping"),
        ("newsletter", "x", "shopping days", "Organic Shopping"),
        ("newsletter", "x", "workshop", "Unassigned"),
        ("linkedin", "email", "", "Organic Social"),
        ("somewhere", "social media", "", "Organic Social"),
        ("vimeo", "referral", "", "Organic Video"),
        ("somewhere", "video-spot", "", "Organic Video"),
        ("duckduckgo", "", "", "Organic Search"),
        ("somewhere", "organic", "", "Organic Search"),
        ("somewhere", "referral", "", "Referral"),
        ("newsletter", "e-mail", "", "Email"),
        ("email", "newsletter", "", "Email"),
        ("somewhere", "affiliate", "", "Affiliates"),
        ("somewhere", "affiliates", "", "Unassigned"),
        ("somewhere", "audio", "", "Audio"),
        ("sms", "x", "", "SMS"),
        ("somewhere", "webpush", "", "Mobile Push Notifications"),
        ("firebase", "x", "", "Mobile Push Notifications"),
        ("somewhere", "partner", "", "Unassigned"),
        ("somewhere", "webinar", "", "Unassigned"),
        ("", "", "spring", "Unassigned"),
    ],
)
def test_google_s_rules_in_google_s_order(source: str, medium: str, campaign: str, channel: str) -> None:
    assert ga4_channel(source, medium, campaign, SITES) == channel


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("google", True),
        ("www.google.de", True),
        ("google.co.uk", True),
        ("news.google.com", True),
        ("google.evil.example", False),
        ("notgoogle.com", False),
        ("search.brave.com", True),
        ("brave.com", False),
        ("", False),
        ("com", False),
    ],
)
def test_a_site_is_known_in_every_country_and_not_by_its_look(name: str, is_one: bool) -> None:
    assert is_site(name, SITES.search) is is_one


def test_an_empty_list_knows_no_site() -> None:
    assert not is_site("google", frozenset())


@pytest.mark.parametrize(
    ("url", "referrer", "channel", "source", "medium"),
    [
        (HERE, "https://www.google.de/search?q=x", "Organic Search", "google.de", "organic"),
        (HERE, "https://l.facebook.com/", "Organic Social", "l.facebook.com", "referral"),
        (HERE, "https://chatgpt.com/", "AI Assistant", "chatgpt.com", "ai-assistant"),
        (HERE, "https://mail.google.com/", "Email", "email", "email"),
        (HERE, "https://blog.example.org/post", "Referral", "blog.example.org", "referral"),
        (HERE + "?gclid=A", "", "Paid Search", "google", "cpc"),
        (HERE + "?fbclid=A", "", "Organic Social", "facebook", "social"),
        (HERE + "?li_fat_id=A&fbclid=B", "", "Paid Social", "linkedin", "cpc"),
        (HERE + "?_hsenc=A", "", "Email", "email", "email"),
        (HERE + "?utm_source=news&utm_medium=email&mkt_tok=A", "", "Email", "news", "email"),
        (HERE + "?utm_campaign=spring", "", "Unassigned", "", ""),
        (HERE + "?utm_campaign=spring", "https://www.bing.com/", "Organic Search", "bing.com", "organic"),
        (HERE + "?utm_medium=cpc&msclkid=1", "", "Paid Search", "bing", "cpc"),
    ],
)
def test_where_a_visit_came_from(url: str, referrer: str, channel: str, source: str, medium: str) -> None:
    found = origin("page_view", url, referrer, CONTEXT)

    assert (found.channel, found.source, found.medium) == (channel, source, medium)
    assert found.ga4 == channel
    assert found.brings_source


def test_names_stand_and_the_click_id_decides_that_it_was_paid() -> None:
    found = origin("page_view", HERE + "?utm_source=google&utm_medium=web&gclid=A", "", CONTEXT)

    assert (found.channel, found.source, found.medium) == ("Paid Search", "google", "cpc")
    assert found.flags == ("click_id_disagrees",)


def test_a_bare_visit_brings_no_source() -> None:
    found = origin("page_view", HERE, "", CONTEXT)

    assert found.channel == "Direct"
    assert found.is_bare
    assert not found.brings_source


def test_tags_on_our_own_links_start_nothing_and_are_reported() -> None:
    found = origin("page_view", HERE + "?utm_source=kestrel", "https://shop.acme.example/", CONTEXT)

    assert not found.brings_source
    assert not found.is_bare
    assert found.partner == ""
    assert found.flags == ("internal_tagging",)


def test_our_own_pages_are_no_referrer() -> None:
    assert origin("page_view", HERE, "https://acme.example/", CONTEXT).flags == ()


def test_a_host_that_people_only_pass_starts_nothing_unless_the_link_is_tagged() -> None:
    through = "https://login.microsoftonline.com/x"

    assert not origin("page_view", HERE, through, CONTEXT).brings_source
    assert (
        origin("page_view", HERE + "?utm_source=news&utm_medium=email", through, CONTEXT).channel == "Email"
    )


@pytest.mark.parametrize(
    ("url", "ga4"),
    [
        (HERE + "?utm_source=Kestrel&utm_medium=referral", "Referral"),
        ("https://acme.example/lp/kestrel?utm_source=news&utm_medium=email", "Email"),
        ("https://acme.example/LP/Kestrel/webinar", "Direct"),
    ],
)
def test_partner_comes_first_and_google_s_answer_is_kept(url: str, ga4: str) -> None:
    found = origin("form_submission", url, "", CONTEXT)

    assert found.channel == "Partner"
    assert found.partner == "kestrel"
    assert found.ga4 == ga4
    assert found.source in {"kestrel", "news"}


@pytest.mark.parametrize(
    ("kind", "channel"),
    [
        ("email_click", "Email"),
        ("ad_click", "Paid Other"),
        ("social_interaction", "Organic Social"),
        ("webinar_registration", "Offline"),
        ("page_view", "Direct"),
    ],
)
def test_a_touch_without_a_link_tells_its_channel_by_its_kind(kind: str, channel: str) -> None:
    assert origin(kind, "", "", CONTEXT).channel == channel


def test_an_ad_click_was_paid_whatever_its_link_says() -> None:
    found = origin("ad_click", HERE + "?utm_source=google&utm_medium=web", "", CONTEXT)

    assert found.channel == "Paid Search"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_link_and_referrer_have_a_channel(url: str, referrer: str) -> None:
    assert origin("page_view", url, referrer, CONTEXT).channel
