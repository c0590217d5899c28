"""`sla:` and `territories:` of mqlsync.yaml: what they mean, and what they may not say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.errors import ConfigError
from config.settings import Settings, load_settings
from config.zones import shifts_of
from scoring.handoff.calendars import Calendar, Shift
from scoring.handoff.sla import Sla, Slas
from scoring.handoff.territory import Territory
from scoring.touches import DAY, HOUR, MINUTE, SECOND

HEAD = "workspace: acme\nconnections:\n  hubspot:\npartners: partners.yaml\n"
PARTNERS = "partners:\n  kestrel: {name: Kestrel, tier: gold}\n  orbis: {name: Orbis, tier: silver}\n"
SLA = """\
sla:
  calendars:
    berlin: {zone: Europe/Berlin, shifts: mon-fri 09:00-17:00}
    new-york: {zone: America/New_York, shifts: [mon-thu 09:00-12:00, "fri,sat 22:00-06:00"]}
  default: {calendar: berlin, first_touch_hours: 4, attempts: 6, attempts_within_hours: 80}
  tiers:
    gold: {first_touch_hours: 1.5, decision_hours: 16}
  partners:
    kestrel: {calendar: new-york, restarts_with_owner: true}
    orbis: {attempts_apart_hours: 2}
  owners:
    "7": {leave: [{first: 2026-12-21, last: 2026-12-31}]}
    "8": {calendar: berlin}
"""
TERRITORIES = """\
territories:
  - {name: big, owners: ["9"], employees_min: 1000, countries: [US]}
  - {name: us, owners: ["8", "9"], countries: US, calendar: new-york}
  - {name: rest, owners: ["7"]}
"""


def settings(folder: Path, text: str) -> Settings:
    (folder / "partners.yaml").write_text(PARTNERS, encoding="utf-8")
    (folder / "mqlsync.yaml").write_text(HEAD + text, encoding="utf-8")
    return load_settings(folder)


def slas(folder: Path, text: str) -> Slas:
    found = settings(folder, text).slas()
    assert found is not None
    return found


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        settings(folder, text).slas()
    return str(caught.value).replace(str(folder) + "/", "")


def test_where_nothing_is_written_nobody_keeps_hours(tmp_path: Path) -> None:
    found = settings(tmp_path, "")

    assert found.slas() is None
    assert found.territories == ()


def test_a_narrower_sla_says_only_what_differs(tmp_path: Path) -> None:
    found = slas(tmp_path, SLA)
    berlin = Calendar(ZoneInfo("Europe/Berlin"), tuple(Shift(day, 9 * HOUR, 17 * HOUR) for day in range(5)))
    default = Sla(berlin, first_touch=4 * HOUR, attempts=6, attempts_within=80 * HOUR)

    assert found.default == default
    assert found.of(tier="gold") == replace(default, first_touch=90 * MINUTE, decision=16 * HOUR)
    assert found.of("orbis", "silver") == replace(default, attempts_apart=2 * HOUR)
    kestrel = found.of("kestrel", "gold")
    assert (kestrel.first_touch, kestrel.decision, kestrel.attempts) == (90 * MINUTE, 16 * HOUR, 6)
    assert kestrel.restarts_with_owner
    assert Shift(5, 22 * HOUR, 30 * HOUR) in kestrel.calendar.shifts


def test_an_owner_keeps_her_own_hours_else_those_of_her_territory(tmp_path: Path) -> None:
    found = slas(tmp_path, SLA + TERRITORIES)
    zones = {owner: found.calendar(found.default, owner).zone for owner in ("7", "8", "9", "unknown")}

    assert zones == {
        "7": ZoneInfo("Europe/Berlin"),
        "8": ZoneInfo("Europe/Berlin"),
        "9": ZoneInfo("America/New_York"),
        "unknown": ZoneInfo("Europe/Berlin"),
    }


def test_leave_holds_from_the_first_midnight_to_the_last(tmp_path: Path) -> None:
    begin, end = slas(tmp_path, SLA).owners["7"].leave[0]

    assert begin == 1_797_807_600 * SECOND  # 2026-12-21 00:00 in Berlin
    assert end - begin == 11 * DAY


def test_public_holidays_and_further_days_are_free(tmp_path: Path) -> None:
    pytest.importorskip("holidays", reason="run ./setup: requirements/ name a package that is not installed")
    text = SLA.replace(
        "mon-fri 09:00-17:00}", "mon-fri 09:00-17:00, country: DE, region: BE, closed: [2026-12-24]}"
    )
    free = slas(tmp_path, text).default.calendar.holidays

    assert {
        date(2026, 3, 8),
        date(2026, 12, 24),
        date(2026, 12, 25),
        date(2045, 10, 3),
    } <= free  # Berlin's 8 March
    assert date(2026, 12, 23) not in free
    assert date(2026, 6, 4) not in free  # Corpus Christi is not for Berlin


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("country: XX", "sla.calendars.berlin.country: the package `holidays` knows no XX; write codes"),
        ("country: DE, region: ZZ", "sla.calendars.berlin.region: the package `holidays` knows no DE ZZ"),
    ],
)
def test_a_country_that_the_package_does_not_know_is_refused(tmp_path: Path, more: str, told: str) -> None:
    pytest.importorskip("holidays", reason="run ./setup: requirements/ name a package that is not installed")

    assert told in complaint(tmp_path, SLA.replace("mon-fri 09:00-17:00}", f"mon-fri 09:00-17:00, {more}}}"))


def test_territories_keep_their_order_and_lines(tmp_path: Path) -> None:
    assert settings(tmp_path, SLA + TERRITORIES).territories == (
        Territory("big", ("9",), countries=("US",), employees_min=1000),
        Territory("us", ("8", "9"), countries=("US",)),
        Territory("rest", ("7",)),
    )


@pytest.mark.parametrize(
    ("text", "shifts"),
    [
        ("mon 09:00-17:00", (Shift(0, 9 * HOUR, 17 * HOUR),)),
        ("Sun 0:00-24:00", (Shift(6, 0, DAY),)),
        ("sat-mon 22:30-06:00", tuple(Shift(day, 22 * HOUR + 30 * MINUTE, 30 * HOUR) for day in (5, 6, 0))),
        ("tue, thu 9:00 - 9:01", tuple(Shift(day, 9 * HOUR, 9 * HOUR + MINUTE) for day in (1, 3))),
    ],
)
def test_a_line_of_shifts_is_read(text: str, shifts: tuple[Shift, ...]) -> None:
    assert shifts_of(text) == shifts


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Europe/Berlin", "Europe/Berlinn", "mqlsync.yaml:7: sla.calendars.berlin.zone"),
        ("mon-fri 09:00-17:00", "[]", "sla.calendars.berlin.shifts"),
        ("mon-fri 09:00-17:00", "9 to 5", "`9 to 5` is no shift; write it like `mon-fri 09:00-17:30`"),
        ("mon-fri 09:00-17:00", "mon-fri 09:00-25:00", "is no shift"),
        ("mon-fri 09:00-17:00", "mon-fri 09:00-09:00", "has no length; for a whole day write 00:00-24:00"),
        ("mon-fri 09:00-17:00", "mon-fry 09:00-17:00", "did you mean `fri`?"),
        ("mon-fri 09:00-17:00", "mon-wed-fri 09:00-17:00", "is no weekday"),
        (
            "mon-fri 09:00-17:00}",
            "mon 09:00-17:00, region: BE}",
            "has a region without a country; add `country:`",
        ),
        ("calendar: berlin, first", "calendar: berlim, first", "did you mean `berlin`?"),
        ("calendar: new-york,", "calendar: york,", "mqlsync.yaml:13: sla.partners.kestrel.calendar"),
        ("calendar: berlin, first", "first", "sla.default.calendar: is missing; add it"),
        ("first_touch_hours: 4", "first_touch_hours: -4", "mqlsync.yaml:9: sla.default.first_touch_hours"),
        (", attempts_within_hours: 80", "", "mqlsync.yaml:9: sla.default: attempts need a number and a time"),
        ("    gold:", "    golden:", "no partner has the tier `golden`; did you mean `gold`?"),
        ("    kestrel:", "    kestral:", "no partner is `kestral`; did you mean `kestrel`?"),
        ("last: 2026-12-31", "last: 2026-12-20", "ends before it begins"),
        (
            '"8": {calendar: berlin}',
            '"8": {calendar: nowhere}',
            "sla.owners.8.calendar: there is no calendar",
        ),
    ],
)
def test_an_sla_that_cannot_be_kept_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in SLA

    assert told in complaint(tmp_path, SLA.replace(old, new))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{name: us, owners: [a]}", "territories.1.name: `us` stands twice; choose another name"),
        ("{name: x, owners: []}", "territories.1.owners"),
        ("{name: x, owners: [a], countries: US}", "never gets a lead: `us` before it takes them all"),
        ("{name: x, owners: [a], postcodes: [10]}", "territories.1.postcodes"),
        ("{name: x, owners: [a], country: US}", "did you mean `countries`?"),
        ("{name: x, owners: [a], employees_min: 9, employees_below: 9}", "fits no size"),
        (
            "{name: x, owners: [a], calendar: berlin}",
            "there is no calendar `berlin`; write it under `sla: calend",
        ),
    ],
)
def test_a_territory_that_means_nothing_is_refused_with_its_line(
    tmp_path: Path, line: str, told: str
) -> None:
    text = f"territories:\n  - {{name: us, owners: [a], countries: US}}\n  - {line}\n"

    told_us = complaint(tmp_path, text)

    assert told in told_us
    assert "mqlsync.yaml:7: " in told_us


def test_a_territory_of_a_partner_whom_nobody_knows_is_refused_with_its_line(tmp_path: Path) -> None:
    text = "territories:\n  - {name: theirs, owners: [a], partners: [kestrle]}\n"
    known = settings(tmp_path, text.replace("kestrle", "kestrel"))
    assert known.context().partners

    found = settings(tmp_path, text)

    with pytest.raises(ConfigError, match=r"territories\.0\.partners.*`kestrle`.*kestrel"):
        found.context()
