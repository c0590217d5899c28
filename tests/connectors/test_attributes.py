"""Attributes that are one text read like the mapping that they were."""

from __future__ import annotations

from random import Random

import orjson
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import Attributes, Value, written

values = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)
mappings = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), values)


@given(mappings)
def test_attributes_are_the_mapping_that_they_were_made_of(mapping: dict[str, Value]) -> None:
    made = Attributes(mapping)

    assert made == mapping
    assert mapping == made
    assert dict(made) == mapping
    assert len(made) == len(mapping)
    assert {name: made[name] for name in made} == mapping
    assert made.get("\0 no such name \0") is None


@given(mappings, st.randoms())
def test_equal_mappings_are_one_text_however_they_were_filled(
    mapping: dict[str, Value], chance: Random
) -> None:
    names = list(mapping)
    chance.shuffle(names)

    assert Attributes({name: mapping[name] for name in names}).text == Attributes(mapping).text
    assert orjson.loads(written(mapping)) == mapping


def test_the_company_is_at_hand_without_reading_the_text() -> None:
    assert Attributes({"company_key": "salesforce:company:1", "email": "a@b.example"}).company_key.endswith(
        "1"
    )
    assert Attributes({"email": "a@b.example"}).company_key == ""
