"""The pages about credit and links escape what strangers wrote, and load nothing."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

from dashboard.credit import ROWS_MAX, credit_page
from reports.attribution import Line, Table
from reports.utm_health import Group, Seen, problems

EVIL = "<script>alert(1)</script>"


def table(*lines: Line) -> Table:
    return Table("won", "w", "campaign", len(lines), 0, (("EUR", Decimal("10.50")),), lines)


def tags_close(html: str) -> bool:
    open_ = ["html"]
    for close, tag in re.findall(r"<(/?)([a-z0-9]+)[^>]*>", html.partition("</head>")[2]):
        if not close:
            open_.append(tag)
        elif open_.pop() != tag:
            return False
    return not open_


def test_credit_is_shown_with_bars_and_escaped() -> None:
    lines = (Line(EVIL, Decimal(2), 2, (("EUR", Decimal("10.50")),)), Line("b", Decimal(1), 0, ()))

    html = credit_page([table(*lines), table()])

    assert "<script" not in html
    assert not re.search(r"(?:src|href)=\"(?!data:)", html)
    assert tags_close(html)
    assert 'style="width:100.0%"' in html
    assert 'style="width:50.0%"' in html
    assert html.count("10.50") == 3


def test_a_page_ends_somewhere() -> None:
    html = credit_page([table(*(Line(str(n), Decimal(0), 0, ()) for n in range(ROWS_MAX + 2)))])

    assert "and 2 more" in html
    assert tags_close(html)


def test_links_are_shown_with_what_to_do() -> None:
    group = Group(3, Counter(no_utm_medium=1), Counter({EVIL: 2, "b": 1}))
    total = Seen(touches=9, tagged=3, views=100, polluted=2, groups={("campaign", "b"): group})

    html = credit_page([], total, problems(total))

    assert "<script" not in html
    assert tags_close(html)
    assert "add utm_medium" in html
    assert "Internal tagging: 2.00% of 100 page views" in html
    assert "Nothing is odd." in credit_page([], Seen())
