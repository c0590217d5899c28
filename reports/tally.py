"""Is everything here? What a CRM counts beside what is stored, and what is left when all is explained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """One comparison. `there` rows the CRM counts, `held` of them are stored, for `excused` at most there
    is a reason not to be (put aside, erased); `moved` have changed since they were read."""

    connection: str
    stream: str
    there: int
    held: int
    excused: int
    moved: int
    counted_at: int

    @property
    def missing(self) -> int:
        """These rows are there and not here, and nothing explains it."""
        return max(0, self.there - self.held - self.excused)

    @property
    def surplus(self) -> int:
        """These rows are here and no longer there, and nothing on its way explains it."""
        return max(0, self.held - self.there - self.moved)


def tally_note(one: Tally) -> str:
    """This says what is left when all is explained, "" if nothing is."""
    if one.missing:
        return f"{one.missing} missing"
    return f"{one.surplus} too many" if one.surplus else ""


def tally_line(one: Tally) -> str:
    """This is a comparison in one line, for people."""
    on_their_way = f", {one.moved} changed since" if one.moved else ""
    return f"counted: {one.connection} {one.stream} {one.held} of {one.there}{on_their_way}"
