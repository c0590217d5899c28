"""SOQL text becomes a query, or is refused at the right place."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.salesforce.soql import (
    All,
    Comparison,
    Condition,
    Either,
    Literal,
    Name,
    Order,
    Pattern,
    Query,
    SoqlError,
    excerpt,
    parse,
)

ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def quoted(text: str) -> str:
    return "'" + "".join(ESCAPES.get(letter, letter) for letter in text) + "'"


def where(text: str) -> Condition | None:
    return parse(f"SELECT Id FROM Lead WHERE {text}").where


def value_of(text: str) -> object:
    condition = where(f"A = {text}")
    assert isinstance(condition, Comparison)
    return condition.value


def plain(condition: Condition | None) -> object:
    """A condition without the places where its names stood."""
    match condition:
        case Comparison(field, operator, value):
            return (field.path, operator, value)
        case All(parts):
            return ("and", *map(plain, parts))
        case Either(parts):
            return ("or", *map(plain, parts))
    return None


@given(st.text())
def test_a_text_comes_out_of_its_quotes_as_it_went_in(text: str) -> None:
    assert value_of(quoted(text)) == text


@given(st.text(alphabet="\\'\"%_abn\n"))
def test_texts_full_of_escapes_come_back_too(text: str) -> None:
    assert value_of(quoted(text)) == text


@given(st.integers(-(10**15), 10**15))
def test_a_whole_number_is_read(number: int) -> None:
    assert value_of(str(number)) == number
    assert value_of(f"{number:+d}") == number


@given(st.decimals(-(10**6), 10**6, places=3))
def test_a_fraction_is_read(number: float) -> None:
    assert value_of(f"{number:.3f}") == float(number)


@given(st.datetimes(datetime(1700, 1, 1), datetime(4000, 1, 1)))  # noqa: DTZ001 (made aware below)
def test_a_moment_is_read_to_the_millisecond(moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)

    text = moment.isoformat(timespec="milliseconds").replace("+00:00", "")

    assert value_of(f"{text}Z") == moment
    assert value_of(f"{text}+00:00") == moment
    assert value_of(f"{text}+0000") == moment


def test_an_offset_is_taken_off() -> None:
    assert value_of("2026-05-01T12:00:00+02:00") == datetime(2026, 5, 1, 10, tzinfo=UTC)


def test_days_truth_and_null_are_read() -> None:
    assert value_of("2026-05-01") == date(2026, 5, 1)
    assert value_of("TRUE") is True
    assert value_of("false") is False
    assert value_of("NULL") is None


LITERALS: st.SearchStrategy[tuple[str, Literal]] = st.one_of(
    st.text(max_size=8).map(lambda text: (quoted(text), text)),
    st.integers(-999, 999).map(lambda number: (str(number), number)),
    st.sampled_from([("true", True), ("null", None), ("2026-02-03", date(2026, 2, 3))]),
)
OPERATORS = st.sampled_from(["=", "!=", "<", ">", "<=", ">="])
FIELDS = st.sampled_from(["Id", "Email", "Owner.Name", "X__c", "Account.Owner.Name"])


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> tuple[str, object]:
    """A condition as text and as values."""
    kind = draw(st.sampled_from(["one", "in", "and", "or"] if depth else ["one", "in"]))
    field = draw(FIELDS)
    if kind == "one":
        operator, (text, value) = draw(OPERATORS), draw(LITERALS)
        return f"{field} {operator} {text}", (field, operator, value)
    if kind == "in":
        items = draw(st.lists(LITERALS, min_size=1, max_size=3))
        operator = draw(st.sampled_from(["IN", "NOT IN"]))
        listed = ", ".join(text for text, _ in items)
        return f"{field} {operator} ({listed})", (field, operator, tuple(value for _, value in items))
    parts = draw(st.lists(conditions(depth=depth - 1), min_size=2, max_size=3))
    joined = f" {draw(st.sampled_from([kind, kind.upper()]))} ".join(f"({text})" for text, _ in parts)
    return joined, (kind, *(value for _, value in parts))


@given(conditions())
def test_a_condition_is_read_as_it_is_built(condition: tuple[str, object]) -> None:
    text, expected = condition

    assert plain(where(text)) == expected


def test_a_whole_query_is_read_whatever_its_case_and_spaces() -> None:
    query = parse("select Id ,Owner.Name\nFROM Lead wHeRe A=1 Order By A desc, B nulls last,C LIMIT 7 ")

    assert [name.path for name in query.fields] == ["Id", "Owner.Name"]
    assert query.table.path == "Lead"
    assert [(key.field.path, key.descending, key.nulls_last) for key in query.order] == [
        ("A", True, False), ("B", False, True), ("C", False, False),
    ]  # fmt: skip
    assert query.limit == 7


def test_count_has_no_fields() -> None:
    assert parse("SELECT COUNT() FROM Lead") == Query((), Name("Lead", 20))
    assert parse("SELECT Count FROM Lead").fields == (Name("Count", 7),)


def test_what_the_keyset_asks_for_is_read() -> None:
    stamp = datetime(2026, 1, 1, tzinfo=UTC)

    query = parse(
        "SELECT Id FROM Task WHERE (SystemModstamp > 2026-01-01T00:00:00Z OR (SystemModstamp ="
        " 2026-01-01T00:00:00Z AND Id > '00T')) AND SystemModstamp <= 2026-01-01T00:00:00Z"
        " ORDER BY SystemModstamp, Id LIMIT 2000"
    )

    tie = ("and", ("SystemModstamp", "=", stamp), ("Id", ">", "00T"))
    after = ("or", ("SystemModstamp", ">", stamp), tie)
    assert plain(query.where) == ("and", after, ("SystemModstamp", "<=", stamp))
    assert [type(key) for key in query.order] == [Order, Order]


def test_a_pattern_knows_its_wild_letters() -> None:
    condition = where(r"Name LIKE 'a\%_%\\'")

    assert isinstance(condition, Comparison)
    assert condition.value == Pattern(("=a", "=%", "_", "%", "=\\"))


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("SELECT Id FORM Lead", "FORM"),
        ("SELECT Id FROM Lead WHERE A = 1 AND B = 2 OR C = 3", "OR"),
        ("SELECT Id FROM Lead WHERE A = 1 OR B = 2 AND C = 3", "AND"),
        ("SELECT Id FROM Lead GROUP BY Id", "GROUP"),
        ("SELECT Id FROM Lead LIMIT 5 OFFSET 5", "OFFSET"),
        ("SELECT Id FROM Lead LIMIT -5", "-5"),
        ("SELECT Id FROM Lead LIMIT 1.5", "1.5"),
        ("SELECT (SELECT Id FROM Contacts) FROM Account", "("),
        ("SELECT TYPEOF Who WHEN Lead THEN Id END FROM Task", "Who"),
        ("SELECT FIELDS(ALL) FROM Lead", "("),
        ("SELECT COUNT(Id) FROM Lead", "Id"),
        ("SELECT Id FROM Lead WHERE CreatedDate = TODAY", "TODAY"),
        ("SELECT Id FROM Lead WHERE CreatedDate = LAST_N_DAYS:3", "LAST_N_DAYS"),
        ("SELECT Id FROM Lead WHERE NOT (A = 1)", "NOT"),
        ("SELECT Id FROM Lead WHERE A INCLUDES ('b')", "INCLUDES"),
        ("SELECT Id FROM Lead WHERE A = 'b", "'"),
        ("SELECT Id FROM Lead WHERE A IN ()", ")"),
        ("SELECT Id FROM Lead WHERE A LIKE 5", "5"),
        ("SELECT Id FROM Lead WHERE A", "<EOF>"),
        ("SELECT Id FROM Lead WHERE (A = 1", "<EOF>"),
        ("SELECT FROM Lead", "FROM"),
        ("DELETE FROM Lead", "DELETE"),
        ("SELECT Id, FROM Lead", "FROM"),
        ("SELECT Id FROM Lead;", ";"),
        ("", "<EOF>"),
    ],
)
def test_what_we_do_not_imitate_is_malformed(text: str, token: str) -> None:
    with pytest.raises(SoqlError) as error:
        parse(text)

    assert error.value.code == "MALFORMED_QUERY"
    assert error.value.message == f"unexpected token: '{token}'"


@pytest.mark.parametrize("escape", ["\\x", "\\%", "\\_", "\\u12"])
def test_an_escape_that_means_nothing_is_malformed(escape: str) -> None:
    with pytest.raises(SoqlError, match="Illegal character sequence") as error:
        parse(f"SELECT Id FROM Lead WHERE A = '{escape}'")

    assert error.value.code == "MALFORMED_QUERY"


@pytest.mark.parametrize(("depth", "accepted"), [(100, True), (101, False), (40_000, False)])
def test_parentheses_may_be_deep_and_not_endless(depth: int, accepted: bool) -> None:
    text = f"SELECT Id FROM Lead WHERE {'(' * depth}A = 1{')' * depth}"

    if accepted:
        assert plain(parse(text).where) == ("A", "=", 1)
        return
    with pytest.raises(SoqlError, match="unexpected token"):
        parse(text)


def test_a_day_that_does_not_exist_is_malformed() -> None:
    with pytest.raises(SoqlError) as error:
        parse("SELECT Id FROM Lead WHERE A = 2026-02-30")

    assert error.value.code == "MALFORMED_QUERY"


@given(st.text(alphabet="SELECT idFROMwhere'\\=<>!(),.0123456789-:TZ%_ \n", max_size=60))
def test_no_text_does_anything_but_parse_or_be_refused(text: str) -> None:
    with suppress(SoqlError):
        assert parse(text).table.path


def test_an_error_is_shown_with_the_words_around_it() -> None:
    text = "SELECT Id,Name,BillingCity,IsDeleted FROM Accout"

    shown = excerpt(text, text.index("Accout"))

    assert shown == "\nName,BillingCity,IsDeleted FROM Accout\n" + " " * 32 + "^\nERROR at Row:1:Column:43\n"


def test_a_row_is_counted_from_its_line_break() -> None:
    text = "SELECT Id\nFROM Leed"

    assert excerpt(text, text.index("Leed")).endswith("^\nERROR at Row:2:Column:6\n")
