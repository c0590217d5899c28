"""What the docs say of states and reasons is what the program says, and the example in them is valid."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from config.feedback import CustodyModel, FeedbackModel
from connectors import dispositions, labels, own
from scoring.handoff import reasons, states
from scoring.handoff.states import FREE, LABELS, NAMES, STATES, WORKED

DOC = (Path(__file__).parents[2] / "docs" / "handoff.md").read_text(encoding="utf-8")


def between(name: str) -> list[str]:
    return DOC.partition(f"<!-- {name} -->\n")[2].partition("\n<!-- end -->")[0].splitlines()


def test_the_tables_are_printed_from_the_program() -> None:
    assert between("states") == states.table()
    assert between("reasons") == reasons.table()


def test_the_crms_offer_the_same_words() -> None:
    assert own.STATUSES == NAMES
    assert tuple(one.name for one in reasons.REASONS) == dispositions.REASONS
    assert set(dispositions.DISPOSITIONS.values()) == set(reasons.WORDS)
    assert dispositions.OURS == reasons.OURS
    assert labels.LABELS["status"] == {one.name: one.label for one in STATES}
    assert labels.LABELS["disposition_reason"] == {one.name: one.label for one in reasons.REASONS}
    assert set(labels.LABELS["disposition"]) == set(dispositions.DISPOSITIONS)


def test_every_state_has_a_label_of_its_own_and_an_old_word_can_be_read() -> None:
    assert len({one.label for one in STATES}) == len(STATES)
    assert "excluded" in LABELS
    assert not set(FREE) & set(WORKED)


def test_the_examples_are_valid() -> None:
    found = re.findall(r"```yaml\n((?:feedback|custody):.*?)```", DOC, re.DOTALL)

    feedback, custody = (yaml.safe_load(text) for text in found)

    taken = FeedbackModel.model_validate(feedback["feedback"], strict=False).feedback()
    assert taken.reason("wrong_title") is not None
    assert taken.rests("no budget") == 45 * 86_400_000_000
    assert CustodyModel.model_validate(custody["custody"], strict=False).partners["kestrel"].takes_mqls
