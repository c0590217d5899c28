"""Credit of parts of the people, added up."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.channels import SHIPPED, load_sites
from scoring.attribution import sources
from scoring.context import Context
from scoring.models.conversions import TYPES, Known
from scoring.models.credit import Money
from scoring.models.dimensions import DIMENSIONS, NONE, UNKNOWN, labelled
from scoring.models.every import MODELS
from scoring.models.question import Part, Question, answered
from scoring.models.shares import WHOLE
from scoring.models.tally import Tally
from scoring.partner import Partner
from scoring.touches import ALWAYS, DAY, NEVER, Ints, touches_of

T = 20_000 * DAY
HERE = "https://acme.example/"
LINKS = (
    "?utm_source=google&utm_medium=cpc&utm_campaign=spring&utm_content=blue",
    "?utm_source=news&utm_medium=email&utm_campaign=spring",
    "?utm_source=kestrel&utm_medium=email",
    "",
)
CONTEXT = Context(
    ("acme.example",), (Partner("kestrel", "Kestrel", "gold", ("kestrel",)),), load_sites(SHIPPED)
)
EURO = Money(Decimal("100.01"), "EUR")


def ints(*values: int) -> Ints:
    return np.array(values, np.int64)


def part(people: list[list[tuple[int, int]]], deals: list[tuple[int, list[int]]]) -> Part:
    """People as (day, link) each; deals as (day, people): opened and won on that day."""
    rows = [
        {
            "id": 100 * who + n,
            "person": who,
            "at": T + day * DAY,
            "kind": "page_view",
            "url": HERE + LINKS[link],
        }
        for who, days in enumerate(people)
        for n, (day, link) in enumerate(days)
    ]
    touches = touches_of(rows)
    at = ints(*(T + day * DAY for day, _ in deals))
    pairs = [(n, who) for n, (_, team) in enumerate(deals) for who in team]
    known = Known(
        lead_at=ints(*(T + min((day for day, _ in days), default=0) * DAY for days in people)),
        spell_person=ints(),
        spell_at=ints(),
        opened_at=at,
        won_at=at,
        deal=ints(*(n for n, _ in pairs)),
        member=ints(*(who for _, who in pairs)),
        unit=np.arange(len(people)),
    )
    found = sources(touches, np.zeros(len(touches), np.bool_), CONTEXT)
    return Part(touches, found, known, [EURO if n % 2 == 0 else None for n in range(len(deals))])


def asked(*parts: Part, by: str = "channel", models: tuple[str, ...] = MODELS, since: int = ALWAYS) -> Tally:
    tally = Tally()
    for one in parts:
        tally.add(answered(Question(models, NEVER, since, by=by), one, CONTEXT))
    tally.finish()
    return tally


def credit(tally: Tally, kind: str, model: str) -> dict[str, int]:
    return {key[2]: value for key, value in tally.credit.items() if key[:2] == (kind, model)}


lives = st.lists(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), max_size=5), min_size=1, max_size=4
)


@settings(max_examples=60, deadline=None)
@given(lives, st.sampled_from(DIMENSIONS), st.data())
def test_every_model_gives_out_every_conversion_and_every_cent(people, by: str, data: st.DataObject) -> None:
    team = st.lists(st.integers(0, len(people) - 1), unique=True, max_size=3)
    deals = data.draw(st.lists(st.tuples(st.integers(0, 60), team), max_size=3))

    tally = asked(part(people, deals), by=by)

    for model in MODELS:
        for kind in TYPES:
            assert sum(credit(tally, kind, model).values()) == tally.count[kind] * WHOLE
        earned = sum(value for key, value in tally.money.items() if key[:2] == ("won", model))
        assert earned == tally.value.get(("won", "EUR"), 0)


@settings(max_examples=40, deadline=None)
@given(lives, lives)
def test_parts_of_the_people_come_to_the_same_as_all_at_once(one, two) -> None:
    deals = [(50, [0])]
    apart = asked(part(one, deals), part(two, deals))

    shifted = [*deals, (50, [len(one)])]
    whole = part([*one, *two], shifted)
    together = asked(Part(whole.touches, whole.found, whole.known, [EURO, EURO]))

    assert apart.count == together.count
    assert apart.touched == together.touched
    assert {k: v for k, v in apart.credit.items() if v} == {k: v for k, v in together.credit.items() if v}
    assert {k: v for k, v in apart.money.items() if v} == {k: v for k, v in together.money.items() if v}


def test_the_contacts_of_a_deal_share_its_one_conversion() -> None:
    tally = asked(part([[(1, 0)], [(2, 1)]], [(3, [0, 1])]), models=("linear",))

    assert credit(tally, "won", "linear") == {"Paid Search": 500_000, "Email": 500_000}
    assert tally.money["won", "linear", "Email", "EUR"] == Decimal("50.00")
    assert tally.count["won"] == 1


@pytest.mark.parametrize("model", MODELS)
def test_a_deal_of_nobody_stands_under_unknown(model: str) -> None:
    tally = asked(part([[(1, 0)]], [(3, [])]), models=(model,))

    assert credit(tally, "won", model) == {UNKNOWN: WHOLE}
    assert tally.money["won", model, UNKNOWN, "EUR"] == EURO.amount
    assert (tally.count["won"], tally.led["won"]) == (1, 0)


def test_a_label_is_touched_once_by_a_conversion_however_often_it_occurs() -> None:
    tally = asked(part([[(1, 0), (2, 0), (3, 1)]], [(4, [0])]), models=("linear",))

    assert tally.touched["won", "Paid Search"] == 1
    assert tally.touched["won", "Email"] == 1


def test_labels_that_mean_the_same_go_by_one_name() -> None:
    people = part([[(1, 0), (2, 1), (3, 2)]], [(4, [0])])
    question = Question(("linear",), NEVER, ALWAYS, by="campaign", called={"spring": "c-1", NONE: "c-1"})

    tally = answered(question, people, CONTEXT)

    assert credit(tally, "won", "linear") == {"c-1": WHOLE}
    assert tally.touched["won", "c-1"] == 1


def test_who_reached_it_earlier_is_no_failure_of_a_later_time() -> None:
    people = part([[(1, 0), (30, 1)], [(30, 0)], [(30, 0), (31, 1)]], [(2, [0]), (40, [1])])

    tally = asked(people, models=("markov_1",), since=T + 20 * DAY)

    assert credit(tally, "won", "markov_1") == {"Paid Search": WHOLE}
    assert tally.count["won"] == 1


def test_a_touch_may_name_content_campaign_and_partner_without_a_link() -> None:
    partner = Partner("orbis", "Orbis", "gold", ("orbis",), content=("Joint*",))
    context = Context(("acme.example",), (partner,), load_sites(SHIPPED))
    rows = [
        {
            "id": 0,
            "at": T,
            "kind": "webinar_registration",
            "asset": "Joint  Webinar",
            "campaign": "2026 Fair",
        },
        {"id": 1, "at": T + DAY, "kind": "page_view", "url": HERE},
    ]
    touches = touches_of(rows)
    found = sources(touches, np.zeros(2, np.bool_), context)

    told = {}
    for by in ("content", "campaign", "partner", "platform"):
        names, code = labelled(by, touches, found, context)
        told[by] = [names[one] for one in code]

    assert told["content"] == ["joint webinar", NONE]
    assert told["campaign"] == ["2026 fair", NONE]
    assert told["partner"] == ["orbis", NONE]
    assert told["platform"] == [NONE, NONE]


def test_what_nothing_is_told_apart_by_is_named() -> None:
    touches = touches_of([])

    with pytest.raises(ValueError, match="told apart by colour; there are channel"):
        labelled("colour", touches, sources(touches, np.zeros(0, np.bool_), CONTEXT), CONTEXT)
