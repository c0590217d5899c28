"""What tells channels apart: Google's list, ours, and what an operator writes."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from config.channels import GOOGLES, SHIPPED, googles_lists, load_sites
from config.errors import ConfigError
from scoring.context import ChannelRule
from scoring.ga4 import ga4_channel

ROOT = Path(__file__).parents[2]
RECORDED = Path(os.environ.get("MQLSYNC_RECORDED", ROOT.parent / "shared" / "recorded"))
PUBLISHED = RECORDED.parent / "facts" / GOOGLES.name
PAID = {
    "SOURCE_CATEGORY_SEARCH": "Paid Search",
    "SOURCE_CATEGORY_SOCIAL": "Paid Social",
    "SOURCE_CATEGORY_VIDEO": "Paid Video",
    "SOURCE_CATEGORY_SHOPPING": "Paid Shopping",
}


def rows() -> list[tuple[str, str]]:
    with GOOGLES.open(newline="") as file:
        return [(row["source"], row["source_category"]) for row in csv.DictReader(file)]


def write(folder: Path, text: str) -> Path:
    path = folder / "channels.yaml"
    path.write_text(text)
    return path


def test_google_s_list_ships_as_it_was_published_with_its_notice() -> None:
    assert "MIT License" in GOOGLES.with_suffix(".NOTICE").read_text()
    if not PUBLISHED.exists():
        pytest.skip(f"the published list is not at {PUBLISHED.name}")
    assert GOOGLES.read_bytes() == PUBLISHED.read_bytes()


def test_google_s_list_is_read_whole() -> None:
    lists = googles_lists()

    assert [len(one) for one in (lists.search, lists.shopping, lists.social, lists.video)] == [
        129,
        52,
        592,
        46,
    ]


@pytest.mark.parametrize("category", PAID)
def test_every_source_of_google_s_list_is_what_google_says(category: str) -> None:
    lists = googles_lists()

    wrong = [
        source
        for source, one in rows()
        if one == category and ga4_channel(source.casefold(), "cpc", "", lists) != PAID[category]
    ]

    assert not wrong


def test_what_an_operator_writes_replaces_a_key_and_adds_to_google_s_sites(tmp_path: Path) -> None:
    path = write(
        tmp_path, "social: [Clubhouse]\nclick_ids: {PRID: kestrel display}\nplatforms: {Meta: [FB]}\n"
    )

    sites = load_sites(path)

    assert {"clubhouse", "bsky.app", "facebook"} <= sites.known.social
    assert "clubhouse" not in sites.google.social
    assert sites.click_ids == {"prid": "kestrel display"}
    assert sites.platforms == {"Meta": ("fb",)}
    assert sites.webmail == load_sites(SHIPPED).webmail


def test_channels_of_one_s_own_are_read_in_order(tmp_path: Path) -> None:
    path = write(
        tmp_path, "rules:\n  - {channel: Co-marketing, medium: Webinar}\n  - {channel: B, kind: [call]}\n"
    )

    assert load_sites(path).rules == (
        ChannelRule("Co-marketing", medium=("webinar",)),
        ChannelRule("B", kind=("call",)),
    )


def test_a_rule_that_asks_for_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="would match everything; name a source"):
        load_sites(write(tmp_path, "rules: [{channel: X}]\n"))


def test_an_empty_file_leaves_everything_as_it_is_shipped(tmp_path: Path) -> None:
    assert load_sites(write(tmp_path, "")) == load_sites(SHIPPED)
