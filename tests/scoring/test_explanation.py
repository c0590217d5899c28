"""What people read: the ledger, the sentence, the task."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from config.definitions import default_definition
from scoring.context import Context
from scoring.definitions.checklist import unmet
from scoring.definitions.conditions import GradeIs, HasAttribute, scored
from scoring.definitions.definition import POINT, Band, Criterion, Definition, Exclusion, Fit, Group, Rule
from scoring.definitions.kinds import Between, Domains, Match, Repeated, Words
from scoring.definitions.whatif import ways
from scoring.handoff.calendars import Calendar, Shift
from scoring.handoff.routing import Home, follow_up_due, home
from scoring.handoff.sla import Owner, Sla, Slas
from scoring.ledger import explain, points_text
from scoring.partner import Partner
from scoring.score import score
from scoring.sentence import LENGTH_MAX, sentences
from scoring.touches import DAY, HOUR, NEVER, Facts, attributes_of, touches_of

NOON = 20_769 * DAY + 12 * HOUR  # 12 November 2026
RULES = (
    Rule("demo", "demo request", Match(("demo_request",)), 40 * POINT, "intent",
         half_life=30 * DAY, at_most=1),
    Rule("pricing", "pricing page", Match(("page_view",), pages=("/pricing",)), 20 * POINT, "web",
         Repeated(3, 7 * DAY), window=30 * DAY),
    Rule("webinar", "webinar", Match(("webinar_registration",)), 15 * POINT, "content", window=90 * DAY),
    Rule("view", "page view", Match(("page_view",)), 5 * POINT, "web", window=30 * DAY, at_most=3),
    Rule("careers", "careers page", Match(("page_view",), pages=("/careers",)), -10 * POINT, "doubts"),
)  # fmt: skip
FIT = Fit(
    (
        Criterion("seniority", "title", "title", (Band("VP", Words(("vp",)), 20 * POINT),)),
        Criterion("size", "employees", "employees", (Band("big", Between(100), 10 * POINT),)),
    ),
    (30 * POINT, 20 * POINT, 10 * POINT),
)
DEFINITION = Definition(
    "d", "2", "Standard", scored(80 * POINT, 30 * POINT, "C"), RULES,
    (Group("intent"), Group("web", cap=25 * POINT), Group("content"), Group("doubts", floor=-5 * POINT)),
    FIT, (Exclusion("student", (HasAttribute("title", Words(("student",))),)),),

)  # fmt: skip
DEEDS = [
    {"at": NOON, "kind": "demo_request", "asset": "Demo request form"},
    *({"at": NOON - day * DAY, "kind": "page_view", "page": "/pricing"} for day in (2, 3, 4)),
    {
        "at": NOON - 9 * DAY,
        "kind": "webinar_registration",
        "asset": "Forecasting",
        "url": "https://a.example/w",
    },
]
KNOWN = [(NOON - 30 * DAY, "title", "VP Sales"), (NOON - 30 * DAY, "employees", "500")]


def facts(deeds=DEEDS, known=KNOWN) -> Facts:
    return Facts(
        1,
        touches_of({"id": n, **deed} for n, deed in enumerate(deeds, 1)),
        attributes_of((0, *k) for k in known),
    )


def enough(found: Facts, definition: Definition = DEFINITION) -> list[tuple[str, int, int]]:
    told = explain(found, definition, NOON, 0)
    return [(way.rule, way.times, way.points) for way in ways(found, definition, told, 0)]


def sentence(found: Facts, at: int = NOON, definition: Definition = DEFINITION) -> str:
    return sentences(found, score(found, definition, at), [0])[0]


def test_the_sentence_names_deeds_dates_and_fit() -> None:
    assert sentence(facts()) == (
        "Demo request on 12 Nov 2026; pricing page 3 times by 10 Nov; webinar “Forecasting” on 3 Nov; "
        "page view 3 times, last on 10 Nov. Fit A (VP, 500 employees)."
    )


def test_the_sentence_stays_while_points_fade_and_changes_when_a_deed_no_longer_counts() -> None:
    assert sentence(facts(), NOON + 26 * DAY - 1) == sentence(facts())
    assert sentence(facts(), NOON + 26 * DAY) != sentence(facts())
    assert score(facts(), DEFINITION, NOON).recheck_at[0] == NOON + 26 * DAY


def test_a_year_is_named_where_it_differs() -> None:
    deeds = [DEEDS[0], {"at": NOON - 40 * DAY, "kind": "webinar_registration"}]
    later = [{**deed, "at": deed["at"] + 60 * DAY} for deed in deeds]

    assert sentence(facts(later), NOON + 60 * DAY).startswith(
        "Demo request on 11 Jan 2027; webinar on 2 Dec 2026."
    )


def test_nothing_to_say_is_said() -> None:
    assert sentence(facts([], []), NOON) == "No activity that counts. Fit D."


def test_an_exclusion_is_the_first_thing_said() -> None:
    assert sentence(facts(DEEDS, [(NOON, "title", "student")])).startswith(
        "Excluded: student. Demo request on"
    )


def test_deeds_that_speak_against_somebody_are_not_her_reasons() -> None:
    assert "careers" not in sentence(facts([*DEEDS, {"at": NOON, "kind": "page_view", "page": "/careers"}]))


@pytest.mark.parametrize("asset", ["123456", "x" * 61, "The webinar"])
def test_an_asset_is_named_only_where_its_name_tells_something(asset: str) -> None:
    deed = {"at": NOON, "kind": "webinar_registration", "asset": asset}

    assert sentence(facts([deed], [])) == "Webinar on 12 Nov 2026. Fit D."


def test_the_sentence_fits_every_crm() -> None:
    rules = tuple(
        Rule(f"r{n}", f"a rule with quite a long label {n}", Match(("page_view",)), POINT, "web")
        for n in range(20)
    )
    definition = Definition("d", "1", "d", scored(0), rules, (Group("web"),), FIT)

    long = sentence(facts([{"at": NOON, "kind": "page_view"}]), NOON, definition)

    assert 150 < len(long) <= LENGTH_MAX
    assert long.endswith("Fit A (VP, 500 employees).")
    bands = (Band("x" * 90, Words(("vp",)), POINT),)
    wide = Definition("d", "1", "d", scored(0), (), (), Fit((Criterion("t", "t", "title", bands),)))
    assert sentence(facts(), NOON, wide) == "No activity that counts. Fit D."


def test_the_ledger_lists_pulses_fit_and_clips() -> None:
    told = explain(
        facts([*DEEDS, {"at": NOON, "kind": "page_view", "page": "/careers"}]), DEFINITION, NOON, 0
    )

    assert [(clip.of, clip.points) for clip in told.clips] == [("web", -10_000), ("doubts", 5_000)]
    assert [(line.criterion, line.value, line.points) for line in told.fit] == [
        ("seniority", "VP Sales", 20_000),
        ("size", "500", 10_000),
    ]
    demo = told.contributions[0]
    assert (demo.rule, demo.points_now, demo.next_fade_at) == ("demo", 40_000, NOON + 30 * DAY)
    assert demo.touch.asset == "Demo request form"
    careers = told.contributions[-1]
    assert (careers.points_now, careers.expires_at) == (-10_000, NEVER)
    assert told.total == told.verdicts.score[0] == 105_000
    assert told.asked.holds
    assert enough(facts(DEEDS)) == []


def test_the_ledger_names_the_cheapest_way_to_qualify() -> None:
    assert enough(facts(DEEDS[4:])) == [
        ("demo", 1, 40_000),
        ("webinar", 3, 45_000),
    ]


def test_the_ledger_shows_a_mail_domain_and_never_the_address() -> None:
    mail = Criterion("mail", "mail", "email_domain", (Band("private", Domains(("mail.example",)), -POINT),))
    definition = Definition("d", "1", "d", scored(POINT), (), (), Fit((mail,)))

    told = explain(facts([], [(NOON, "email", "jane@mail.example")]), definition, NOON, 0)

    assert [(line.value, line.points) for line in told.fit] == [("mail.example", -POINT)]


def test_no_touch_makes_up_for_a_bad_fit_or_an_exclusion() -> None:
    unfit = explain(facts(DEEDS[4:], []), DEFINITION, NOON, 0)
    excluded = explain(facts(DEEDS, [(NOON, "title", "student")]), DEFINITION, NOON, 0)

    assert [one.condition for one in unmet(unfit.asked)][-1] == GradeIs("C")
    assert enough(facts(DEEDS[4:], [])) == []
    assert [one.reason for one in excluded.exclusions] == ["student"]
    assert enough(facts(DEEDS, [(NOON, "title", "student")])) == []


def test_what_counts_already_is_not_counted_twice() -> None:
    deeds = [{"at": NOON - 40 * DAY, "kind": "demo_request"}]  # has halved, and only the newest counts

    assert enough(facts(deeds, KNOWN)) == [("webinar", 2, 30_000)]


def test_voided_touches_are_shown_in_the_ledger() -> None:
    burst = [{"at": NOON, "kind": "email_click", "url": url, "asset": "m"} for url in "abc"]

    told = explain(facts(burst, []), DEFINITION, NOON, 0)

    assert [one.touch.url for one in told.voided] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("thousandths", "text"), [(25_000, "25"), (2_500, "2.5"), (-10_000, "-10"), (0, "0"), (1, "0.001")]
)
def test_points_are_written_as_people_do(thousandths: int, text: str) -> None:
    assert points_text(thousandths) == text


def record(crm: str, kind: str = "contact", **more) -> Home:
    return Home(**{"crm": crm, "kind": kind, "id": "1", "owner_id": "7", "owner_is_active": True, **more})


def test_the_task_goes_to_salesforce_if_an_active_owner_is_there() -> None:
    hubspot, salesforce = record("hubspot"), record("salesforce", "lead")

    assert home([hubspot, salesforce]) == salesforce
    assert home([hubspot, record("salesforce", owner_is_active=False)]) == hubspot
    assert home([hubspot, record("salesforce", is_live=False)]) == hubspot
    assert home([hubspot, salesforce], order=("hubspot", "salesforce")) == hubspot
    assert home([hubspot], order=("salesforce",)) is None
    assert home([record("hubspot", owner_id="")]) is None


def test_within_a_crm_a_contact_goes_first_then_the_oldest() -> None:
    lead, young, old = (
        record("salesforce", "lead"),
        record("salesforce", created_at=2),
        record("salesforce", created_at=1),
    )

    assert home([lead, young, old]) == old
    assert home([old, young, lead]) == old


def test_the_follow_up_clock_never_starts_before_we_knew() -> None:
    verdicts = score(facts(), DEFINITION, NOON)

    assert follow_up_due(DEFINITION, verdicts, 0, known_at=NOON + 3 * DAY) == NOON + 4 * DAY
    assert follow_up_due(DEFINITION, verdicts, 0, known_at=NOON - DAY) == NOON + DAY


def test_the_follow_up_clock_counts_the_working_hours_of_the_owner() -> None:
    verdicts = score(facts(), DEFINITION, NOON)  # a Thursday
    week = tuple(Shift(day, 9 * HOUR, 17 * HOUR) for day in range(5))
    slas = Slas(
        Sla(Calendar(UTC, week), first_touch=6 * HOUR),
        owners={"off": Owner(leave=((NOON, NOON + 12 * HOUR),))},
    )

    assert follow_up_due(DEFINITION, verdicts, 0, known_at=0, slas=slas) == NOON + 22 * HOUR
    assert follow_up_due(DEFINITION, verdicts, 0, known_at=0, slas=slas, owner_id="off") == NOON + 27 * HOUR


def test_the_leads_of_a_partner_are_due_by_its_own_sla() -> None:
    context = Context(("a.example",), (Partner("kestrel", "Kestrel", "gold", ("kestrel",)),))
    came = {"at": NOON - 20 * DAY, "kind": "page_view", "url": "https://a.example/?utm_source=kestrel"}
    verdicts = score(facts([*DEEDS, came]), DEFINITION, NOON, context=context)
    always = Sla(Calendar(UTC, tuple(Shift(day, 0, DAY) for day in range(7))), first_touch=4 * HOUR)
    slas = Slas(always, partners={"kestrel": replace(always, first_touch=HOUR)})

    assert follow_up_due(DEFINITION, verdicts, 0, known_at=0, slas=slas) == NOON + HOUR


def test_the_shipped_definition_adds_up_as_published() -> None:
    deeds = [{"at": NOON - day * DAY, "kind": "webinar_registration"} for day in range(3)]
    deeds.append({"at": NOON, "kind": "page_view", "page": "/"})

    told = explain(facts(deeds, []), default_definition(), NOON, 0)

    assert told.verdicts.engagement[0] == 80 * POINT
