"""A workspace for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from partner_workspace import NOW, PARTNERS, SETTINGS, Bench

from scoring.touches import HOUR
from sync.workspace import opened


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("MQLSYNC_HUBSPOT_TOKEN", "none")
    (tmp_path / "mqlsync.yaml").write_text(SETTINGS)
    (tmp_path / "partners.yaml").write_text(PARTNERS)
    now = [NOW + HOUR]
    with opened(tmp_path, now=lambda: now[0]) as work:
        yield Bench(tmp_path, work, now)
