"""Texts against what operators write: patterns, words, numbers, hosts. One answer per distinct text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from scoring.definitions.kinds import Between, Domains, HostList, Test, Words
from scoring.touches import Bools

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SEPARATORS = re.compile(r"[\W_]+")


@cache
def glob(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """This matches whole texts, ignoring case; `*` is any run of characters, `?` is one."""
    return re.compile(
        "|".join(f"(?:{_as_regex(pattern)})" for pattern in patterns), re.IGNORECASE | re.DOTALL
    )


def _as_regex(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(char) or re.escape(char) for char in pattern)


@cache
def _words(phrases: tuple[str, ...]) -> re.Pattern[str]:
    plain = (re.sub(r"(?:[^\w*]|_)+", " ", phrase.casefold()).strip() for phrase in phrases)
    return re.compile("|".join(f" {text} ".replace("*", r"\S*") for text in plain))


def passes(test: Test, text: str) -> bool:
    """This tells whether one value passes; an unreadable number passes nothing."""
    match test:
        case Words(phrases):
            plain = f" {_SEPARATORS.sub(' ', text.casefold()).strip()} "
            return _words(phrases).search(plain) is not None
        case Domains(hosts, lists):
            host = host_of(text)
            return is_below(host, hosts) or any(is_listed(host, one) for one in lists)
        case Between(low, below):
            number = number_of(text)
            if number is None:
                return False
            return (low is None or number >= low) and (below is None or number < below)
    assert_never(test)


def number_of(text: str) -> float | None:
    """This reads `1,200`, `201-500` (its lower end) and `1000+`; None if there is no number."""
    found = _NUMBER.search(text.replace(",", "").replace(" ", "").replace("'", ""))
    return float(found[0]) if found else None


def host_of(text: str) -> str:
    """This is the host of an address, a URL or a bare name, in lower case and without `www.`."""
    text = text.strip().casefold()
    text = text.partition("://")[2] if "://" in text else text.removeprefix("//")
    text = re.split(r"[/?#\\]", text, maxsplit=1)[0]
    text = text.rpartition("@")[2].partition(":")[0].strip(".")
    return text.removeprefix("www.")


def is_below(host: str, hosts: tuple[str, ...]) -> bool:
    """This tells whether a host is one of these or a subdomain of one; `*` may stand in a name."""
    return bool(host) and bool(hosts) and _hosts(hosts).fullmatch(host) is not None


def is_listed(host: str, listed: HostList) -> bool:
    """This tells whether a host is on the list or below one that is; most of a list are plain names."""
    plain, patterns = _split(listed)
    parts = host.split(".")
    return any(".".join(parts[n:]) in plain for n in range(len(parts))) or is_below(host, patterns)


@cache
def _split(listed: HostList) -> tuple[frozenset[str], tuple[str, ...]]:
    hosts = [host.casefold() for host in listed.listed]
    patterns = tuple(host for host in hosts if "*" in host or "?" in host)
    return frozenset(hosts).difference(patterns), patterns


@cache
def _hosts(hosts: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?:(?:.*\.)?{_as_regex(host.casefold())})" for host in hosts), re.DOTALL)


def used_codes(codes: npt.NDArray[Any], labels: Sequence[str]) -> npt.NDArray[np.intp]:
    """This lists the codes that occur in a column, without sorting it."""
    used = np.zeros(len(labels), np.bool_)
    used[codes] = True
    return np.flatnonzero(used)


def matching(codes: npt.NDArray[Any], labels: Sequence[str], patterns: tuple[str, ...]) -> Bools:
    """This marks the rows whose text matches one of the patterns."""
    pattern = glob(patterns)
    table = np.zeros(len(labels), np.bool_)
    for code in used_codes(codes, labels):
        table[code] = pattern.fullmatch(labels[code]) is not None
    marked: Bools = table[codes]
    return marked
