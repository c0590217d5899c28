from __future__ import annotations

from dataclasses import replace

from scoring.definitions.conditions import scored
from scoring.definitions.definition import POINT, Definition, Group, Rule
from scoring.definitions.kinds import Each, Match, Repeated

RULE = Rule("a", "a", Match(("page_view",)), POINT, "g")
DEFINITION = Definition("d", "1", "d", scored(POINT), (RULE,), (Group("g"),))


def test_equal_meanings_have_one_fingerprint_whatever_the_version() -> None:
    assert DEFINITION.fingerprint == replace(DEFINITION).fingerprint
    assert DEFINITION.fingerprint == replace(DEFINITION, version="2").fingerprint


def test_every_other_change_changes_the_fingerprint() -> None:
    variants = [
        replace(DEFINITION, qualified=scored(2)),
        replace(DEFINITION, rules=()),
        replace(DEFINITION, rules=(replace(RULE, points=0),)),
        replace(DEFINITION, rules=(replace(RULE, how=Repeated(1, 1)),)),
        replace(DEFINITION, groups=(Group("g", cap=0),)),
    ]

    assert len({DEFINITION.fingerprint, *(one.fingerprint for one in variants)}) == 6
    assert DEFINITION.fingerprint == replace(DEFINITION, rules=(replace(RULE, how=Each()),)).fingerprint
