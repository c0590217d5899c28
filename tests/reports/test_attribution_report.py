"""Credit as tables and files."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from reports.attribution import as_csv, tables, text
from reports.campaigns import Campaign, campaigns_csv, one_name, shared_names, strangers
from scoring.models.credit import Money
from scoring.models.dimensions import UNKNOWN
from scoring.models.tally import Tally

TALLY = Tally(
    count=Counter(won=2, mql=0),
    led=Counter(won=1),
    value={("won", "EUR"): Decimal("30.00"), ("won", ""): Decimal(5)},
    credit=Counter(
        {("won", "w", "=Ads"): 400_000, ("won", "w", "B"): 600_000, ("won", "w", UNKNOWN): 1_000_000}
    ),
    money={("won", "w", "B", "EUR"): Decimal("1010.5"), ("won", "w", UNKNOWN, ""): Decimal(5)},
    touched=Counter({("won", "=Ads"): 1, ("won", "B"): 1}),
)


def test_the_largest_credit_comes_first_and_what_nobody_led_to_last() -> None:
    table = tables(TALLY, ["won"], ["w"], "channel")[0]

    assert [one.value for one in table.lines] == ["B", "=Ads", UNKNOWN]
    assert (table.count, table.unknown) == (2, 1)
    assert sum(one.credit for one in table.lines) == table.count


def test_a_table_is_read_in_columns() -> None:
    assert list(text(tables(TALLY, ["mql", "won"], ["w"], "channel"))) == [
        "mql by channel, model w: 0",
        "",
        "won by channel, model w: 2, 5, 30.00 EUR, 1 of them without any touch",
        "  channel    credit  share  touched  no currency      EUR",
        "  B           0.600  30.0%        1               1,010.5",
        "  =Ads        0.400  20.0%        1",
        "  (unknown)   1.000  50.0%                     5",
    ]


def test_a_file_has_a_line_per_currency_and_runs_nothing() -> None:
    assert as_csv(tables(TALLY, ["won"], ["w"], "channel")).splitlines() == [
        "conversion,model,by,value,credit,touched,currency,amount",
        "won,w,channel,B,0.6,1,EUR,1010.5",
        "won,w,channel,'=Ads,0.4,1,,",
        "won,w,channel,(unknown),1,0,,5",
    ]


def campaign(number: str, *names: str, crm: str = "hubspot", cost: Money | None = None) -> Campaign:
    return Campaign(crm, number, names[0], frozenset((*names, number)), cost)


def test_all_names_of_a_campaign_and_of_its_twin_are_one() -> None:
    found = [
        campaign("1", "spring", "spr-26"),
        campaign("9", "spr-26", crm="salesforce"),
        campaign("2", "fair"),
    ]

    called = one_name(found)

    assert len({called[name] for name in ("spring", "spr-26", "1", "9")}) == 1
    assert called["fair"] == called["2"] != called["spring"]


def test_a_name_that_two_campaigns_of_one_crm_share_is_nobody_s() -> None:
    found = [campaign("1", "fair"), campaign("2", "fair"), campaign("7", "fair", crm="salesforce")]

    assert list(shared_names(found)) == ["fair"]
    assert "fair" not in one_name(found)
    assert one_name([Campaign("hubspot", "1", "x", frozenset())]) == {}


def test_every_campaign_has_a_row_also_one_that_led_to_nothing() -> None:
    tally = Tally(
        touched=Counter({("won", "1"): 2, ("won", "autumn"): 1}),
        credit=Counter({("won", "w", "1"): 1_250_000}),
        money={("won", "w", "1", "EUR"): Decimal("9.99")},
    )
    cost = Money(Decimal("4.995"), "EUR")
    found = [campaign("2", "fair", cost=cost), campaign("1", "=spring", cost=cost)]
    called = one_name(found)

    rows = campaigns_csv(tally, "w", found, called).splitlines()

    assert rows[0].endswith(
        "won,lead_credit,mql_credit,sal_credit,sql_credit,won_credit,won_amount_EUR,cost,cost_currency,roi"
    )
    assert rows[1:] == [
        "hubspot,1,'=spring,w,0,0,0,0,2,0,0,0,0,1.25,9.99,4.995,EUR,1.0000",
        "hubspot,2,fair,w,0,0,0,0,0,0,0,0,0,0,0,4.995,EUR,-1.0000",
    ]
    assert strangers(tally, called) == ["autumn"]


def test_what_cost_nothing_or_another_currency_says_so() -> None:
    free, yen = (
        campaign("1", "a", cost=Money(Decimal(0), "EUR")),
        campaign("2", "b", cost=Money(Decimal(5), "JPY")),
    )
    tally = Tally(money={("won", "w", "2", "EUR"): Decimal(9)})

    rows = campaigns_csv(tally, "w", [free, yen], one_name([free, yen])).splitlines()

    assert rows[1].endswith(",0,,,")
    assert rows[2].endswith(",9,5,JPY,-1.0000")
