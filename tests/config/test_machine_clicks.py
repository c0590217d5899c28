"""`machine_clicks` in a definition file: what it means, how it is switched off, and how it is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from config.definitions import default_definition, load_definition
from config.errors import ConfigError
from reports.difference import differences
from reports.wording import machine_signs
from scoring.definitions.definition import EVERYBODY_IS_HUMAN, Definition, MachineClicks
from scoring.touches import MINUTE, SECOND

EXTENDING = 'name: mine\nversion: "1"\nextends: standard\n'


def read(folder: Path, text: str) -> Definition:
    file = folder / "definition.yaml"
    file.write_text(EXTENDING + text, encoding="utf-8")
    return load_definition(file)


def test_the_shipped_signs_are_those_of_the_field() -> None:
    assert default_definition().machine == MachineClicks(3, 2 * SECOND, 4, MINUTE, 3 * SECOND, crm_says=True)
    assert default_definition().machine == MachineClicks()


def test_each_sign_has_its_number(tmp_path: Path) -> None:
    text = (
        "machine_clicks: {links: 5, within_seconds: 1.5, every_link_min: 6, every_link_within_seconds: 30,"
        " after_delivery_seconds: 0.5, crm_says: false}"
    )

    assert read(tmp_path, text).machine == MachineClicks(
        5, 3 * SECOND // 2, 6, 30 * SECOND, SECOND // 2, crm_says=False
    )


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("links: 0", replace(MachineClicks(), links=0)),
        ("every_link_min: 0", replace(MachineClicks(), every_link=0)),
        ("after_delivery_seconds: 0", replace(MachineClicks(), after_delivery=0)),
        ("crm_says: false", replace(MachineClicks(), crm_says=False)),
    ],
)
def test_each_sign_can_be_switched_off_alone(tmp_path: Path, text: str, changed: MachineClicks) -> None:
    assert read(tmp_path, f"machine_clicks: {{{text}}}").machine == changed


@pytest.mark.parametrize("key", ["links", "every_link_min"])
def test_a_sign_that_every_click_shows_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match=f"machine_clicks.{key}: would void every single click; write 2"):
        read(tmp_path, f"machine_clicks: {{{key}: 1}}")
    assert read(tmp_path, f"machine_clicks: {{{key}: 2}}")


def test_signs_are_told_in_words_and_so_is_their_change() -> None:
    shipped = default_definition()
    off = replace(shipped, machine=EVERYBODY_IS_HUMAN)

    assert machine_signs(shipped.machine) == [
        "3 different links of one mail followed within 2 seconds",
        "every link of a mail with 4 or more followed within 1 minute",
        "a click within 3 seconds of the mail's delivery",
        "what the CRM takes for a program",
    ]
    assert machine_signs(off.machine) == []
    assert differences(shipped, off, {}) == [
        f"what a program did: {'; '.join(machine_signs(shipped.machine))} → nothing"
    ]
