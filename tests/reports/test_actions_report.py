"""What people did before, as text, values and files."""

from __future__ import annotations

from collections import Counter

from reports.actions import (
    deeds,
    deeds_csv,
    deeds_dict,
    deeds_text,
    things,
    things_csv,
    things_dict,
    things_text,
)
from scoring.models.actions import Before, Content

BEFORE = Before(
    conversions=4,
    others=10,
    among=Counter({("page_view", "Pricing"): 2, ("demo_request", "=Demo"): 3}),
    last=Counter({("demo_request", "=Demo"): 3}),
    among_others=Counter({("page_view", "Pricing"): 1}),
)
CONTENT = Content(
    people=4,
    won=1,
    visits=6,
    won_visits=3,
    viewers=Counter({"Paper": 3, "=Post": 4}),
    views=Counter({"Paper": 5, "=Post": 4}),
    won_viewers=Counter({"Paper": 1}),
    won_views=Counter({"Paper": 2}),
)


def test_the_lift_is_how_much_more_often_an_action_stands_before() -> None:
    demo, pricing = deeds(BEFORE)

    assert (demo.thing, demo.share, demo.last, demo.lift) == ("=Demo", 0.75, 3, None)
    assert (pricing.share, pricing.others_share, pricing.lift) == (0.5, 0.1, 5.0)
    assert deeds(Before()) == []
    assert deeds(Before(1, 0, Counter({("a", ""): 1})))[0].lift is None


def test_what_customers_took_in_comes_first() -> None:
    assert [one.thing for one in things(CONTENT)] == ["Paper", "=Post"]


def test_reports_are_read_in_columns() -> None:
    assert list(deeds_text(BEFORE, "sql", 30)) == [
        "sql: 4; actions in the 30 days before, beside 10 people who never reached it",
        "  action              before  share  last  others  share  lift",
        "  demo_request =Demo       3    75%     3       0     0%     -",
        "  page_view Pricing        2    50%     0       1    10%   5.0",
    ]
    assert list(things_text(CONTENT)) == [
        "4 people came 6 times; 1.5 visits each",
        "1 of them are in won deals, and came 3 times; 3.0 visits each",
        "  content  people  times  customers  times",
        "  Paper         3      5          1      2",
        "  =Post         4      4          0      0",
    ]
    assert next(things_text(Content())) == "0 people came 0 times; no visits each"


def test_programs_and_spreadsheets_get_everything() -> None:
    assert deeds_dict(BEFORE)["actions"][1]["lift"] == 5.0
    assert things_dict(CONTENT)["content"][0]["won_views"] == 2
    assert deeds_csv(BEFORE).splitlines()[1] == "demo_request,'=Demo,3,0.750000,3,0,0.000000,"
    assert things_csv(CONTENT).splitlines()[2] == "'=Post,4,4,0,0"
