"""Whom the shipped definition excludes: on both sides of each edge, and until the cause is gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from config.definitions import default_definition, load_definition
from scoring.context import Context
from scoring.definitions.definition import Definition
from scoring.partner import Partner
from scoring.score import score
from scoring.touches import DAY, HOUR, Facts, attributes_of, touches_of
from scoring.verdicts import Verdicts

T = 20_000 * DAY
BEGINS, ENDS = T + DAY, T + 2 * DAY
CONTEXT = Context(("acme.example",), (Partner("k", "K", "gold", domains=("kestrel.example",)),))
BUYER = "jo@buyer.example"
SHIPPED = default_definition()


def judged(
    known: Sequence[tuple[int, str, str]],
    done: Sequence[dict[str, Any]] = (),
    *,
    at: int,
    by: Definition = SHIPPED,
) -> Verdicts:
    """Somebody who asked for a demo and for a quote, and whose company is of the right size."""
    requests = [{"at": T, "kind": kind} for kind in ("demo_request", "quote_request")]
    facts = Facts(
        1,
        touches_of({"id": number, **row} for number, row in enumerate([*requests, *done])),
        attributes_of((0, *row) for row in [(T, "employees", "500"), *known]),
    )
    return score(facts, by, at, context=CONTEXT)


@pytest.mark.parametrize(
    ("reason", "field", "applies", "applies_not"),
    [
        ("own staff", "email", "jo@mail.acme.example", "jo@notacme.example"),
        ("competitor", "email", "jo@rivalmetrics.example", "jo@rivalmetrics.example.buyer.example"),
        ("competitor", "email_domain", "eu.datafoe.example", "notdatafoe.example"),
        ("partner staff", "email", "jo@kestrel.example", "jo@kestrel.example.buyer.example"),
        ("student", "title", "Working student, sales", "Head of students' sales"),
        ("student", "email", "jo@cs.stanford.edu", "jo@education.buyer.example"),
        ("existing customer", "lifecycle_stage", "Customer", "opportunity"),
        ("job seeker", "title", "Seeking new challenges", "Head of hide-and-seek"),
        ("disposable mail", "email", "jo@mailinator.com", "jo@notmailinator.buyer.example"),
        ("unsubscribed", "opted_out", "true", "false"),
    ],
)
def test_an_exclusion_lasts_from_its_cause_until_the_cause_is_gone(
    reason: str, field: str, applies: str, applies_not: str
) -> None:
    known = [(T, field, applies_not), (BEGINS, field, applies), (ENDS, field, applies_not)]

    shown = [judged(known, at=at) for at in (BEGINS - 1, BEGINS, ENDS - 1, ENDS)]

    assert [(one.status_of(0), one.reason_of(0)) for one in shown] == [
        ("mql", ""),
        ("disqualified", reason),
        ("disqualified", reason),
        ("mql", ""),
    ]
    assert shown[0].recheck_at[0] == BEGINS
    assert shown[1].recheck_at[0] == ENDS
    assert shown[-1].qualified_at[0] == ENDS


def test_three_looks_at_jobs_within_a_month_are_a_job_seekers() -> None:
    careers = [{"at": T + n * DAY, "kind": "page_view", "page": f"/careers/{n}"} for n in (-25, 1, 2)]

    shown = [judged([], careers, at=T + at) for at in (2 * DAY - 1, 2 * DAY, 5 * DAY - 1, 5 * DAY)]

    assert [one.reason_of(0) for one in shown] == ["", "job seeker", "job seeker", ""]
    assert judged([], careers[1:], at=T + 2 * DAY).reason_of(0) == ""


def test_whoever_only_clicked_as_machines_do_is_a_bot_until_somebody_asks_for_a_demo() -> None:
    mail = {"asset": "email:1", "is_machine": True}
    early = [{"at": T - DAY, "kind": "email_click", **mail}, {"at": T - DAY, "kind": "email_open"}]

    assert judged([], early, at=T - 1).reason_of(0) == "bot"
    assert judged([], early, at=T).status_of(0) == "mql"
    assert judged([], early[1:], at=T - 1).reason_of(0) == ""


PRIVATE = """\
name: without-private-mail
version: "1"
extends: standard
remove: [fit.criteria.mail]
exclusions:
  - reason: private mail address
    any:
      - {field: email_domain, lists: [free_mail]}
"""


@pytest.mark.parametrize(("email", "is_private"), [("jo@gmail.com", True), (BUYER, False)])
def test_a_private_mail_address_costs_fit_or_excludes(tmp_path: Path, email: str, is_private: bool) -> None:
    (tmp_path / "definition.yaml").write_text(PRIVATE, encoding="utf-8")
    excluding = load_definition(tmp_path / "definition.yaml")
    known = [(T, "email", email)]

    costing, buyer = judged(known, at=T + HOUR), judged([(T, "email", BUYER)], at=T + HOUR)

    assert costing.status_of(0) == "mql"
    assert buyer.fit[0] - costing.fit[0] == (10_000 if is_private else 0)
    excluded = judged(known, at=T + HOUR, by=excluding)
    assert excluded.reason_of(0) == ("private mail address" if is_private else "")
    assert excluded.fit[0] == buyer.fit[0]
