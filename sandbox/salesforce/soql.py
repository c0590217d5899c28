"""SOQL as far as a sync worker needs it: text in, a query as values out.

SELECT fields or COUNT(), FROM one object, WHERE with AND, OR and parentheses, ORDER BY, LIMIT. The
parser knows no schema; whoever runs the query decides which names exist. Everything else that real
SOQL has (GROUP BY, OFFSET, TYPEOF, sub-selects, date literals) is refused as malformed, so that
a client cannot lean on what we do not imitate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

Literal = str | int | float | bool | date | datetime | None  # a datetime is a date: look for it first

LENGTH_MAX = 100_000
DEPTH_MAX = 100  # parentheses within parentheses
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
RESERVED = frozenset({"and", "or", "not", "in", "like", "from", "where", "order", "limit", "select"})

TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d)(?![\w:])
  | (?P<number>[+-]?\d+(?:\.\d+)?)(?![\w.])
  | (?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)
  | (?P<mark><=|>=|!=|<>|[=<>(),])
  | (?P<end>\Z)
  | (?P<stray>\S)
)""",
    re.VERBOSE | re.DOTALL,
)


class SoqlError(Exception):
    """A query that Salesforce would refuse; `at` is the offset of the trouble in its text."""

    def __init__(self, code: str, message: str, at: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.at = at


@dataclass(frozen=True, slots=True)
class Name:
    """A field path or an object as written, and where: error texts point at it."""

    path: str
    at: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """The right side of LIKE: `%` and `_` are wild unless a backslash stood before them."""

    pieces: tuple[str, ...]  # "%" and "_" alone are wild; a literal piece starts with "="


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one literal, a list of them (IN, NOT IN) or a pattern (LIKE)."""

    field: Name
    operator: str
    value: Literal | tuple[Literal, ...] | Pattern


@dataclass(frozen=True, slots=True)
class All:
    """AND over its parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """OR over its parts."""

    parts: tuple[Condition, ...]


Condition = Comparison | All | Either


@dataclass(frozen=True, slots=True)
class Order:
    """One key of ORDER BY. Nulls come first unless the query says otherwise, in both directions."""

    field: Name
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. No fields means COUNT()."""

    fields: tuple[Name, ...]
    table: Name
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text: what it is, how it is written, where it starts."""

    kind: str
    text: str
    at: int


def parse(text: str) -> Query:
    """This reads a query or raises `SoqlError` with Salesforce's code."""
    if len(text) > LENGTH_MAX:
        raise SoqlError(
            "QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100000 characters.", 0
        )
    return _Parser(text).query()


def tokens(text: str) -> list[Token]:
    """This cuts the text into pieces; the last one is `end`."""
    found: list[Token] = []
    at = 0
    while not found or found[-1].kind != "end":
        match = TOKEN.match(text, at)
        if match is None:  # the pattern ends in "any character or the end", so it always matches
            raise AssertionError(text[at:])
        kind = match.lastgroup or "end"
        found.append(Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return found


class _Parser:
    """Recursive descent over the tokens, one method per phrase."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._next = 0
        self._depth = 0

    def query(self) -> Query:
        self._expect("select")
        fields = self._fields()
        self._expect("from")
        table = self._name()
        where = self._either() if self._take("where") else None
        order = self._order() if self._take("order") else ()
        limit = self._limit() if self._take("limit") else None
        if self._here.kind != "end":
            raise self._unexpected()
        return Query(fields, table, where, order, limit)

    @property
    def _here(self) -> Token:
        return self._tokens[self._next]

    def _unexpected(self) -> SoqlError:
        token = self._here
        shown = "<EOF>" if token.kind == "end" else token.text
        return SoqlError("MALFORMED_QUERY", f"unexpected token: '{shown}'", token.at)

    def _take(self, word: str) -> bool:
        if self._here.text.lower() != word or self._here.kind not in ("name", "mark"):
            return False
        self._next += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._unexpected()

    def _name(self) -> Name:
        token = self._here
        if token.kind != "name" or token.text.lower() in RESERVED:
            raise self._unexpected()
        self._next += 1
        return Name(token.text, token.at)

    def _fields(self) -> tuple[Name, ...]:
        if self._here.text.lower() == "count" and self._tokens[self._next + 1].text == "(":
            self._next += 2
            self._expect(")")
            return ()
        fields = [self._name()]
        while self._take(","):
            fields.append(self._name())
        return tuple(fields)

    def _either(self) -> Condition:
        first = self._condition()
        for word, node in (("and", All), ("or", Either)):
            parts = [first]
            while self._take(word):
                parts.append(self._condition())
            if len(parts) > 1:
                # Salesforce has no precedence between AND and OR: a mixture needs parentheses,
                # and the word that follows here is then an unexpected token.
                return node(tuple(parts))
        return first

    def _condition(self) -> Condition:
        if self._take("("):
            self._depth += 1
            if self._depth > DEPTH_MAX:
                raise self._unexpected()
            inside = self._either()
            self._expect(")")
            self._depth -= 1
            return inside
        return self._comparison()

    def _comparison(self) -> Comparison:
        field = self._name()
        if self._take("like"):
            return Comparison(field, "LIKE", self._pattern())
        if self._take("in"):
            return Comparison(field, "IN", self._list())
        if self._take("not"):
            self._expect("in")
            return Comparison(field, "NOT IN", self._list())
        operator = self._here.text
        if operator not in ("=", "!=", "<>", "<", ">", "<=", ">="):
            raise self._unexpected()
        self._next += 1
        return Comparison(field, "!=" if operator == "<>" else operator, self._literal())

    def _list(self) -> tuple[Literal, ...]:
        self._expect("(")
        values = [self._literal()]
        while self._take(","):
            values.append(self._literal())
        self._expect(")")
        return tuple(values)

    def _literal(self) -> Literal:
        token = self._here
        value = _value(token)
        if value is _NO_VALUE:
            raise self._unexpected()
        self._next += 1
        return value  # type: ignore[return-value]  # _NO_VALUE has left above

    def _pattern(self) -> Pattern:
        token = self._here
        if token.kind != "string":
            raise self._unexpected()
        self._next += 1
        return Pattern(tuple(_pieces(token)))

    def _order(self) -> tuple[Order, ...]:
        self._expect("by")
        keys = [self._order_key()]
        while self._take(","):
            keys.append(self._order_key())
        return tuple(keys)

    def _order_key(self) -> Order:
        field = self._name()
        descending = self._take("desc")
        if not descending:
            self._take("asc")
        nulls_last = False
        if self._take("nulls"):
            nulls_last = self._take("last")
            if not nulls_last:
                self._expect("first")
        return Order(field, descending, nulls_last)

    def _limit(self) -> int:
        token = self._here
        if token.kind != "number" or not token.text.isdigit():
            raise self._unexpected()
        self._next += 1
        return int(token.text)


_NO_VALUE = object()


def _value(token: Token) -> object:
    """This is what a literal stands for; `_NO_VALUE` if the token is none."""
    match token.kind:
        case "string":
            return "".join(piece.removeprefix("=") for piece in _pieces(token, wild=False))
        case "number":
            return float(token.text) if "." in token.text else int(token.text)
        case "date" | "datetime":
            return _moment(token)
        case "name" if token.text.lower() in ("true", "false"):
            return token.text.lower() == "true"
        case "name" if token.text.lower() == "null":
            return None
    return _NO_VALUE


def _moment(token: Token) -> date | datetime:
    try:
        if token.kind == "date":
            return date.fromisoformat(token.text)
        moment = datetime.fromisoformat(token.text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise SoqlError("MALFORMED_QUERY", f"invalid date/time: {token.text}", token.at) from None
    return moment - timedelta(microseconds=moment.microsecond % 1000)  # milliseconds is all there is


def _pieces(token: Token, *, wild: bool = True) -> list[str]:
    """This cuts a quoted text into literal pieces ("=…") and, where asked, the wild `%` and `_`."""
    text = token.text[1:-1]
    pieces: list[str] = []
    at = 0
    while at < len(text):
        letter = text[at]
        at += 1
        if letter == "\\":
            code = text[at]
            at += 1
            if code in "uU" and re.fullmatch(r"[0-9A-Fa-f]{4}", text[at : at + 4]):
                pieces.append("=" + chr(int(text[at : at + 4], 16)))
                at += 4
            elif code.lower() in ESCAPES:
                pieces.append("=" + ESCAPES[code.lower()])
            elif wild and code in "%_":
                pieces.append("=" + code)
            else:
                sequence = f"invalid string literal: Illegal character sequence '\\{code}' in string literal"
                raise SoqlError("MALFORMED_QUERY", sequence, token.at)
        else:
            pieces.append(letter if wild and letter in "%_" else "=" + letter)
    return pieces


def excerpt(text: str, at: int) -> str:
    """This shows the words around an error as Salesforce does, with a caret below the guilty one."""
    before = [token.at for token in tokens(text) if token.kind not in ("mark", "end") and token.at <= at]
    after = [token.at for token in tokens(text) if token.kind not in ("mark", "end") and token.at > at]
    start = before[-5] if len(before) > 5 else 0
    end = after[5] if len(after) > 5 else len(text)
    row = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return f"\n{text[start:end].rstrip()}\n{' ' * (at - start)}^\nERROR at Row:{row}:Column:{column}\n"
