"""Are these records one person? Keys that hang together, and who survives when people merge.

A key names a CRM row (`hubspot:contact:7`) or an address (`email:jane@example.com`). An explicit
vendor link binds strongest, then a conversion or merge inside one CRM, then a shared e-mail address.
An address never joins two groups that vendor links have already bound to different rows: the link
was made by somebody, the address may be shared. Mailboxes that many people read are no identity.

The answer depends on the set of edges only, never on their order, and each connected part is decided
by itself, so resolving a few people gives the same answer as resolving everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Reason = Literal["vendor_link", "conversion", "email"]
REASONS: tuple[Reason, ...] = ("vendor_link", "conversion", "email")

_SHARED = """
abuse accounting accounts admin administrator billing careers contact customerservice enquiries feedback
finance hello help helpdesk hostmaster hr info inquiries invoices it jobs legal mail marketing media
newsletter no-reply noreply office orders postmaster press privacy purchasing reception recruiting
reply sales security service support team webmaster
"""
SHARED_MAILBOXES = frozenset(_SHARED.split())


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """Two keys of one person, and why we think so."""

    record: str
    key: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who every key belongs to now.

    `aliases` maps ids that were merged away to the survivor. `reasons` says, per key, by what it was
    joined to its person ("" for a person of one key). `refused` are edges that would have joined people
    that stronger links hold apart. `next_id` is the first id that was never used.
    """

    person_of: Mapping[str, int]
    aliases: Mapping[int, int]
    next_id: int
    reasons: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[Edge, ...] = ()


def edges_of(record: str, keys: Iterable[str], shared: frozenset[str] = SHARED_MAILBOXES) -> list[Edge]:
    """This turns a row's further names into edges; shared mailboxes give none."""
    crm = record.partition(":")[0]
    edges = []
    for key in keys:
        if not key or key == record:
            continue
        if key.startswith("email:"):
            if not is_shared_mailbox(key, shared):
                edges.append(Edge(record, key, "email"))
        elif key.partition(":")[0] == crm:
            edges.append(Edge(record, key, "conversion"))
        else:
            edges.append(Edge(record, key, "vendor_link"))
    return edges


def is_shared_mailbox(key: str, shared: frozenset[str] = SHARED_MAILBOXES) -> bool:
    """This tells mailboxes that many people read from those of one person (`sales+eu@` is shared too)."""
    name = key.removeprefix("email:").rpartition("@")[0]
    return name.partition("+")[0] in shared


class _Groups:
    """Union-find over keys that knows which groups a vendor link has bound."""

    def __init__(self, keys: Iterable[str], apart: Iterable[tuple[str, str]]) -> None:
        self.parent = {key: key for key in keys}
        self.members = {key: [key] for key in self.parent}
        self.bound: set[str] = set()
        self.rivals: dict[str, set[str]] = {}
        for a, b in apart:
            self.rivals.setdefault(a, set()).add(b)
            self.rivals.setdefault(b, set()).add(a)

    def root(self, key: str) -> str:
        while self.parent[key] != key:
            self.parent[key] = self.parent[self.parent[key]]
            key = self.parent[key]
        return key

    def may_join(self, a: str, b: str, reason: Reason) -> bool:
        if reason == "email" and a in self.bound and b in self.bound:
            return False
        small, large = sorted((a, b), key=lambda root: len(self.members[root]))
        return not any(
            rival in self.parent and self.root(rival) == large
            for key in self.members[small]
            for rival in self.rivals.get(key, ())
        )

    def join(self, edge: Edge) -> bool:
        """This joins what the edge connects, and says whether it was allowed to."""
        a, b = self.root(edge.record), self.root(edge.key)
        if a != b:
            if not self.may_join(a, b, edge.reason):
                return False
            small, large = sorted((a, b), key=lambda root: (len(self.members[root]), root))
            self.parent[small] = large
            self.members[large] += self.members.pop(small)
            if small in self.bound:
                self.bound.add(large)
            a = large
        if edge.reason == "vendor_link":
            self.bound.add(a)
        return True


def resolve(
    keys: Iterable[str],
    edges: Iterable[Edge],
    previous: Mapping[str, int],
    next_id: int,
    apart: Iterable[tuple[str, str]] = (),
) -> Assignment:
    """This says who every key belongs to, given who it belonged to before.

    `keys` and `edges` must hold every key that hangs together with those that changed (the previous
    keys of the same people too). The survivor of a merge is the smallest previous id. When a person
    falls apart, the part with most of her previous keys stays, the others become new people. Pairs in
    `apart` were split by an operator and never come together again.
    """
    edges = sorted(set(edges), key=lambda edge: (REASONS.index(edge.reason), edge.key, edge.record))
    named = set(keys) | {name for edge in edges for name in (edge.record, edge.key)}
    groups = _Groups(named, apart)
    reasons: dict[str, str] = dict.fromkeys(named, "")
    refused = []
    for edge in edges:
        if not groups.join(edge):
            refused.append(edge)
            continue
        for name in (edge.record, edge.key):
            reasons[name] = reasons[name] or edge.reason
    parts = sorted((sorted(members) for members in groups.members.values()), key=lambda part: part[0])
    ids, aliases, next_id = _survivors(parts, previous, next_id)
    person_of = {key: person for part, person in zip(parts, ids, strict=True) for key in part}
    return Assignment(person_of, aliases, next_id, reasons, tuple(refused))


def _survivors(
    parts: list[list[str]], previous: Mapping[str, int], next_id: int
) -> tuple[list[int], dict[int, int], int]:
    held: dict[int, dict[int, int]] = {}  # previous id -> part -> how many of its keys
    for number, part in enumerate(parts):
        for key in part:
            if key in previous:
                counts = held.setdefault(previous[key], {})
                counts[number] = counts.get(number, 0) + 1
    ids: dict[int, int] = {}
    aliases: dict[int, int] = {}
    for person in sorted(held):
        counts = held[person]
        free = [number for number in counts if number not in ids]
        if free:
            ids[min(free, key=lambda number: (-counts[number], number))] = person
        else:
            aliases[person] = ids[min(counts, key=lambda number: (-counts[number], number))]
    for number in range(len(parts)):
        if number not in ids:
            ids[number] = next_id
            next_id += 1
    return [ids[number] for number in range(len(parts))], aliases, next_id
