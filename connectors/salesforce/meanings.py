"""What the words of an org's picklists mean, as its people use them."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MemberRule:
    """A member of a campaign of this type and status did that. Patterns ignore case; `*` is anything."""

    type: str
    status: str
    kind: str


@dataclass(frozen=True, slots=True)
class Meanings:
    """What the words of this org's picklists mean. Every member rule that fits yields one touch; a
    member whom none fits but who responded yields a campaign response."""

    accepted_statuses: frozenset[str] = frozenset({"Working - Contacted"})
    rejected_statuses: frozenset[str] = frozenset({"Closed - Not Converted"})
    statuses: Pairs = ()  # with the kinds of touches that they are, before those that are usual
    member_rules: tuple[MemberRule, ...] = (
        MemberRule("*webinar*", "*regist*", "webinar_registration"),
        MemberRule("*webinar*", "*attend*", "webinar_registration"),
        MemberRule("*webinar*", "attend*", "webinar_attendance"),
        MemberRule("*event*", "attend*", "event_attendance"),
        MemberRule("*conference*", "attend*", "event_attendance"),
        MemberRule("*trade show*", "attend*", "event_attendance"),
        MemberRule("*seminar*", "attend*", "event_attendance"),
    )
