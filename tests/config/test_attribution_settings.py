"""How credit is given where nobody says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.settings import load_settings
from scoring.models.journeys import LOOKBACK
from scoring.touches import DAY


def load(folder: Path, block: str):
    text = "workspace: w\nconnections: {hubspot: {}}\n"
    (folder / "mqlsync.yaml").write_text(text + block)
    return load_settings(folder).attribution


def test_nothing_written_is_linear_by_person_ninety_days_back(tmp_path: Path) -> None:
    found = load(tmp_path, "")

    assert (found.model, found.unit, found.half_life, found.currency) == ("linear", "person", 7 * DAY, "")
    assert set(found.lookback.values()) == {LOOKBACK} == {90 * DAY}


def test_each_conversion_may_look_back_its_own_way(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        "attribution:\n  model: markov_2\n  unit: account\n  lookback_days: {mql: 30, won: unlimited}\n"
        "  half_life_days: 14\n  currency: EUR\n",
    )

    assert (found.model, found.unit, found.half_life, found.currency) == (
        "markov_2",
        "account",
        14 * DAY,
        "EUR",
    )
    assert (found.lookback["mql"], found.lookback["won"], found.lookback["sql"]) == (30 * DAY, None, LOOKBACK)


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("{model: linaer}", "`linaer` is no model; did you mean `linear`"),
        ("{lookback_days: {gold: 1}}", "`gold` is no conversion"),
        ("{lookback_days: {mql: 0}}", "attribution.lookback_days"),
        ("{unit: team}", "attribution.unit"),
        ("{currency: euro}", "attribution.currency"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, block: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, f"attribution: {block}\n")

    assert said in str(error.value)
