"""What one definition takes over from another, and how mistakes in the chain are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.definitions import Written, load_definitions, load_written
from config.errors import ConfigError
from scoring.definitions.conditions import AllOf, Did, GradeIs, Reaches
from scoring.definitions.definition import POINT, Scope
from scoring.definitions.kinds import Match

BASE = """\
name: base
version: "1"
label: Ours
qualified: {score: 20, engagement: 10, expires_after_days: 5}
groups:
  web: {cap: 30}
rules:
  demo: {when: demo_request, points: 20, group: web, half_life_days: 9}
  view: {when: page_view, points: 2, group: web}
fit:
  criteria:
    country: {field: country, bands: [{label: home, words: [de], points: 5}]}
assumed:
  qualified.engagement: {why: guessed, review: 2027-01-01}
"""
GONE = "cannot be taken away: the definition that it extends has no such key"
LOWER = "lower it, or raise the caps, points or at_most below it"
TIER = 'name: tier\nversion: "1"\nextends: base\nscope: {tier: gold}\n'
PARTNER = 'name: partner\nversion: "1"\nextends: tier\nscope: {partner: kestrel}\n'


def written(folder: Path, **texts: str) -> dict[str, Written]:
    (folder / "definitions").mkdir(exist_ok=True)
    (folder / "definition.yaml").write_text(BASE, encoding="utf-8")
    for name, text in texts.items():
        (folder / "definitions" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return {one.definition.name: one for one in load_definitions(folder)}


def problems(folder: Path, **texts: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        written(folder, **texts)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def test_what_is_not_said_is_taken_over_through_the_whole_chain(tmp_path: Path) -> None:
    found = written(tmp_path, tier=TIER + "qualified: {score: 25}\n", partner=PARTNER)

    base, tier, partner = (found[name].definition for name in ("base", "tier", "partner"))
    assert tier.rules == partner.rules == base.rules
    assert (
        tier.qualified
        == partner.qualified
        == AllOf((Reaches("score", 25 * POINT), Reaches("engagement", 10 * POINT)))
    )
    assert partner.expires_after == base.expires_after


def test_who_a_definition_is_and_whom_it_concerns_is_never_taken_over(tmp_path: Path) -> None:
    text = PARTNER.replace("extends: tier", "extends: base")
    (tmp_path / "definition.yaml").write_text(BASE)

    found = written(tmp_path, partner=text)["partner"].definition

    assert (found.label, found.scope) == ("partner", Scope("partner", "kestrel"))
    assert found.terms.state == "draft"


def test_keys_are_merged_and_lists_are_replaced(tmp_path: Path) -> None:
    more = """\
rules:
  demo: {points: 30}
  talk: {when: meeting, points: 5, group: web}
fit: {criteria: {country: {bands: [{label: near, words: [fr], points: 1}]}}}
"""
    tier = written(tmp_path, tier=TIER + more)["tier"].definition

    demo, view, talk = tier.rules
    assert (demo.points, demo.half_life > 0, demo.match) == (30 * POINT, True, Match(("demo_request",)))
    assert (view.name, talk.name) == ("view", "talk")
    assert [band.label for band in tier.fit.criteria[0].bands] == ["near"]


@pytest.mark.parametrize(
    "more",
    ["remove: view\n", "remove: [rules.view]\n", "rules: {view: }\n"],
)
def test_what_is_not_wanted_is_taken_away(tmp_path: Path, more: str) -> None:
    tier = written(tmp_path, tier=TIER + more)["tier"].definition

    assert [rule.name for rule in tier.rules] == ["demo"]


def test_a_cap_is_taken_away_by_setting_it_to_nothing(tmp_path: Path) -> None:
    tier = written(tmp_path, tier=TIER + "groups: {web: {cap: }}\n")["tier"].definition

    assert tier.groups[0].cap is None


def test_a_condition_of_another_form_replaces_the_whole_condition(tmp_path: Path) -> None:
    tier = written(tmp_path, tier=TIER + "qualified: {did: {when: demo_request}}\n")["tier"]

    assert tier.definition.qualified == Did(Match(("demo_request",)))
    assert tier.definition.expires_after > 0


def test_a_condition_of_numbers_replaces_a_condition_of_another_form(tmp_path: Path) -> None:
    tier = TIER + "qualified: {any: [{score: 20}, {engagement: 15}]}\n"

    found = written(tmp_path, tier=tier, partner=PARTNER + "qualified: {grade: D}\n")["partner"]

    assert found.definition.qualified == GradeIs("D")


def test_an_assumption_lapses_with_the_number_it_is_about(tmp_path: Path) -> None:
    from datetime import date  # noqa: PLC0415

    from config.definition_checks import standing_assumptions  # noqa: PLC0415

    found = written(tmp_path, tier=TIER + "qualified: {did: {when: demo_request}}\none_sided: yes please\n")
    tier = found["tier"]

    assert standing_assumptions(tier.document, tier.model) == {}
    assert tier.warnings(date(2030, 1, 1)) == []
    assert [str(one.key) for one in found["base"].warnings(date(2027, 1, 1))] == [
        "assumed.qualified.engagement"
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("rules: {demo: {pionts: 3}}",
         "definitions/tier.yaml:5: rules.demo.pionts: nothing reads this key; did you mean `points`?"),
        ("groups: {web: {cap: 3}}",
         f"definition.yaml:4: qualified.score: can never be reached: score is at most 8; {LOWER}"),
        ("remove: dmeo",
         f"definitions/tier.yaml:5: remove.0: `dmeo` {GONE}; did you mean `demo`?"),
        ("rules: {veiw: }",
         f"definitions/tier.yaml:5: rules.veiw: `veiw` {GONE}; did you mean `view`?"),
        ("remove: groups.web", "definition.yaml:8: rules.demo.group: `web` is no group; valid are: "),
    ],
)  # fmt: skip
def test_mistakes_point_into_the_file_where_the_key_stands(tmp_path: Path, more: str, expected: str) -> None:
    assert expected in problems(tmp_path, tier=TIER + more + "\n")


def test_a_circle_is_refused_with_its_chain(tmp_path: Path) -> None:
    found = problems(tmp_path, tier=TIER.replace("extends: base", "extends: partner"), partner=PARTNER)

    said = "extends: runs in a circle: {0}.yaml → {1}.yaml → {0}.yaml; let one of them extend nothing"
    assert found == [
        f"definitions/partner.yaml:3: {said.format('tier', 'partner')}",
        f"definitions/tier.yaml:3: {said.format('partner', 'tier')}",
    ]


def test_a_definition_cannot_extend_itself(tmp_path: Path) -> None:
    assert "runs in a circle" in problems(tmp_path, tier=TIER.replace("extends: base", "extends: tier"))[0]


def test_an_unknown_base_names_the_nearest(tmp_path: Path) -> None:
    found = problems(tmp_path, tier=TIER.replace("extends: base", "extends: bsae"))

    assert found == ["definitions/tier.yaml:3: extends: there is no definition `bsae`; did you mean `base`?"]


def test_of_several_versions_one_has_to_be_named(tmp_path: Path) -> None:
    later = BASE.replace('version: "1"', 'version: "2"\neffective: 2027-01-01').replace(
        "score: 20", "score: 22"
    )

    vague = problems(tmp_path, later=later, tier=TIER)
    exact = written(tmp_path, later=later, tier=TIER.replace("extends: base", "extends: base 2"))

    said = "there are several versions of `base`; write which one: `base 1`, `base 2`"
    assert vague == [f"definitions/tier.yaml:3: extends: {said}"]
    assert Reaches("score", 22 * POINT) in getattr(exact["tier"].definition.qualified, "conditions", ())


def test_nothing_can_be_removed_from_nothing(tmp_path: Path) -> None:
    path = tmp_path / "definition.yaml"
    path.write_text(BASE + "remove: demo\n")

    with pytest.raises(ConfigError, match="there is nothing to remove from; add `extends: NAME`"):
        load_written(path)


def test_a_single_file_finds_its_base_beside_it_and_among_what_is_shipped(tmp_path: Path) -> None:
    written(
        tmp_path,
        tier=TIER,
        shipped=TIER.replace("base", "standard").replace("tier\n", "other\n").replace("gold", "silver"),
    )

    tier = load_written(tmp_path / "definitions" / "tier.yaml").definition
    other = load_written(tmp_path / "definitions" / "shipped.yaml").definition

    assert len(tier.rules) == 2
    assert len(other.rules) > 10


def test_a_mistake_that_others_inherit_is_told_once(tmp_path: Path) -> None:
    wrong = "rules:\n  view: {whn: page_view}\n"

    told = problems(tmp_path, tier=TIER + wrong, partner=PARTNER)

    assert len(told) == len(set(told)) == 1
    assert "whn" in told[0]
