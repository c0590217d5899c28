"""What is odd about links, per campaign and partner."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from config.channels import SHIPPED, load_sites
from reports.utm_health import Problem, Seen, as_csv, as_dict, pollution, problems, seen, text
from scoring.attribution import sources
from scoring.context import Context
from scoring.partner import Partner
from scoring.touches import DAY, touches_of

NOW = 20_000 * DAY
HERE = "https://acme.example/"
CONTEXT = Context(
    ("acme.example",), (Partner("kestrel", "Kestrel", "gold", ("kestrel",)),), load_sites(SHIPPED)
)


def look(*links: str | dict[str, Any]) -> Seen:
    rows = [
        {
            "id": n,
            "at": NOW - DAY,
            "kind": "page_view",
            **(one if isinstance(one, dict) else {"url": HERE + one}),
        }
        for n, one in enumerate(links)
    ]
    touches = touches_of(rows)
    found = sources(touches, np.zeros(len(touches), np.bool_), CONTEXT)
    return seen(touches, found, np.array([NOW - 2 * DAY]), CONTEXT, NOW)


def odd(*links: str | dict[str, Any]) -> dict[str, int]:
    return {one.problem: one.times for one in problems(look(*links)) if one.scope == "campaign"}


FINE = "?utm_source=news&utm_medium=email&utm_campaign=Spring"


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([FINE, FINE, ""], {}),
        (["?utm_medium=email&utm_campaign=s"], {"no_utm_source": 1}),
        (["?utm_source=a&utm_campaign=s"], {"no_utm_medium": 1}),
        (["?utm_campaign=s"] * 2, {"no_utm_source": 2, "no_utm_medium": 2}),
        (["?gclid=1"], {"only_click_id": 1}),
        ([FINE, FINE, FINE.replace("Spring", "spring")], {"spellings": 1}),
        ([FINE, FINE.replace("Spring", "Spring+"), FINE.replace("Spring", "s-pring")], {"spellings": 1}),
        ([FINE, FINE.replace("email", "newsletter"), FINE], {"mediums": 1}),
        ([FINE, FINE.replace("news", "partner").replace("email", "social")], {}),
        (["?utm_source={source}&utm_medium=email"], {"placeholder": 1, "no_utm_source": 1}),
        ([FINE + "_{keyword}"], {"macro_inside": 1}),
        ([FINE + "&utm_source=other"], {"conflicting_repeats": 1}),
        ([FINE + "&gclid=1"], {"click_id_disagrees": 1}),
        ([{"url": HERE + FINE, "referrer": HERE}], {"internal_tagging": 1}),
    ],
)
def test_what_is_odd_is_counted_in_touches(
    links: list[str | dict[str, Any]], expected: dict[str, int]
) -> None:
    assert odd(*links) == expected


def test_spellings_and_mediums_are_named_and_the_usual_one_names_the_campaign() -> None:
    found = problems(look(FINE, FINE, FINE.replace("Spring", "SPRING"), FINE.replace("email", "mail")))

    assert found == [
        Problem("campaign", "Spring", 4, "mediums", 1, ("news: email, mail",)),
        Problem("campaign", "Spring", 4, "spellings", 1, ("SPRING", "Spring")),
    ]


def test_links_of_a_partner_are_told_apart() -> None:
    found = problems(look("?utm_source=kestrel", "?utm_source=kestrel&utm_medium=email"))

    assert [(one.scope, one.name, one.touches, one.problem) for one in found] == [
        ("campaign", "(no campaign)", 2, "no_utm_medium"),
        ("partner", "kestrel", 2, "no_utm_medium"),
    ]


def test_internal_tagging_is_fine_up_to_one_view_in_a_hundred() -> None:
    inside = {"url": HERE + FINE, "referrer": HERE}

    at_line, above = look(inside, *[""] * 99), look(inside, *[""] * 98)

    assert pollution(at_line) == 0.01
    assert "(fine;" in "\n".join(text(at_line, []))
    assert "(too much;" in "\n".join(text(above, []))
    assert pollution(look()) == 0


def test_parts_of_the_people_add_up() -> None:
    total = look(FINE, FINE.replace("Spring", "spring"))
    total.add(look(FINE, {"kind": "call", "at": NOW + 1}, {"kind": "call", "at": NOW - 3 * DAY}))

    assert (total.touches, total.tagged, total.views, total.future, total.early) == (5, 3, 3, 1, 1)
    assert [(one.problem, one.touches) for one in problems(total)] == [("spellings", 3)]


def test_the_report_says_what_to_do_and_neutralises_what_people_wrote() -> None:
    total = look(
        "?utm_source=x&utm_campaign=%3D1%2B1", {"kind": "call", "at": NOW + 1}, {"kind": "call", "at": 0}
    )
    found = problems(total)

    said = list(text(total, found))

    assert "campaign =1+1: 1 touches" in said
    assert "  no_utm_medium 1: add utm_medium" in said
    assert any("lie in the future" in line for line in said)
    assert any("older than the person's first record" in line for line in said)
    assert "'=1+1" in as_csv(found)
    assert json.loads(json.dumps(as_dict(total, found)))["problems"][0]["remedy"] == "add utm_medium"


def test_nothing_odd_is_said_too() -> None:
    assert list(text(look(FINE), []))[-1] == "nothing is odd about the links"
