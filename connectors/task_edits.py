"""What of a task may be written, given what it shows: nobody's work is trampled.

A task has faces: its subject, text, owner, due date, priority and status, each as a text that can be
compared. A face that shows neither what we want nor what we may have written last was made by a human.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Face = Mapping[str, str]  # subject, body, owner, due, priority, status

OPEN, BEGUN, CLOSED = "open", "begun", "closed"  # what a status comes to


@dataclass(frozen=True, slots=True)
class Edits:
    """Which faces to write; `adds_note` says that the text is a human's and only gets a line more."""

    faces: frozenset[str] = frozenset()
    adds_note: bool = False


NOTHING = Edits()


def edits(wanted: Face, ours: Sequence[Face], shown: Face, note: str = "") -> Edits:
    """This decides field by field. `ours` are all faces that we may have written last."""
    human = {
        name
        for name, value in shown.items()
        if value != wanted[name] and all(value != one[name] for one in ours)
    }
    if shown["status"] == CLOSED and all(one["status"] != CLOSED for one in ours):
        return NOTHING  # somebody was done with it, and what we know now is no reason to do it again
    moved = {name for name, value in shown.items() if value != wanted[name]} - human
    if wanted["status"] == CLOSED and human:
        moved.discard("status")
        return Edits(frozenset(moved), adds_note="body" in human and plain(note) not in shown["body"])
    return Edits(frozenset(moved))


def plain(text: str) -> str:
    """This is a text without what CRMs change about it: spaces and ends of lines."""
    return " ".join(text.split())
