"""A field of the CRMs gets a name in the settings, is read from both, and counts in definitions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sandboxed import IMPATIENT, Sandbox, sandbox
from sqlalchemy import text

from config.errors import ConfigError
from sandbox.people import need, residence
from sync.cycle import cycle, judge_of
from sync.explaining.explain import explain
from sync.store.facts import load_facts
from sync.workspace import Workspace, opened

PEOPLE = 60
NAMED = "attributes:\n  need: {hubspot: need_answer, salesforce: Need__c}\n"
DEFINITION = """
name: standard
version: "1"
label: by need
scope: own
one_sided: they told us what they need
qualified:
  all:
    - field: {name: need, words: ["replace *"], unknown: fails}
    - score: 30
groups:
  said: {}
rules:
  need:
    label: said what they need
    field: {name: need, words: ["replace *", "report *"]}
    points: 25
    group: said
fit:
  grades: {A: 20, B: 10, C: 5}
  criteria:
    need:
      field: need
      bands:
        - {label: wants something new, words: ["replace *"], points: 10}
exclusions:
  - reason: just looking
    any: [{field: need, words: ["just looking"]}]
"""


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with sandbox(PEOPLE) as started:
        yield started


@pytest.fixture
def folder(crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    crms.post("/reset")
    for name, value in crms.secrets.items():
        monkeypatch.setenv(name, value)
    return crms.workspace(tmp_path)


def name_fields(folder: Path, named: str = NAMED, definition: str = DEFINITION) -> None:
    with (folder / "mqlsync.yaml").open("a") as file:
        file.write(named)
    (folder / "definition.yaml").write_text(definition)


def needs(workspace: Workspace) -> dict[str, str]:
    """What each e-mail address is known to need."""
    with workspace.store.reading() as tx:
        people = sorted(tx.execute(text("SELECT DISTINCT person FROM identity")).scalars())
        attributes = load_facts(tx, people).attributes
    label, found = attributes.labels, dict[int, dict[str, str]]()
    for person, name, value in zip(attributes.person, attributes.name, attributes.value, strict=True):
        found.setdefault(int(person), {})[label[name]] = label[value]
    return {one["email"].casefold(): one.get("need", "") for one in found.values() if "email" in one}


def statuses(workspace: Workspace) -> dict[str, int]:
    with workspace.store.reading() as tx:
        rows = tx.execute(text("SELECT status, COUNT(*) FROM verdict GROUP BY status"))
        return {row[0]: row[1] for row in rows}


def index_of(address: str) -> int:
    local = address.partition("@")[0]
    return int(local[len(local.rstrip("0123456789")) :] or -1)


def test_an_answer_is_read_from_both_crms_and_judges(folder: Path) -> None:
    name_fields(folder)

    with opened(folder, patience=IMPATIENT) as workspace:
        cycle(workspace, "run", writes=False)
        known = needs(workspace)
        wanting = next(one for one in known if index_of(one) % 5 == 1 and index_of(one) % 50 not in (3, 28))
        told = explain(workspace, wanting)

    answers = {address: need(index_of(address)) for address in known if index_of(address) >= 0}
    assert {address: known[address] for address in answers} == answers
    assert {residence(index_of(one))[0] for one in answers if answers[one]} == {
        "hubspot",
        "both",
        "salesforce",
    }
    assert [(one.criterion, one.value, one.points) for one in told.now.told.fit] == [
        ("need", "Replace our present tool", 10_000)
    ]
    assert [(one.rule, one.value) for one in told.now.told.contributions] == [
        ("need", "Replace our present tool")
    ]


def test_an_answer_excludes_and_qualifies(folder: Path) -> None:
    name_fields(folder)

    with opened(folder, patience=IMPATIENT) as workspace:
        cycle(workspace, "run", writes=False)
        with workspace.store.reading() as tx:
            excluded = tx.execute(text("SELECT exclusion, COUNT(*) FROM verdict GROUP BY exclusion")).all()
        found = statuses(workspace)
        known = needs(workspace)

    looking = sum(one == "Just looking" for one in known.values())
    assert dict(tuple(row) for row in excluded)["just looking"] == looking > 0
    assert found["disqualified"] <= looking


def test_fields_that_are_named_later_are_read_of_everybody(folder: Path) -> None:
    (folder / "definition.yaml").write_text(DEFINITION.replace("need", "title").replace('"1"', '"0"'))
    with opened(folder, patience=IMPATIENT) as workspace:
        cycle(workspace, "run", writes=False)
        assert not any(needs(workspace).values())

    name_fields(folder)
    with opened(folder, patience=IMPATIENT) as workspace:
        cycle(workspace, "run", writes=False)
        known = needs(workspace)
        again = cycle(workspace, "run", writes=False)

    answers = {address: need(index_of(address)) for address in known if index_of(address) >= 0}
    assert {address: known[address] for address in answers} == answers
    assert again.pulled.saved.changed == 0


def test_a_field_that_does_not_exist_is_named_by_check(folder: Path) -> None:
    name_fields(folder, "attributes:\n  need: {hubspot: need_anser, salesforce: Neeed__c}\n")

    with opened(folder, patience=IMPATIENT) as workspace:
        found = [one for connector in workspace.connectors.values() for one in connector.check()]

    missing = [one for one in found if "need_anser" in one.subject or "Neeed__c" in one.text]
    assert {one.state for one in missing} <= {"warning", "error"}
    assert any(one.subject == "contacts.need_anser" for one in missing)
    assert any("Neeed__c" in one.text for one in missing)
    assert all("attributes" in one.remedy or "settings" in one.remedy for one in missing)


def test_a_field_that_does_not_exist_stops_nobody(folder: Path) -> None:
    name_fields(folder, "attributes:\n  need: {hubspot: need_anser, salesforce: Neeed__c}\n")

    with opened(folder, patience=IMPATIENT) as workspace:
        summary = cycle(workspace, "run", writes=False)

    assert summary.pulled.troubles == ()
    assert not any(needs(workspace).values())


def test_a_name_that_nobody_gave_is_refused_with_the_nearest(folder: Path) -> None:
    name_fields(folder, definition=DEFINITION.replace("name: need,", "name: ned,", 1))

    with opened(folder, patience=IMPATIENT) as workspace, pytest.raises(ConfigError) as caught:
        judge_of(workspace)

    assert "`ned` is no attribute; did you mean `need`?" in str(caught.value)
