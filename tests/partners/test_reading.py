"""A partner's file, however it was written: every row is read, flagged, or refused by its number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.touches import DAY, HOUR
from sync.errors import PartnerFileRefused
from sync.partners.reading import Layout, Told, read_file

NOW = 20_500 * DAY  # 2026-02-16


def read(text: str | bytes, now: int = NOW, **layout: object) -> Told:
    raw = text if isinstance(text, bytes) else text.encode()
    return read_file(raw, Layout(**{"columns": {}, **layout}), now)  # type: ignore[arg-type]


def findings(told: Told) -> list[str]:
    return [str(one) for one in told.findings]


def test_rows_become_leads_with_key_date_and_status() -> None:
    told = read(
        "Email,Created,Stage\nann@buyer.example,2026-01-02,MQL\nbob@buyer.example,2026-01-03T01:00:00Z,Lead\n"
    )

    assert [(one.row, one.key, one.at, one.status, one.is_mql) for one in told.leads] == [
        (2, "email:ann@buyer.example", 20_455 * DAY, "MQL", True),
        (3, "email:bob@buyer.example", 20_456 * DAY + HOUR, "Lead", False),
    ]
    assert told.findings == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_whatever_program_wrote_it_the_file_is_read(encoding: str, delimiter: str, end: str) -> None:
    lines = (["E-Mail", "Größe, gesamt", "Status"], ["jürgen@käufer.example", '"a\nb"', "MQL"])
    text = end.join(delimiter.join(f'"{cell}"' if "," in cell else cell for cell in line) for line in lines)

    told = read(text.encode(encoding))

    assert [one.key for one in told.leads] == ["email:jürgen@käufer.example"]
    assert "row 1: columns not read: Größe, gesamt" in findings(told)


def test_a_spreadsheets_line_about_the_separator_is_heeded() -> None:
    assert [one.key for one in read("sep=;\nemail;date\nann@buyer.example;2026-01-02\n").leads]


def test_columns_can_be_named_and_unknown_ones_are_flagged() -> None:
    told = read("Wer,Wann,Foo\nann@buyer.example,2026-01-02,x\n", columns={"email": "wer", "date": "WANN"})

    assert told.leads[0].at == 20_455 * DAY
    assert findings(told) == ["row 1: columns not read: Foo"]


@pytest.mark.parametrize(
    ("text", "columns", "told"),
    [
        ("", {}, "the file is empty"),
        ("Name,Firm\nAnn,Acme\n", {}, "no column has e-mail addresses; there are Name, Firm"),
        ("Email\nann@buyer.example\n", {"date": "Creatd"}, "there is no column `Creatd`"),
        ("Email,Creted\nann@buyer.example,\n", {"date": "Created"}, "did you mean `Creted`?"),
        ("Email,email\na@b.example,c@d.example\n", {}, "the column `Email` stands twice"),
    ],
)
def test_a_file_that_says_nothing_is_refused_with_what_is_there(text: str, columns: dict, told: str) -> None:
    with pytest.raises(PartnerFileRefused, match=told.replace("?", r"\?")):
        read(text, columns=columns)


@pytest.mark.parametrize(
    ("row", "told", "is_read"),
    [
        ("Ann@Buyer.example,2026-01-02,mql", "its e-mail address is written in odd case", True),
        ("Ann <ann@buyer.example>,2026-01-02,mql", "more than an e-mail address stands in its cell", True),
        ("info@buyer.example,2026-01-02,mql", "is a mailbox that people share", True),
        ("ann@buyer.example,,mql", "has no date: it counts from the import", True),
        ("ann@buyer.example,2026-01-02,Hot!", "its status `Hot!` says nothing to us: no MQL", True),
        ("nobody,2026-01-02,mql", "refused: its e-mail address is none", False),
        (",2026-01-02,mql", "refused: has no e-mail address", False),
        ("a b@buyer.example,2026-01-02,mql", "refused: its e-mail address is none", False),
        ("ann@buyer.example,soon,mql", "refused: its date cannot be read", False),
        ("ann@buyer.example,2026-02-30,mql", "refused: its date cannot be read", False),
        ("ann@buyer.example,03/04/2026,mql", "refused: its date can be two days", False),
        ("ann@buyer.example,2026-02-18,mql", "refused: its date lies in the future", False),
        ("ann@buyer.example,1970-01-01,mql", "refused: its date lies before 2000", False),
        ("ann@buyer.example,2026-01-02,mql,more", "refused: has 4 cells, the first row has 3", False),
    ],
)
def test_an_odd_row_is_told_by_its_number(row: str, told: str, is_read: bool) -> None:
    found = read(f"email,date,status\nzoe@buyer.example,2026-01-01,mql\n{row}\n")

    assert [one for one in findings(found) if one.startswith(f"row 3: {told}")]
    assert (len(found.leads) == 2) is is_read
    assert "buyer.example" not in " ".join(findings(found))


@pytest.mark.parametrize(
    ("said", "order", "day"),
    [
        ("02.01.2026", "", 20_455),
        ("31/12/2025", "", 20_453),
        ("12/31/2025", "", 20_453),
        ("3/4/2025", "dmy", 20_181),
        ("3/4/2025", "mdy", 20_151),
        ("2026/01/02", "", 20_455),
        ("2/2/2026", "", 20_486),
    ],
)
def test_dates_are_read_as_people_write_them(said: str, order: str, day: int) -> None:
    assert read(f"email,date\nann@buyer.example,{said}\n", dates=order).leads[0].at == day * DAY


def test_a_lead_that_is_listed_twice_is_one_and_the_second_row_is_flagged() -> None:
    told = read(
        "email,date,status\nann@buyer.example,2026-01-05,lead\nANN@buyer.example,2026-01-02,mql\n"
        "ann@buyer.example,2026-01-05,lead\n"
    )

    assert [(one.row, one.at, one.status, one.is_mql) for one in told.leads] == [
        (2, 20_455 * DAY, "mql", True)
    ]
    assert sum("repeats row" in one for one in findings(told)) == 2


def test_the_partners_own_words_say_who_is_an_mql() -> None:
    told = read("email,status\na@b.example,Hot\nc@d.example,MQL\n", mql_statuses=("hot",))

    assert [one.is_mql for one in told.leads] == [True, False]
    assert [one.is_mql for one in read("email\na@b.example\n").leads] == [True]


def test_rows_may_name_a_record_of_the_crm_instead() -> None:
    told = read("key\nhubspot:contact:17\n17\n")

    assert [one.key for one in told.leads] == ["hubspot:contact:17"]
    assert findings(told) == [
        "row 1: no column has dates: all leads count from the import",
        "row 3: refused: its key is none, such as hubspot:contact:123",
    ]


@given(st.binary(max_size=200) | st.text(alphabet='email,;\t"\n@.x1/', max_size=80).map(str.encode))
def test_nothing_but_a_refusal_comes_of_any_bytes(raw: bytes) -> None:
    try:
        told = read(b"email,date\n" + raw)
    except PartnerFileRefused:
        return
    rows = {one.row for one in told.leads} | {one.row for one in told.findings}
    assert all(row >= 1 for row in rows)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a@b.example", "A@b.example", "c@d.example", "x", ""]), st.sampled_from("ab")
        )
    )
)
def test_no_row_is_dropped_in_silence(rows: list[tuple[str, str]]) -> None:
    told = read("email,status\n" + "".join(f"{email},{status}\n" for email, status in rows))

    seen = {one.row for one in told.leads} | {one.row for one in told.findings}
    assert seen >= set(range(2, len(rows) + 2))
