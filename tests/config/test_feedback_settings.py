"""`feedback:` and `custody:` of mqlsync.yaml: what they mean, and what they may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.settings import Settings, load_settings
from scoring.handoff.custody import Terms
from scoring.touches import DAY, HOUR

HEAD = "workspace: acme\nconnections:\n  hubspot:\npartners: partners.yaml\n"
PARTNERS = "partners:\n  kestrel: {name: Kestrel, tier: gold}\n  orbis: {name: Orbis, tier: silver}\n"


def settings(folder: Path, text: str) -> Settings:
    (folder / "partners.yaml").write_text(PARTNERS, encoding="utf-8")
    (folder / "mqlsync.yaml").write_text(HEAD + text, encoding="utf-8")
    return load_settings(folder)


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        settings(folder, text).context()
    return str(caught.value).replace(str(folder) + "/", "")


def test_without_a_word_the_shipped_reasons_hold_and_silence_is_no_consent(tmp_path: Path) -> None:
    context = settings(tmp_path, "").context()

    assert context.feedback.silence == 0
    assert context.feedback.rests("no_budget") == 90 * DAY
    assert context.feedback.rests("No budget") == 90 * DAY  # by its label, too
    assert context.feedback.rests("student") == 0
    assert context.custody["kestrel"] == Terms(takes_mqls=False, recall_days=10)


def test_what_is_written_changes_a_reason_and_the_rest_of_it_stays(tmp_path: Path) -> None:
    text = "feedback:\n  accepted_after_hours: 24\n  programs: 0055g00000AbCdE\n  reasons:\n"
    text += "    no_budget: {days: 45}\n    wrong_title: {follows: nurture, days: 30}\n"
    feedback = settings(tmp_path, text).context().feedback

    assert feedback.silence == 24 * HOUR
    assert feedback.rests("no_budget") == 45 * DAY
    assert feedback.meaning("sales_rejected", "wrong_title", "") == "sales_nurture"
    assert feedback.meaning("sales_rejected", "wrong_title", "salesforce:0055g00000AbCdE") == "sales_unheard"
    assert feedback.meaning("custody_given", "kestrel", "salesforce:0055g00000AbCdE") == "custody_given"
    found = feedback.reason("no_budget")
    assert found is not None
    assert found.label == "No budget"


def test_lead_statuses_are_told_to_the_connectors_in_kinds_of_touches(tmp_path: Path) -> None:
    text = "feedback:\n  statuses:\n    hubspot: {BAD_TIMING: nurture, OPEN: nothing}\n"
    text += "    salesforce: {Gone: recycled}\n"

    assert settings(tmp_path, text).statuses == {
        "hubspot": (("BAD_TIMING", "sales_nurture"), ("OPEN", "")),
        "salesforce": (("Gone", "sales_recycled"),),
    }


def test_a_partner_has_terms_of_its_own_and_its_own_calendar(tmp_path: Path) -> None:
    text = "custody: {recall_days: 3, partners: {kestrel: {takes_mqls: true, recall_days: 0}}}\n"
    text += "sla:\n  calendars:\n    berlin: {zone: Europe/Berlin, shifts: mon-fri 09:00-17:00}\n"
    text += "    london: {zone: Europe/London, shifts: mon-fri 09:00-17:00}\n  default: {calendar: berlin}\n"
    text += "  partners: {orbis: {calendar: london}}\n"

    custody = settings(tmp_path, text).context().custody

    assert (custody["kestrel"].takes_mqls, custody["kestrel"].recall_days) == (True, 0)
    assert (custody["orbis"].takes_mqls, custody["orbis"].recall_days) == (False, 3)
    zones = {slug: str(terms.calendar.zone) for slug, terms in custody.items() if terms.calendar}
    assert zones == {"kestrel": "Europe/Berlin", "orbis": "Europe/London"}


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("feedback: {reasons: {studnt: {days: 3}}}\n", "feedback.reasons.studnt", "did you mean `student`?"),
        ("feedback: {reasons: {ugly: {follows: custody}}}\n", "feedback.reasons.ugly", "only the reason"),
        ("feedback: {reasons: {with_partner: {follows: nurture}}}\n", "with_partner", "only the reason"),
        ("feedback: {reasons: {student: {follows: void}}}\n", "feedback.reasons.student.follows", "void"),
        ("feedback: {reasons: {no_budget: {days: -1}}}\n", "feedback.reasons.no_budget.days", "greater"),
        ("feedback: {accepted_after_hours: -1}\n", "accepted_after_hours", "greater"),
        ("feedback: {statuses: {hubspot: {NEW: perhaps}}}\n", "feedback.statuses.hubspot.NEW", "accepted"),
        ("custody: {partners: {kestral: {recall_days: 1}}}\n", "custody.partners.kestral", "`kestrel`?"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(
    tmp_path: Path, text: str, where: str, what: str
) -> None:
    told = complaint(tmp_path, text)

    assert told.startswith("mqlsync.yaml:5: ")
    assert where in told
    assert what in told or "should be" in told
