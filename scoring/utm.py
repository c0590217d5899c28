"""What a link says about where somebody came from: parameters raw and normalised, click ids, flags.

Links are written by people and rewritten by mail programs, so everything here accepts any text, says
what it saw in `flags`, and never raises. Values are normalised (decoded once, NFKC, case-folded, one
space); click ids are left exactly as they came, because platforms compare them byte for byte.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from scoring.patterns import host_of

NAMES = (
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "utm_id",
    "utm_source_platform",
    "utm_creative_format",
    "utm_marketing_tactic",
)
LONG = 255  # CRM text fields end here; the whole value stays in the store

# `;` and a second `?` separate only where a parameter follows; elsewhere they belong to the value.
_SEPARATOR = re.compile(r"&|(?<!&amp);(?=(?:amp;)?\w+=)|\?(?=(?:utm_|\w*clid)\w*=)", re.IGNORECASE)
_SECOND_QUERY = re.compile(r"\?(?:utm_|\w*clid)\w*=", re.IGNORECASE)
_BROKEN_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_MACRO = re.compile(r"\{.*\}|\[.*\]|%%.*|\$\{.*\}|<.*>", re.DOTALL)
_MACRO_INSIDE = re.compile(r"\{\{[^}]*\}\}|\{[a-z_]+\}|%%[a-z_]+%%", re.IGNORECASE)
_PLACEHOLDERS = frozenset({"(not set)", "null", "undefined", "none", "nan", "n/a"})
_JUNK = "\"'`)]}>,“”’"
_OPENED = {")": "(", "]": "[", "}": "{", ">": "<"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Link:
    """A URL read for attribution. `values` are normalised and never empty; `raw` keeps every value seen.

    `click_ids` are (parameter, value) as they came. `flags` name what was odd, sorted.
    """

    host: str = ""
    path: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    click_ids: tuple[tuple[str, str], ...] = ()
    flags: tuple[str, ...] = ()


def read_link(
    url: str | bytes, click_ids: frozenset[str] = frozenset(), aliases: Mapping[str, str] | None = None
) -> Link:
    """This reads any text as a URL; `aliases` maps further names to utm names (`ref` → `utm_source`)."""
    flags: set[str] = set()
    if isinstance(url, bytes):
        url = url.decode("utf-8", "replace")
    url = url.encode("utf-8", "replace").decode()  # half a character pair would not survive storing
    text, _, fragment = url.strip().partition("#")
    address, _, query = text.partition("?")
    named = _pairs(query, aliases or {}, flags)
    if "=" in fragment:
        inside = _pairs(fragment.partition("?")[2] or fragment, aliases or {}, flags)
        inside = [pair for pair in inside if pair[0] in NAMES or pair[0] in click_ids]
        if inside:
            flags.add("in_fragment")
        named += inside
    raw: dict[str, list[str]] = {}
    for name, value in named:
        if name in NAMES:
            raw.setdefault(name, []).append(value)
    values = {name: value for name, texts in raw.items() if (value := _first(texts, flags))}
    clicks = {name: value for name, value in reversed(named) if name in click_ids and value}
    return Link(
        host_of(address) if "://" in address or address.startswith("//") else "",
        _path(address),
        values,
        {name: tuple(texts) for name, texts in raw.items()},
        tuple(sorted(clicks.items())),
        tuple(sorted(flags)),
    )


def normalised(raw: str, flags: set[str]) -> str:
    """This is the value that reports compare; "" where it says nothing."""
    if _BROKEN_ESCAPE.search(raw.replace("%%", "")):
        flags.add("broken_escape")
    text = _decoded(raw, flags)
    if _ESCAPE.search(text):
        flags.add("double_encoded")
    text = unicodedata.normalize("NFKC", _CONTROL.sub(" ", text)).casefold()
    text = " ".join(text.split())
    if text in _PLACEHOLDERS or (text and _MACRO.fullmatch(text)):
        flags.add("placeholder")
        return ""
    if _MACRO_INSIDE.search(text):
        flags.add("macro_inside")
    if text and text[-1] in _JUNK and _OPENED.get(text[-1], "\0") not in text:  # `(direct)` is a value
        flags.add("trailing_junk")
        text = text.strip(_JUNK + "(<[{").strip()
    if len(text) > LONG:
        flags.add("long")
    return text


def _pairs(query: str, aliases: Mapping[str, str], flags: set[str]) -> list[tuple[str, str]]:
    """This splits a query into (name, raw value) in order, whatever separates them."""
    pairs = []
    if _SECOND_QUERY.search(query):
        flags.add("second_question_mark")
    for part in _SEPARATOR.split(query):
        name, _, value = part.partition("=")
        name = _decoded(name, flags).strip().casefold()
        if name.startswith("amp;"):
            flags.add("escaped_ampersand")
            name = name.removeprefix("amp;")
        pairs.append((aliases.get(name, name), value))
    return pairs


def _first(texts: list[str], flags: set[str]) -> str:
    """This is the first value that says something; differing repeats are flagged."""
    said = [text for text in (normalised(raw, flags) for raw in texts) if text]
    if len(set(said)) > 1:
        flags.add("conflicting_repeats")
    return said[0] if said else ""


def _decoded(raw: str, flags: set[str]) -> str:
    data = unquote_to_bytes(raw.replace("+", " ").encode("utf-8", "replace"))
    text = data.decode("utf-8", "replace")
    if "\ufffd" in text and "\ufffd" not in raw:
        flags.add("not_utf8")
    return text


def _path(address: str) -> str:
    """This is the path as rules see it: no host, one leading slash, no slash at the end."""
    if "://" in address or address.startswith("//"):
        address = address.partition("//")[2]
        address = "/" + address.partition("/")[2]
    text = _decoded(address.replace("+", "%2B"), set()).casefold()
    return "/" + text.strip("/")
