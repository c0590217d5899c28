from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.channels import load_sites
from config.definitions import DEFAULTS
from config.partners import load_partners
from scoring.channel import _read, origin
from scoring.context import ChannelRule, Context
from scoring.ga4 import ga4_channel, is_site
from scoring.partner import ClaimRules, Partner

SITES = load_sites(DEFAULTS / "channels.yaml")
CONTEXT = Context(("acme.example",), load_partners(DEFAULTS / "partners.yaml"), SITES)
HERE = "https://www.acme.example/pricing"


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "channel"),
    [
        ("(direct)", "(none)", "", "Direct"),
        ("(direct)", "(not set)", "", "Direct"),
        ("(direct)", "(none)", "spring", "Direct"),
        ("(direct)", "email", "", "Email"),
        ("", "(none)", "spring", "Unassigned"),
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
    assert ga4_channel(source, medium, campaign, SITES.google) == channel


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("google", True),
        ("www.google.de", True),
        ("google.co.uk", True),
        ("news.google.com", True),
        ("google.evil.example", False),
        ("notgoogle.com", False),
        ("google.example", False),
        ("google.com.br", True),
        ("search.brave.com", True),
        ("brave.com", False),
        ("", False),
        ("com", False),
    ],
)
def test_a_site_is_known_in_every_country_and_not_by_its_look(name: str, is_one: bool) -> None:
    assert is_site(name, SITES.known.search) is is_one


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
        (HERE + "?dclid=A", "", "Display", "google", "display"),
        (HERE, "https://webmail.firm.example/", "Email", "email", "email"),
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
    through = "https://eur01.safelinks.protection.outlook.com/x"

    assert not origin("page_view", HERE, through, CONTEXT).brings_source
    assert (
        origin("page_view", HERE + "?utm_source=news&utm_medium=email", through, CONTEXT).channel == "Email"
    )


def test_a_host_that_works_for_us_starts_nothing_even_if_the_link_is_tagged() -> None:
    for host in ("login.microsoftonline.com", "calendly.com", "checkout.stripe.com"):
        bare = origin("page_view", HERE, f"https://{host}/x", CONTEXT)
        tagged = origin("page_view", HERE + "?utm_source=stripe&utm_medium=cpc", f"https://{host}/x", CONTEXT)

        assert (bare.brings_source, bare.is_bare, bare.flags) == (False, False, ("through_host",))
        assert (tagged.brings_source, tagged.flags) == (False, ("internal_tagging",))


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


@pytest.mark.parametrize(
    ("query", "channel", "platform"),
    [
        ("utm_source=google&utm_medium=cpc", "Paid Search", "Google Ads"),
        ("gclid=1", "Paid Search", "Google Ads"),
        ("utm_source=adwords&utm_medium=ppc", "Paid Other", "Google Ads"),
        ("utm_source=youtube&utm_medium=cpv", "Paid Video", "Google Ads"),
        ("msclkid=1", "Paid Search", "Bing"),
        ("utm_source=bing&utm_medium=cpc", "Paid Search", "Bing"),
        ("utm_source=ig&utm_medium=paid-social&fbclid=1", "Paid Social", "Instagram"),
        ("utm_source=l.instagram.com&utm_medium=cpc", "Paid Social", "Instagram"),
        ("utm_source=fb&utm_medium=paid&fbclid=1", "Paid Social", "Facebook"),
        ("utm_source=LinkedIn&utm_medium=cpc", "Paid Social", "LinkedIn"),
        ("li_fat_id=1", "Paid Social", "LinkedIn"),
        ("utm_source=capterra&utm_medium=cpc", "Paid Other", "capterra"),
        ("utm_source=google&utm_medium=banner", "Display", "Google Ads"),
        ("utm_source=facebook&utm_medium=social", "Organic Social", ""),
        ("fbclid=1", "Organic Social", ""),
        ("utm_source=google&utm_medium=organic", "Organic Search", ""),
    ],
)
def test_platforms_that_sell_clicks_are_told_apart(query: str, channel: str, platform: str) -> None:
    found = origin("page_view", f"{HERE}?{query}", "", CONTEXT)

    assert (found.channel, found.platform) == (channel, platform)


@pytest.mark.parametrize(
    ("query", "flags"),
    [
        ("utm_source=facebook&utm_medium=cpc&gclid=1", ("click_id_disagrees",)),
        ("utm_source=google&utm_medium=cpc&gclid=1", ()),
        ("utm_source=adwords&utm_medium=cpc&gclid=1", ()),
        ("utm_source=capterra&utm_medium=cpc&gclid=1", ()),
        ("utm_source=news&utm_medium=cpc&mkt_tok=1", ("click_id_disagrees",)),
        ("utm_source=news&utm_medium=email&mkt_tok=1", ()),
        ("utm_source=news&utm_medium=email&fbclid=1", ()),
    ],
)
def test_names_and_a_click_id_that_tell_two_stories_are_flagged(query: str, flags: tuple[str, ...]) -> None:
    assert origin("page_view", f"{HERE}?{query}", "", CONTEXT).flags == flags


def with_rules(*rules: ChannelRule) -> Context:
    return Context(CONTEXT.own_domains, CONTEXT.partners, replace(SITES, rules=rules))


def test_a_channel_of_our_own_comes_after_partners_and_before_google_s() -> None:
    context = with_rules(
        ChannelRule("Co-marketing", medium=("webinar", "co-*")), ChannelRule("Late", medium=("*",))
    )

    ours = origin("page_view", HERE + "?utm_source=news&utm_medium=Webinar", "", context)
    partners = origin("page_view", HERE + "?utm_source=kestrel&utm_medium=webinar", "", context)

    assert (ours.channel, ours.ga4) == ("Co-marketing", "Unassigned")
    assert (partners.channel, partners.ga4) == ("Partner", "Unassigned")


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        (ChannelRule("Own", source=("news*",), campaign=("spring",)), True),
        (ChannelRule("Own", source=("news*",), campaign=("autumn",)), False),
        (ChannelRule("Own", referrer=("*.example.org",)), True),
        (ChannelRule("Own", kind=("form_submission",)), False),
    ],
)
def test_all_that_a_rule_asks_for_must_match(rule: ChannelRule, matches: bool) -> None:
    url = HERE + "?utm_source=newsletter&utm_medium=x&utm_campaign=Spring"

    found = origin("page_view", url, "https://blog.example.org/post", with_rules(rule))

    assert (found.channel == "Own") is matches


def test_a_rule_may_name_touches_that_have_no_link() -> None:
    assert origin("call", "", "", with_rules(ChannelRule("Phone", kind=("call",)))).channel == "Phone"


def test_sites_that_only_we_know_do_not_move_google_s_answer() -> None:
    found = origin("page_view", HERE, "https://bsky.app/", CONTEXT)

    assert (found.channel, found.ga4) == ("Organic Social", "Referral")


@pytest.mark.parametrize(
    ("kind", "url", "referrer", "evidence"),
    [
        ("page_view", HERE + "?utm_source=News&utm_medium=email", "", "utm_source=news, utm_medium=email"),
        ("page_view", HERE + "?utm_medium=email", "", "utm_medium=email"),
        ("page_view", HERE + "?gclid=AbC", "", "gclid in the link"),
        ("page_view", HERE, "https://www.google.de/", "referrer google.de"),
        ("page_view", HERE + "?utm_campaign=Spring", "", "utm_campaign=spring"),
        ("page_view", "https://acme.example/lp/kestrel", "", "landing page /lp/kestrel"),
        ("page_view", HERE + "?utm_source=kestrel&utm_medium=email", "", "utm_source=kestrel"),
        ("webinar_registration", "", "", "webinar registration"),
        ("page_view", HERE, "", ""),
    ],
)
def test_an_origin_says_by_what_it_is_known(kind: str, url: str, referrer: str, evidence: str) -> None:
    assert origin(kind, url, referrer, CONTEXT).evidence == evidence


def test_a_click_id_that_names_a_partner_is_told_from_those_of_others() -> None:
    partners = (Partner("a", "A", "gold", link_ids=("k-1",)), Partner("b", "B", "gold", link_ids=("k-2",)))
    sites = replace(SITES, click_ids={**SITES.click_ids, "prid": "programme"})
    context = Context((), partners, sites, ClaimRules(link_parameters=("prid",)))

    found = [origin("page_view", f"{HERE}?prid=k-{n}", "", context).partner for n in (1, 2, 3)]

    assert found == ["a", "b", ""]


odd_links = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            ["?", "&", "&amp;", ";", "#", "=", "%", "gclid=", "&fbclid=A%2", "utm_source=", "_hsenc=b"]
        ),
    ),
    max_size=10,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(odd_links)
def test_which_click_id_it_was_changes_nothing(query: str) -> None:
    found = origin("page_view", HERE + "?" + query, "", CONTEXT)

    assert found == _read("page_view", HERE + "?" + query, "", CONTEXT)


def test_content_and_campaign_are_kept_on_the_touch() -> None:
    found = origin("page_view", HERE + "?utm_source=a&utm_content=Blue%20Banner&utm_id=77", "", CONTEXT)

    assert (found.content, found.campaign) == ("blue banner", "77")


def test_a_link_of_a_hundred_kilobytes_is_read_like_any_other() -> None:
    url = HERE + "?" + "a=b&" * 25_000 + "utm_source=google&utm_medium=cpc"

    assert origin("page_view", url, "", CONTEXT).channel == "Paid Search"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_link_and_referrer_have_a_channel(url: str, referrer: str) -> None:
    found = origin("page_view", url, referrer, CONTEXT)

    assert found.channel
    assert found.ga4
