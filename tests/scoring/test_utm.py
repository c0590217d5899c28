from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.utm import NAMES, Link, read_link

CLICKS = frozenset({"gclid", "fbclid"})


def read(query: str) -> Link:
    return read_link("https://www.acme.example/Lp/Kestrel/" + query, CLICKS)


def test_values_are_normalised_and_raw_ones_are_kept() -> None:
    link = read("?utm_source=%46acebook&utm_medium=Paid+Social&utm_campaign=%EF%BC%A1%20%20b%20")

    assert link.host == "acme.example"
    assert link.path == "/lp/kestrel"
    assert link.values == {"utm_source": "facebook", "utm_medium": "paid social", "utm_campaign": "a b"}
    assert link.raw["utm_source"] == ("%46acebook",)
    assert link.flags == ()


@pytest.mark.parametrize(
    ("query", "name", "value", "flags"),
    [
        ("?utm_source=a%2520b", "utm_source", "a%20b", ("double_encoded",)),
        ("?utm_source=a&amp;utm_medium=b", "utm_medium", "b", ("escaped_ampersand",)),
        ("?utm_source=a;utm_medium=b", "utm_medium", "b", ()),
        ("?utm_campaign=a;b", "utm_campaign", "a;b", ()),
        ("?utm_source=a?utm_medium=b", "utm_medium", "b", ("second_question_mark",)),
        ("?utm_source=a?gclid=1", "utm_source", "a", ("second_question_mark",)),
        ("?utm_source=a?b=1", "utm_source", "a?b=1", ()),
        ("?utm_source=spring_{keyword}", "utm_source", "spring_{keyword}", ("macro_inside",)),
        ("?x=1#utm_source=a", "utm_source", "a", ("in_fragment",)),
        ("#/page?utm_source=a", "utm_source", "a", ("in_fragment",)),
        ("?utm_source=50%&utm_medium=b", "utm_source", "50%", ("broken_escape",)),
        ("?utm_source=%ff", "utm_source", "\ufffd", ("not_utf8",)),
        ("?utm_source=news%22)", "utm_source", "news", ("trailing_junk",)),
        ("?utm_source=(direct)", "utm_source", "(direct)", ()),
        ("?utm_source=&utm_source=b", "utm_source", "b", ()),
        ("?utm_source=b&utm_source=B", "utm_source", "b", ()),
        ("?utm_source=b&utm_source=c", "utm_source", "b", ("conflicting_repeats",)),
        ("?utm_source={keyword}&utm_source=c", "utm_source", "c", ("placeholder",)),
        ("?UTM_Source=a", "utm_source", "a", ()),
        ("?utm_source=" + "x" * 255, "utm_source", "x" * 255, ()),
        ("?utm_source=" + "x" * 256, "utm_source", "x" * 256, ("long",)),
    ],
)
def test_traps_of_real_links(query: str, name: str, value: str, flags: tuple[str, ...]) -> None:
    link = read(query)

    assert link.values[name] == value
    assert link.flags == flags


@pytest.mark.parametrize(
    "value", ["{keyword}", "{{campaign.name}}", "[x]", "%%x%%", "(not set)", "null", "undefined"]
)
def test_macros_and_placeholders_are_absent_and_flagged(value: str) -> None:
    link = read(f"?utm_source={value}")

    assert link.values == {}
    assert link.raw == {"utm_source": (value,)}
    assert link.flags == ("placeholder",)


def test_an_empty_value_is_absent() -> None:
    assert read("?utm_source=&utm_medium=%20").values == {}


def test_click_ids_are_left_exactly_as_they_came() -> None:
    assert read("?gclid=AbC%2dd+E&fbclid=&x=1").click_ids == (("gclid", "AbC%2dd+E"),)


def test_the_first_of_repeated_click_ids_counts() -> None:
    assert read("?gclid=A&gclid=B").click_ids == (("gclid", "A"),)


def test_aliases_count_only_where_they_are_configured() -> None:
    assert read("?ref=partner").values == {}
    assert read_link("/?ref=partner", CLICKS, {"ref": "utm_source"}).values == {"utm_source": "partner"}


def test_bytes_and_paths_without_a_host_are_read_too() -> None:
    link = read_link(b"/a/b?utm_source=\xff")

    assert link.host == ""
    assert link.path == "/a/b"
    assert "utm_source" in link.values


def test_a_fragment_without_parameters_is_ignored() -> None:
    assert read("#a=b").flags == ()


def test_a_very_long_query_is_read_whole() -> None:
    link = read("?" + "a=b&" * 25_000 + "utm_source=x")

    assert link.values == {"utm_source": "x"}


pieces = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["?", "&", "&amp;", ";", "#", "=", "%", "%%", "%ff", "//", "://", "[", "utm_source", "gclid", "{x}"]
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(pieces, max_size=14).map("".join))
def test_any_text_is_read_without_an_error_and_gives_storable_values(text: str) -> None:
    link = read_link(text, CLICKS)

    assert set(link.values) <= set(NAMES)
    for value in link.values.values():
        assert value == " ".join(value.split())
        value.encode()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    read_link(data, CLICKS)
