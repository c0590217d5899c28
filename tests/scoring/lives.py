"""Made-up lives and definitions for property tests: coarse in time, so that instants often coincide."""

from __future__ import annotations

from collections.abc import Sequence as Listed

import numpy as np
from hypothesis import strategies as st
from oracle import LINKS, Known, Life, mail_of
from oracle_kinds import OWN_SITE, Deed

from scoring.context import Context
from scoring.definitions.conditions import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Did,
    GradeIs,
    HasAttribute,
    IsMachine,
    NotOf,
    Reaches,
    scored,
)
from scoring.definitions.definition import (
    POINT,
    Band,
    Criterion,
    Definition,
    Exclusion,
    Fit,
    Group,
    MachineClicks,
    Rule,
)
from scoring.definitions.kinds import (
    Between,
    Committee,
    Depth,
    Distinct,
    Each,
    FieldIs,
    First,
    How,
    Match,
    Repeated,
    Return,
    Sequence,
    Silence,
    Words,
)
from scoring.partner import Partner
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
SALES = ["sales_accepted", "sales_rejected", "opportunity_created", "deal_won", "deal_lost", "meeting"]
SALES += ["sales_nurture", "sales_recycled", "sales_disqualified"]
CONTEXT = Context(
    own_domains=("own.example",),
    partners=(
        Partner(
            "kestrel", "Kestrel", "gold", ("kestrel",), ("/lp/kestrel*",), claim=3 * DAY, content=("gui*",)
        ),
        Partner("osprey", "Osprey", "silver", ("osprey",), ("/lp/osprey",)),
    ),
)

instants = st.builds(
    lambda halves, jitter: NOON + halves * 12 * HOUR + jitter,
    st.integers(0, 18),
    st.sampled_from([0, 0, 0, 0, -1, 1, SECOND]),
)
kinds = st.one_of(
    st.sampled_from(
        ["page_view", "page_view", "page_view", "demo_request", "email_click", "email_click", "webinar"]
    ),
    st.sampled_from(["email_click", "email_delivered"]),
    st.sampled_from(["page_view", "demo_request", *SALES]),
)
urls = st.sampled_from(["a", "b", "c", "", "", "//x.example/?utm_source=kestrel", "a?b"])


@st.composite
def deeds(draw: st.DrawFn, most: int = 12) -> list[Deed]:
    count = draw(st.integers(0, most))
    rows = draw(
        st.lists(
            st.tuples(
                instants,
                kinds,
                st.sampled_from(["", "guide", "mail"]),
                st.sampled_from(["/pricing", "/careers", "", "/lp/osprey"]),
                urls,
                st.sampled_from(["", "", "spring"]),
                st.sampled_from(["", "", OWN_SITE]),
                st.sampled_from([0, 0, 30, 60, 400, -5]),
                st.sampled_from([False] * 9 + [True]),
            ),
            min_size=count,
            max_size=count,
        )
    )
    return [Deed(number, *row) for number, row in enumerate(rows, start=1)]


beats = st.sampled_from([-SECOND, -1, 0, 1, SECOND - 1, SECOND, 2 * SECOND, 3 * SECOND - 1, 3 * SECOND])


@st.composite
def mailed(draw: st.DrawFn) -> list[Deed]:
    """A few deeds, and mails whose links were followed all at once, around their delivery."""
    found = draw(deeds(4))
    for _ in range(draw(st.integers(1, 2))):
        sent_at, asset, campaign = draw(instants), *draw(st.sampled_from(sorted(LINKS)))
        arrived = st.tuples(st.just("email_delivered"), beats, st.just(""))
        clicked = st.tuples(st.just("email_click"), beats, urls)
        rows = draw(st.lists(st.one_of(clicked, clicked, clicked, arrived), min_size=1, max_size=6))
        found += [
            Deed(number, sent_at + beat, kind, asset, "", url, campaign)
            for number, (kind, beat, url) in enumerate(rows, start=len(found) + 1)
        ]
    return found


dates = st.one_of(instants, instants, st.just(ALWAYS))
facts_known = st.one_of(
    st.builds(
        Known,
        dates,
        st.just("title"),
        st.sampled_from(["VP Sales", "student", "Director", "", "gardener"]),
    ),
    st.builds(Known, dates, st.just("buying_role"), st.sampled_from(["Decision maker", "Champion", " ", ""])),
    st.builds(Known, dates, st.just("budget"), st.sampled_from(["10,000", "500", "none yet", ""])),
)
knowledge = st.integers(0, 5).flatmap(lambda count: st.lists(facts_known, min_size=count, max_size=count))
lives = st.builds(Life, deeds(), knowledge, st.integers(0, 1))

spans = st.sampled_from([0, 12 * HOUR, DAY, 2 * DAY, 5 * DAY])
times = spans.filter(bool)
matches = st.sampled_from(
    [
        Match(("page_view",)),
        Match(("page_view", "demo_request"), pages=("/pri*",)),
        Match(("page_view", "demo_request", "email_click")),
        Match(("demo_request",)),
        Match(("email_click", "webinar"), assets=("guide", "MAIL")),
        Match(("page_view", "email_click"), campaigns=("spring",)),
        Match(("email_click",)),
        Match(("page_view", "webinar"), partners=("*",)),
        Match(("page_view", "email_click", "webinar"), partners=("kes*",)),
        Match(("page_view",), partners=("OSPREY", "nobody")),
    ]
)
decides = Words(("decision maker",))
hows_by_name: dict[str, st.SearchStrategy[How]] = {
    "each": st.just(Each()),
    "first": st.just(First()),
    "repeated": st.builds(Repeated, st.integers(1, 4), times),
    "distinct": st.builds(Distinct, st.integers(1, 3), times, st.sampled_from(["asset", "page", "campaign"])),
    "seconds": st.builds(Depth, st.sampled_from([1, 60, 90, 400]), times),
    "pages": st.builds(Depth, st.integers(1, 3), times, st.just("pages")),
    "sequence": st.builds(Sequence, st.lists(matches, min_size=1, max_size=2).map(tuple), times),
    "silence": st.builds(Silence, times),
    "return": st.builds(Return, times),
    "committee": st.builds(Committee, st.integers(1, 3), times),
    "roles": st.builds(Committee, st.integers(1, 2), times, st.just("buying_role"), st.just(decides)),
    "field": st.sampled_from(
        [
            FieldIs("title", Words(("vp", "director"))),
            FieldIs("buying_role", decides),
            FieldIs("budget", Between(1_000)),
        ]
    ),
}
hows = st.one_of(*hows_by_name.values())


@st.composite
def rules(draw: st.DrawFn, number: int) -> Rule:
    points = st.sampled_from([-7, 1, 3, 10, 25, 300])
    half_life = draw(spans)
    steps = st.dictionaries(times, st.sampled_from([0, 0, 2 * POINT, 500, -POINT]), max_size=3)
    return Rule(
        name=f"rule{number}",
        label=f"rule {number}",
        match=draw(matches),
        points=draw(points) * POINT + draw(st.sampled_from([0, 0, 1, 500])),
        group=draw(st.sampled_from(["one", "two"])),
        how=draw(hows),
        half_life=half_life,
        window=draw(spans),
        at_most=draw(st.sampled_from([0, 1, 2, 3])),
        once_per_day=draw(st.booleans()),
        steps=() if half_life else tuple(sorted(draw(steps).items())),
    )


did = st.builds(Did, matches, hows, spans)
known = st.builds(HasAttribute, st.just("title"), st.just(Words(("vp", "student"))), st.booleans())
reached = st.builds(
    Reaches,
    st.sampled_from(["score", "engagement", "fit", "group:one", "group:two"]),
    st.sampled_from([0, 10, 25]).map(lambda points: points * POINT),
)
leaves = st.one_of(did, did, reached, known, st.builds(GradeIs, st.sampled_from("ABCD")))


def trees(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, max_size=3).map(tuple)
    return st.one_of(
        st.builds(AllOf, several),
        st.builds(AnyOf, several),
        st.builds(AtLeast, st.integers(0, 2), several),
        st.builds(NotOf, parts),
    )


conditions = st.one_of(
    st.builds(
        scored,
        st.sampled_from([0, 10, 25, 30, 45]).map(lambda points: points * POINT),
        st.sampled_from([0, 10]).map(lambda points: points * POINT),
        st.sampled_from(["D", "C", "B"]),
    ),
    st.recursive(leaves, trees, max_leaves=4),
)


machines = st.builds(
    MachineClicks,
    links=st.sampled_from([0, 2, 3]),
    within=st.sampled_from([SECOND, 2 * SECOND, 12 * HOUR]),
    every_link=st.sampled_from([0, 2, 3]),
    every_link_within=st.sampled_from([2 * SECOND, DAY]),
    after_delivery=st.sampled_from([0, SECOND, 3 * SECOND, 12 * HOUR]),
    crm_says=st.booleans(),
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
        Exclusion("job seeker", (Did(careers, Repeated(2, draw(spans) or NEVER)),)),
        Exclusion("gone quiet", (draw(did), NotOf(AnyOf((NotOf(draw(did)), draw(known)))))),
        Exclusion("bot", (IsMachine(),)),
    )
    return Definition(
        name="made-up",
        version="1",
        label="made up",
        qualified=draw(conditions),
        rules=tuple(draw(rules(number)) for number in range(draw(st.integers(1, 4)))),
        groups=(
            Group("one", cap=draw(limit)),
            Group("two", draw(limit), draw(st.sampled_from([None, -5 * POINT]))),
        ),
        fit=Fit((title,), (20 * POINT, 10 * POINT, 0), cap=draw(limit)),
        exclusions=tuple(one for one in exclusions if draw(st.integers(0, 3)) == 0),
        machine=draw(machines),
        floor=draw(st.sampled_from([None, 0])),
        cap=draw(st.sampled_from([None, 50 * POINT])),
        expires_after=draw(spans),
    )


def facts_of(people: Listed[Life]) -> Facts:
    """Everybody's rows as columns; touch ids are made unique by adding a thousand per person."""
    company = np.array([life.company for life in people if any(one.company for one in people)], np.int32)
    return Facts(len(people), _touches(people), _attributes(people), company)


def _touches(people: Listed[Life]) -> Touches:
    return touches_of(
        {
            "id": deed.id + 1000 * person,
            "person": person,
            "at": deed.at,
            "kind": deed.kind,
            "asset": deed.asset,
            "page": deed.page,
            "url": deed.url,
            "campaign": deed.campaign,
            "referrer": deed.referrer,
            "seconds": deed.seconds,
            "is_machine": deed.is_machine,
            "mail_links": LINKS.get(mail_of(deed), 0),
        }
        for person, life in enumerate(people)
        for deed in life.deeds
    )


def _attributes(people: Listed[Life]) -> Attributes:
    return attributes_of(
        (person, row.at, row.name, row.value) for person, life in enumerate(people) for row in life.known
    )
