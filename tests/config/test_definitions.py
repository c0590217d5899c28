"""Definition, partner and site files: what they mean, and how their mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.channels import load_sites
from config.definitions import DEFAULTS, default_definition, load_definition
from config.errors import ConfigError, nearest
from config.partners import load_partners
from config.yaml_lines import parse_yaml, read_yaml
from scoring.definitions.conditions import Did, GradeIs, IsMachine, Reaches, leaves
from scoring.definitions.definition import POINT
from scoring.definitions.kinds import Between, Domains, HostList, Match, Repeated, Words
from scoring.touches import DAY, HOUR, SECOND

SMALL = """\
name: small
version: "1"
qualified:
  score: 20
groups:
  web: {cap: 30}
rules:
  demo:
    when: demo_request
    points: 20
    group: web
"""

TWO_WAYS = "tells in two ways; keep one of words, domains or lists, at_least and below"
ONE_CAUSE = (
    "names no cause or several; "
    "write exactly one of field, when, own_staff, partner_staff, machine_clicks_only, all, not"
)


def write(folder: Path, text: str, name: str = "definition.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    path = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_definition(path)
    return str(caught.value).replace(str(path), "FILE").splitlines()


def test_a_small_definition_means_what_it_says(tmp_path: Path) -> None:
    text = (
        SMALL
        + """\
    label: Demo!
    half_life_days: 1.5
  pricing:
    when: [page_view, blog_visit]
    pages: /pricing
    repeated: {times: 3, within_days: 7}
    points: -2.5
    group: web
    window_days: 30
    at_most: 2
    once_per_day: true
follow_up_hours: 4
"""
    )
    definition = load_definition(write(tmp_path, text))

    demo, pricing = definition.rules
    assert (demo.label, demo.points, demo.half_life) == ("Demo!", 20 * POINT, 36 * HOUR)
    assert pricing.match == Match(("page_view", "blog_visit"), pages=("/pricing",))
    assert (pricing.how, pricing.points) == (Repeated(3, 7 * DAY), -2500)
    assert (pricing.window, pricing.at_most, pricing.once_per_day) == (30 * DAY, 2, True)
    assert (definition.threshold, definition.floor, definition.cap) == (20 * POINT, 0, None)
    assert definition.groups[0].cap == 30 * POINT
    assert definition.follow_up == 4 * HOUR
    assert definition.expires_after == 0
    assert definition.machine.within == 2 * SECOND


def test_comments_and_layout_do_not_change_the_meaning(tmp_path: Path) -> None:
    plain = load_definition(write(tmp_path, SMALL))
    other = load_definition(write(tmp_path, "# hello\n" + SMALL.replace("{cap: 30}", "\n    cap: 30.0")))

    assert plain.fingerprint == other.fingerprint


def test_fit_and_exclusions_are_read(tmp_path: Path) -> None:
    text = (
        SMALL
        + """\
fit:
  grades: {A: 3, B: 2, C: 1}
  criteria:
    size:
      field: employees
      unknown: 1
      bands: [{label: big, at_least: 100, below: 500, points: 3}]
    mail:
      field: email_domain
      bands: [{label: private, domains: gmail.com, lists: ours, points: -1}]
exclusions:
  - reason: student
    any: [{field: title, words: student}, {own_staff: true}, {partner_staff: true}]
  - reason: other
    any: [{when: page_view, pages: /x, times: 2, within_days: 1}, {machine_clicks_only: true}]
"""
    )
    write(tmp_path, "lists: {ours: [x.example, y.example]}", "domains.yaml")
    definition = load_definition(write(tmp_path, text))

    size, mail = definition.fit.criteria
    assert (size.bands[0].test, size.unknown) == (Between(100, 500), POINT)
    assert mail.bands[0].test == Domains(("gmail.com",), (HostList("ours", ("x.example", "y.example")),))
    assert definition.fit.grades == (3 * POINT, 2 * POINT, POINT)
    student, other = definition.exclusions
    assert student.causes[0].test == Words(("student",))
    assert other.causes == (Did(Match(("page_view",), pages=("/x",)), Repeated(2, DAY)), IsMachine())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("points: 20", "pionts: 20",
         "FILE:10: rules.demo.pionts: nothing reads this key; did you mean `points`?"),
        ("score: 20", "scroe: 20", "FILE:4: qualified.scroe: nothing reads this key; did you mean `score`?"),
        ("when: demo_request", "when: demo_requst",
         "FILE:9: rules.demo.when.0: `demo_requst` is no kind of touch; did you mean `demo_request`?"),
        ("group: web", "group: wbe", "FILE:11: rules.demo.group: `wbe` is no group; did you mean `web`?"),
        ("score: 20", "score: high",
         "FILE:4: qualified.score: should be a number of points; write a number such as 25 or 2.5"),
        ("score: 20", "score: true",
         "FILE:4: qualified.score: should be a number of points; write a number such as 25 or 2.5"),
        ("score: 20", "score: 1.00001", "FILE:4: qualified.score: has more than three decimals; round it"),
        ('version: "1"', "version: 1",
         "FILE:2: version: should be text; put it in quotes"),
        ("name: small\n", "", "FILE:1: name: is missing; add it"),
        ("points: 20", "points: 20\n    half_life_days: -1",
         "FILE:11: rules.demo.half_life_days: should be greater than 0"),
        ("qualified:\n  score: 20", "qualified: 20",
         "FILE:3: qualified: should be keys and values; write `key: value` lines below it"),
        ("points: 20", "points: 20\n    points: 30",
         "FILE:11: rules.demo.points: stands twice (first in line 10); keep one of them"),
        ("qualified:", "qualified: [", "FILE:5: expected ',' or ']', but got ':'; mend the YAML there"),
    ],
)  # fmt: skip
def test_mistakes_name_file_line_key_and_remedy(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert expected in problems(tmp_path, SMALL.replace(old, new, 1))


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ("fit: {criteria: {a: {field: titel, bands: [{label: x, words: x, points: 1}]}}}",
         "fit.criteria.a.field: `titel` is no attribute; did you mean `title`?"),
        ("fit: {criteria: {a: {field: title, bands: [{label: x, words: x, points: 1, atleast: 1}]}}}",
         "fit.criteria.a.bands.0.atleast: nothing reads this key; did you mean `at_least`?"),
        ("fit: {criteria: {a: {field: title, bands: [{label: x, points: 1}]}}}",
         "fit.criteria.a.bands.0: tells nothing; add words, domains, lists, at_least or below"),
        ("fit: {criteria: {a: {field: title, bands: [{label: x, points: 1, words: x, below: 3}]}}}",
         f"fit.criteria.a.bands.0: {TWO_WAYS}"),
        ("fit: {criteria: {a: {field: title, bands: [{label: x, points: 1, lists: educatio}]}}}",
         "fit.criteria.a.bands.0.lists: there is no list `educatio`; did you mean `education`?"),
        ("fit: {grades: {A: 1, B: 2, C: 3}}",
         "fit.grades: does not fall from A to C; give A the most points and C the least"),
        ("exclusions: [{reason: x, any: [{own_staff: true, when: call}]}]",
         f"exclusions.0.any.0: {ONE_CAUSE}"),
        ("exclusions: [{reason: x, any: [{field: title}]}]",
         "exclusions.0.any.0: is half a test; write `field` together with words, domains, lists or numbers"),
        ("exclusions: [{reason: x, any: [{own_staff: true, pages: /x}]}]",
         "exclusions.0.any.0: chooses touches without a kind; add `when`"),
        ("exclusions: [{reason: x, any: [{field: title, lists: nowhere}]}]",
         "exclusions.0.any.0.lists: there is no list `nowhere`; valid are: disposable, education, free_mail"),
        ("exclusions: 5", "exclusions: should be a list; write a list: [a, b]"),
    ],
)  # fmt: skip
def test_halves_and_contradictions_are_refused(tmp_path: Path, extra: str, expected: str) -> None:
    assert problems(tmp_path, SMALL + extra) == [f"FILE:12: {expected}"]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, SMALL.replace("points", "pionts").replace("score", "scroe"))) == 3


def test_an_empty_file_misses_everything(tmp_path: Path) -> None:
    assert len(problems(tmp_path, "")) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x\n  b: *x", "refers to itself"),
        ("? [1]\n: 2", "a key must be a word"),
        ("a: \x00", "is not valid YAML"),
        ("a: 2026-99-99", "is not valid YAML"),
    ],
)
def test_yaml_that_cannot_be_read_is_a_config_error(text: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        parse_yaml(text, "f")


def test_unreadable_files_are_config_errors(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_yaml(tmp_path / "nowhere.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe4")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        read_yaml(tmp_path / "latin.yaml")


def test_lines_of_keys_and_items_are_known() -> None:
    document = parse_yaml("a:\n  - b: 1\n  - c: no\n", "f")

    assert document.values == {"a": [{"b": 1}, {"c": False}]}
    assert document.line_of(("a", 1, "c")) == 3
    assert document.line_of(("a", 1, "missing")) == 3
    assert document.line_of(("nowhere",)) == 1


def test_the_nearest_word_is_offered_or_the_whole_choice() -> None:
    assert nearest("Pionts", ["points", "group"]) == "did you mean `points`?"
    assert nearest("zzz", ["points", "group"]) == "valid are: group, points"


def test_the_shipped_definition_is_valid_and_has_both_halves() -> None:
    definition = default_definition()

    assert definition.threshold == 80 * POINT
    asked = list(leaves(definition.qualified))
    assert any(isinstance(one, Reaches) and one.what == "engagement" and one.least > 0 for one in asked)
    assert any(isinstance(one, GradeIs) and one.least < "D" for one in asked)
    assert {one.reason for one in definition.exclusions} >= {"student", "competitor", "own staff", "bot"}
    assert {rule.name: rule.points for rule in definition.rules}["email_open"] == 0


def test_the_shipped_partners_claim_by_their_name() -> None:
    partners = {one.slug: one for one in load_partners(DEFAULTS / "partners.yaml")}

    assert partners["kestrel"].tier == "gold"
    assert partners["brightpath"].utm_sources == ("brightpath",)
    assert partners["orbis"].landing_pages == ("/lp/orbis", "/lp/orbis/*")


def test_two_partners_cannot_share_their_evidence(tmp_path: Path) -> None:
    text = "partners:\n  a: {name: A, tier: t}\n  b: {name: B, tier: t, utm_sources: [A]}\n"

    with pytest.raises(ConfigError, match=r"partners.b.utm_sources: `a` also belongs to `a`; give it to one"):
        load_partners(write(tmp_path, text))


def test_a_partner_may_have_names_of_its_own(tmp_path: Path) -> None:
    text = "partners:\n  a: {name: A, tier: t, utm_sources: [X, Y], landing_pages: /with-a, claim_days: 1}\n"

    partner = load_partners(write(tmp_path, text))[0]

    assert partner.utm_sources == ("x", "y")
    assert partner.landing_pages == ("/with-a",)
    assert partner.claim == DAY


def test_a_misspelt_partner_key_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean `tier`"):
        load_partners(write(tmp_path, "partners: {a: {name: A, teir: t}}"))


def test_the_shipped_sites_tell_the_known_ones() -> None:
    sites = load_sites(DEFAULTS / "channels.yaml")

    assert "google" in sites.known.search
    assert sites.click_ids["gclid"] == "google"
    assert sites.unpaid_click_ids <= set(sites.click_ids)
    assert sites.aliases == {}
