"""mqlsync.yaml: what it means, what it may not say, and what `init` writes."""

from __future__ import annotations

import dataclasses
from datetime import time
from pathlib import Path

import pytest

from config.definitions import DEFAULTS
from config.errors import ConfigError
from config.init import init
from config.settings import Nightly, Settings, load_settings
from config.zones import WEEKDAYS

SMALL = """\
workspace: acme
connections:
  hubspot:
"""


@pytest.fixture(autouse=True)
def _no_database_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MQLSYNC_DATABASE", raising=False)


def settings(folder: Path, text: str = SMALL) -> Settings:
    (folder / "mqlsync.yaml").write_text(text, encoding="utf-8")
    return load_settings(folder)


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        settings(folder, text)
    return str(caught.value).replace(str(folder) + "/", "")


def test_two_keys_are_enough(tmp_path: Path) -> None:
    found = settings(tmp_path)

    assert found.workspace == "acme"
    assert (found.hubspot_url, found.salesforce_login_url) == ("https://api.hubapi.com", None)
    assert found.home_crm == ("hubspot",)
    assert (found.interval_seconds, found.score_step, found.task_age_max_days) == (60, 5, 7)
    assert (found.blast_radius_percent, found.blast_radius_min) == (20, 10)
    assert found.database_url == f"sqlite:///{tmp_path}/mqlsync.db"


def test_settings_do_not_change(tmp_path: Path) -> None:
    found = settings(tmp_path)

    with pytest.raises(dataclasses.FrozenInstanceError):
        found.interval_seconds = 5  # type: ignore[misc]  # that is the point


def test_a_misspelt_key_is_named_with_its_line_and_the_nearest_key(tmp_path: Path) -> None:
    assert complaint(tmp_path, SMALL + "intervall_seconds: 60\n") == (
        "mqlsync.yaml:4: intervall_seconds: nothing reads this key; did you mean `interval_seconds`?"
    )
    assert (
        complaint(tmp_path, SMALL + "    ulr: https://api.hubapi.com\n")
    ) == "mqlsync.yaml:4: connections.hubspot.ulr: nothing reads this key; did you mean `url`?"


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = complaint(tmp_path, "interval_seconds: 4\nscore_step: '5'\nconnections: {}\n").splitlines()

    assert told == [
        "mqlsync.yaml:1: interval_seconds: should be greater than or equal to 5",
        "mqlsync.yaml:1: workspace: is missing; add it",
        "mqlsync.yaml:2: score_step: should be a valid integer; write a whole number",
        "mqlsync.yaml:3: connections: names no CRM; add `hubspot:` or `salesforce:` below it",
    ]


def test_five_seconds_is_the_shortest_interval(tmp_path: Path) -> None:
    assert settings(tmp_path, SMALL + "interval_seconds: 5\n").interval_seconds == 5
    assert "interval_seconds" in complaint(tmp_path, SMALL + "interval_seconds: 4\n")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.hubapi.com/", "https://api.hubapi.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:1", "http://localhost:1"),
    ],
)
def test_tokens_go_out_encrypted_or_stay_on_this_machine(tmp_path: Path, url: str, origin: str) -> None:
    assert settings(tmp_path, SMALL + f'    url: "{url}"\n').hubspot_url == origin


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://api.hubapi.com", "unencrypted"),
        ("http://127.0.0.1.example.com", "unencrypted"),
        ("http://localhost.example.com", "unencrypted"),
        ("api.hubapi.com", "no address"),
        ("ftp://api.hubapi.com", "no address"),
        ("https://host:port", "no address"),
        ("https://jane:hunter2@api.hubapi.com", "more than scheme and host"),
        ("https://api.hubapi.com/crm", "more than scheme and host"),
    ],
)
def test_other_addresses_are_refused_without_repeating_them(tmp_path: Path, url: str, why: str) -> None:
    told = complaint(tmp_path, SMALL + f'    url: "{url}"\n')

    assert told.startswith("mqlsync.yaml:4: connections.hubspot.url: ")
    assert why in told
    assert "hunter2" not in told


def test_a_salesforce_connection_names_its_login_address(tmp_path: Path) -> None:
    text = "workspace: acme\nconnections:\n  salesforce:\n"

    assert complaint(tmp_path, text) == "mqlsync.yaml:3: connections.salesforce.login_url: is missing; add it"
    found = settings(tmp_path, text + "    login_url: https://acme.my.salesforce.com\n")
    assert found.salesforce_login_url == "https://acme.my.salesforce.com"
    assert found.hubspot_url is None


def test_the_home_crm_is_one_that_is_connected(tmp_path: Path) -> None:
    both = SMALL + "  salesforce: {login_url: https://acme.my.salesforce.com}\n"

    assert settings(tmp_path, both).home_crm == ("salesforce", "hubspot")
    assert settings(tmp_path, both + "home_crm: hubspot\n").home_crm == ("hubspot",)
    assert "mqlsync.yaml:4: home_crm: names no CRM that is connected" in complaint(
        tmp_path, SMALL + "home_crm: [salesforce]\n"
    )
    assert "names one of them twice" in complaint(tmp_path, both + "home_crm: [hubspot, hubspot]\n")


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("data/own.db", "sqlite:///{folder}/data/own.db"),
        ("/var/lib/own.db", "sqlite:////var/lib/own.db"),
        ("sqlite:///own.db", "sqlite:///{folder}/own.db"),
        ("sqlite:////var/lib/own.db", "sqlite:////var/lib/own.db"),
        ("sqlite://", "sqlite://"),
        ("postgresql://db.example/crm", "postgresql+psycopg://db.example/crm"),
        ("postgres://db.example/crm", "postgresql+psycopg://db.example/crm"),
        ("postgresql+psycopg://db.example/crm", "postgresql+psycopg://db.example/crm"),
    ],
)
def test_a_database_is_a_file_of_the_workspace_or_a_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, url: str
) -> None:
    expected = url.format(folder=tmp_path)

    assert settings(tmp_path, SMALL + f'database: "{written}"\n').database_url == expected
    monkeypatch.setenv("MQLSYNC_DATABASE", written)
    assert settings(tmp_path, SMALL + "database: another.db\n").database_url == expected


def test_a_database_that_we_do_not_know_is_refused_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = complaint(tmp_path, SMALL + "database: mysql://jane:hunter2@db.example/crm\n")
    monkeypatch.setenv("MQLSYNC_DATABASE", "mysql://jane:hunter2@db.example/crm")
    of_environment = complaint(tmp_path, SMALL)

    assert told.startswith("mqlsync.yaml:4: database: is no database we know; write a file name")
    assert of_environment.startswith("environment: MQLSYNC_DATABASE: is no database we know; write")
    assert "hunter2" not in told + of_environment


def test_the_password_of_a_database_is_not_shown(tmp_path: Path) -> None:
    found = settings(tmp_path, SMALL + "database: postgresql://jane:hunter2@db.example/crm\n")

    assert "hunter2" not in repr(found)


def test_own_domains_are_domains(tmp_path: Path) -> None:
    found = settings(tmp_path, SMALL + "own_domains: [Acme.example, acme.co.example]\n").context()
    told = complaint(tmp_path, SMALL + "own_domains:\n  - ok.example\n  - jane@acme.example\n")

    assert found.own_domains == ("acme.example", "acme.co.example")
    assert told == ("mqlsync.yaml:6: own_domains.1: is an e-mail address; write only the part after the @")
    assert "is no mail domain" in complaint(tmp_path, SMALL + "own_domains: [acme]\n")


def test_shipped_files_count_until_the_folder_has_its_own(tmp_path: Path) -> None:
    shipped = settings(tmp_path)
    text = (DEFAULTS / "definition.yaml").read_text(encoding="utf-8")
    (tmp_path / "definition.yaml").write_text(text.replace("name: standard", "name: ours"), encoding="utf-8")
    (tmp_path / "partners.yaml").write_text("partners: {}\n", encoding="utf-8")
    own = settings(tmp_path)

    assert shipped.definition().name == "standard"
    assert shipped.context().partners
    assert own.definition().name == "ours"
    assert own.context().partners == ()
    assert own.context().sites == shipped.context().sites


def test_lists_of_domains_in_the_folder_count_for_the_shipped_definition_too(tmp_path: Path) -> None:
    before = settings(tmp_path).definition()
    (tmp_path / "domains.yaml").write_text("lists: {free_mail: [only.example]}\n", encoding="utf-8")

    assert settings(tmp_path).definition() != before


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    told = complaint(tmp_path, SMALL + "definition: ours.yaml\n")

    assert told.startswith("mqlsync.yaml:4: definition: there is no file `ours.yaml`")


@pytest.mark.parametrize("name", ["acme", "2026", "no", 'a "b": #c'])
def test_init_writes_a_workspace_that_loads(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "deep" / name

    written = init(folder)

    assert written == [
        folder / file
        for file in ("mqlsync.yaml", "definition.yaml", "partners.yaml", "definition.schema.json")
    ]
    found = load_settings(folder)
    assert found.workspace == name
    assert found.definition().name == "standard"
    assert found.context().partners
    assert {found.definition_file.parent, found.partners_file.parent} == {folder}


def test_the_written_file_says_what_counts_where_nothing_is_said(tmp_path: Path) -> None:
    init(tmp_path / "acme")
    said = load_settings(tmp_path / "acme")
    (tmp_path / "silent").mkdir()
    silent = settings(tmp_path / "silent")

    for name in ("hubspot_url", "home_crm", "interval_seconds", "score_step", "blast_radius_percent"):
        assert getattr(said, name) == getattr(silent, name)
    for name in ("blast_radius_min", "task_age_max_days", "own_domains"):
        assert getattr(said, name) == getattr(silent, name)


def test_the_words_of_a_portal_are_told_by_its_operator(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        SMALL + "    lists: {'Fair *': event_attendance}\n    forms: {'Talk*': contact_request}\n"
        "    utm_properties: {utm_source: [first_source, src], utm_medium: med}\n",
    ).hubspot

    assert found.lists == {"Fair *": "event_attendance"}
    assert found.forms == {"Talk*": "contact_request"}
    assert found.utm_properties == {"utm_source": ("first_source", "src"), "utm_medium": ("med",)}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("lists: {Fair: event_attendence}", "did you mean `event_attendance`?"),
        ("utm_properties: {utm_sauce: [a]}", "utm_"),
    ],
)
def test_a_word_that_means_nothing_is_named(tmp_path: Path, line: str, told: str) -> None:
    assert told in complaint(tmp_path, SMALL + f"    {line}\n")


def test_init_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "mqlsync.yaml").write_text("mine", encoding="utf-8")

    written = init(tmp_path)

    assert [path.name for path in written] == ["definition.yaml", "partners.yaml", "definition.schema.json"]
    assert (tmp_path / "mqlsync.yaml").read_text(encoding="utf-8") == "mine"
    assert init(tmp_path) == []


def test_init_where_no_folder_can_be_is_a_config_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(ConfigError, match="choose a folder"):
        init(tmp_path / "file")


def test_the_night_has_a_time_days_and_a_zone(tmp_path: Path) -> None:
    more = "time_zone: Europe/Berlin\nnightly: {at: 12:30, days: [mon, fri]}\n"

    assert settings(tmp_path, SMALL).nightly == Nightly(time(2, 30), WEEKDAYS, "UTC")
    assert settings(tmp_path, SMALL + more).nightly == Nightly(time(12, 30), ("mon", "fri"), "Europe/Berlin")
    assert settings(tmp_path, SMALL + "nightly: {at: '0:05'}\n").nightly.at == time(0, 5)


@pytest.mark.parametrize(
    ("line", "complains"),
    [
        ("time_zone: Europe/Berlinn", "did you mean `Europe/Berlin`?"),
        ("time_zone: ../etc", "is no time zone"),
        ("nightly: {at: '24:00'}", "is no time of day; write it like 02:30"),
        ("nightly: {at: 24:00}", "is no time of day"),
        ("nightly: {at: true}", "is no time of day"),
        ("nightly: {days: [0]}", "nightly.days"),
        ("nightly: {days: [monday]}", "nightly.days"),
        ("nightly: {days: [mon, mon]}", "names one of them twice"),
        ("nightly: {days: []}", "nightly.days"),
    ],
)
def test_a_night_that_nobody_understands_is_refused(tmp_path: Path, line: str, complains: str) -> None:
    assert complains in complaint(tmp_path, SMALL + line + "\n")


def test_fields_of_the_crms_get_names(tmp_path: Path) -> None:
    need = "  need: {hubspot: need_answer, salesforce: Need__c}\n"

    found = settings(tmp_path, SMALL + f"attributes:\n{need}  budget: {{salesforce: Budget__c}}\n")

    assert found.fields_of("hubspot") == (("need_answer", "field:need"),)
    assert found.fields_of("salesforce") == (("Need__c", "field:need"), ("Budget__c", "budget"))
    assert settings(tmp_path, SMALL).fields_of("hubspot") == ()


@pytest.mark.parametrize(
    ("attribute", "complains"),
    [
        ("need: {}", "names no field"),
        ("need: {hubspot: need, pipedrive: need}", "nothing reads this key; valid are: hubspot, salesforce"),
        ("need: {hubspott: need}", "did you mean `hubspot`?"),
        ("Need: {hubspot: need}", "is no name for an attribute"),
        ("email: {hubspot: work_mail}", "choose another name"),
        ("need: {hubspot: 'Need answer'}", "is no internal name of a property"),
        ("need: {salesforce: 'Need__c FROM User'}", "is no API name of a field"),
    ],
)
def test_fields_that_cannot_be_read_are_refused(tmp_path: Path, attribute: str, complains: str) -> None:
    assert complains in complaint(tmp_path, SMALL + f"attributes:\n  {attribute}\n")
