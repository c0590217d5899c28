"""Made-up lives and definitions for property tests: coarse in time, so that instants often coincide."""

from __future__ import annotations

from hypothesis import strategies as st
from oracle import Deed, Known

from scoring.conditions import Did, HasAttribute, IsMachine, scored
from scoring.definition import POINT, Band, Criterion, Definition, Exclusion, Fit, Group, MachineClicks, Rule
from scoring.kinds import Each, Match, Repeated, Words
from scoring.touches import (
    ALWAYS,
    DAY,
    HOUR,
    NEVER,
    SECOND,
    Attributes,
    Facts,
    Touches,
    attributes_of,
    touches_of,
)

NOON = 1_790_000_000 * SECOND // DAY * DAY + 12 * HOUR
SALES = ["sales_accepted", "sales_rejected", "opportunity_created", "deal_won", "deal_lost"]

instants = st.builds(
    lambda halves, jitter: NOON + halves * 12 * HOUR + jitter,
    st.integers(0, 30),
    st.sampled_from([0, 0, 0, 0, -1, 1, SECOND]),
)
kinds = st.one_of(
    st.sampled_from(
        ["page_view", "page_view", "demo_request", "email_click", "email_click", "webinar_registration"]
    ),
    st.sampled_from(SALES),
)


@st.composite
def deeds(draw: st.DrawFn) -> list[Deed]:
    rows = draw(
        st.lists(
            st.tuples(
                instants,
                kinds,
                st.sampled_from(["", "guide", "mail"]),
                st.sampled_from(["/pricing", "/careers", ""]),
                st.sampled_from(["a", "b", "c", ""]),
            ),
            max_size=12,
        )
    )
    return [Deed(number, *row) for number, row in enumerate(rows, start=1)]


knowledge = st.lists(
    st.builds(
        Known,
        st.one_of(instants, st.just(ALWAYS)),
        st.just("title"),
        st.sampled_from(["VP Sales", "student", "Director", "", "gardener"]),
    ),
    max_size=4,
)

spans = st.sampled_from([0, 12 * HOUR, DAY, 2 * DAY, 5 * DAY])
matches = st.sampled_from(
    [
        Match(("page_view",)),
        Match(("page_view", "demo_request"), pages=("/pri*",)),
        Match(("demo_request",)),
        Match(("email_click", "webinar_registration"), assets=("guide", "MAIL")),
        Match(("email_click",)),
    ]
)


@st.composite
def rules(draw: st.DrawFn, number: int) -> Rule:
    repeated = st.builds(Repeated, st.integers(1, 4), spans.filter(bool))
    return Rule(
        name=f"rule{number}",
        label=f"rule {number}",
        match=draw(matches),
        points=draw(st.sampled_from([-7, 1, 3, 10, 25, 300])) * POINT + draw(st.sampled_from([0, 0, 1, 500])),
        group=draw(st.sampled_from(["one", "two"])),
        how=draw(st.one_of(st.just(Each()), repeated)),
        half_life=draw(spans),
        window=draw(spans),
        at_most=draw(st.sampled_from([0, 1, 2, 3])),
        once_per_day=draw(st.booleans()),
    )


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    limit = st.sampled_from([None, 20 * POINT, 60 * POINT])
    title = Criterion(
        "seniority",
        "title",
        "title",
        (Band("VP", Words(("vp",)), 20 * POINT), Band("director", Words(("director",)), 10 * POINT)),
        unknown=draw(st.sampled_from([0, 5 * POINT])),
        otherwise=draw(st.sampled_from([0, -5 * POINT])),
    )
    careers = Match(("page_view",), pages=("/careers",))
    exclusions = (
        Exclusion("student", (HasAttribute("title", Words(("student",))),)),
        Exclusion(
            "job seeker",
            (Did(careers, Repeated(2, draw(spans) or NEVER)),),
        ),
        Exclusion("bot", (IsMachine(),)),
    )
    return Definition(
        name="made-up",
        version="1",
        label="made up",
        qualified=scored(
            draw(st.sampled_from([0, 10, 25, 30, 45])) * POINT,
            draw(st.sampled_from([0, 10])) * POINT,
            draw(st.sampled_from(["D", "C", "B"])),
        ),
        rules=tuple(draw(rules(number)) for number in range(draw(st.integers(1, 4)))),
        groups=(
            Group("one", cap=draw(limit)),
            Group("two", draw(limit), draw(st.sampled_from([None, -5 * POINT]))),
        ),
        fit=Fit((title,), (20 * POINT, 10 * POINT, 0), cap=draw(limit)),
        exclusions=exclusions[: draw(st.integers(0, 3))],
        machine=MachineClicks(
            draw(st.sampled_from([2, 3])), draw(st.sampled_from([SECOND, 2 * SECOND, 12 * HOUR]))
        ),
        floor=draw(st.sampled_from([None, 0])),
        cap=draw(st.sampled_from([None, 50 * POINT])),
        expires_after=draw(spans),
    )


def facts_of(lives: list[tuple[list[Deed], list[Known]]]) -> Facts:
    """Everybody's rows as columns; touch ids are made unique by adding a thousand per person."""
    return Facts(len(lives), _touches(lives), _attributes(lives))


def _touches(lives: list[tuple[list[Deed], list[Known]]]) -> Touches:
    return touches_of(
        {
            "id": deed.id + 1000 * person,
            "person": person,
            "at": deed.at,
            "kind": deed.kind,
            "asset": deed.asset,
            "page": deed.page,
            "url": deed.url,
        }
        for person, (deeds, _) in enumerate(lives)
        for deed in deeds
    )


def _attributes(lives: list[tuple[list[Deed], list[Known]]]) -> Attributes:
    return attributes_of(
        (person, row.at, row.name, row.value) for person, (_, known) in enumerate(lives) for row in known
    )
