"""Lists of mail domains: kept up by others, added to by us, changed by operators."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.definitions import DEFAULTS, load_written
from config.errors import ConfigError
from config.mail_domains import domain_lists
from scoring.definitions.kinds import Domains
from scoring.patterns import passes

DEFINITION = (
    'name: a\nversion: "1"\nqualified: {field: {name: email_domain, lists: rivals, unknown: fails}}\n'
)


def is_on(folder: Path, name: str, host: str) -> bool:
    return passes(Domains(lists=(domain_lists(folder)[name],)), host)


def write(folder: Path, text: str) -> None:
    (folder / "domains.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "host", "expected"),
    [
        ("free_mail", "gmail.com", True),
        ("free_mail", "jo@GMail.com", True),
        ("free_mail", "gmx.net", True),
        ("free_mail", "gmx.ch", True),  # ours: a pattern
        ("free_mail", "acme.example", False),
        ("free_mail", "notgmail.com", False),
        ("disposable", "mailinator.com", True),
        ("disposable", "inbox.mailinator.com", True),
        ("disposable", "gmail.com", False),
        ("education", "stanford.edu", True),
        ("education", "ox.ac.uk", True),
        ("education", "", False),
    ],
)
def test_the_shipped_lists_know_the_usual_hosts(tmp_path: Path, name: str, host: str, expected: bool) -> None:
    assert is_on(tmp_path, name, host) == expected


def test_the_lists_are_kept_up_by_others_and_long() -> None:
    lists = domain_lists(DEFAULTS)

    assert len(lists["disposable"].listed) > 5_000
    assert len(lists["free_mail"].listed) > 3_000


def test_an_address_that_is_thrown_away_is_not_a_private_one_besides(tmp_path: Path) -> None:
    lists = domain_lists(tmp_path)

    assert not set(lists["free_mail"].listed) & set(lists["disposable"].listed)


def test_an_operator_adds_removes_and_replaces(tmp_path: Path) -> None:
    write(
        tmp_path,
        "lists: {rivals: [rival.example], education: [school.example]}\n"
        "add: {disposable: [burner.example]}\nremove: {free_mail: [GMail.com]}\n",
    )

    assert is_on(tmp_path, "rivals", "mail.rival.example")
    assert not is_on(tmp_path, "education", "stanford.edu")
    assert is_on(tmp_path, "disposable", "burner.example")
    assert is_on(tmp_path, "disposable", "mailinator.com")
    assert not is_on(tmp_path, "free_mail", "gmail.com")


def test_a_list_that_does_not_exist_cannot_be_changed(tmp_path: Path) -> None:
    write(tmp_path, "add:\n  disposabel: [burner.example]\n")

    with pytest.raises(ConfigError, match=r"yaml:2: add.disposabel: there is no list .* did you mean `disp"):
        domain_lists(tmp_path)


def test_what_is_on_a_list_is_no_part_of_the_meaning(tmp_path: Path) -> None:
    path = tmp_path / "definition.yaml"
    path.write_text(DEFINITION, encoding="utf-8")
    write(tmp_path, "lists: {rivals: [one.example]}\n")
    before = load_written(path).definition
    write(tmp_path, "lists: {rivals: [one.example, two.example]}\n")
    after = load_written(path).definition

    assert before.fingerprint == after.fingerprint
    assert before != after
