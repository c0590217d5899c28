"""Record ids of the fake portal: computed from the index and read back, past what 31 bits can hold.

Each object type has a range of its own; ids rise with the index and leave gaps, as real ones do.
Rows created through the API come behind all rows of the world.
"""

from __future__ import annotations

from dataclasses import dataclass

CREATED_OFFSET = 8_000_000_000
NUMBER_BITS = 12  # a person has fewer than 4,096 activities


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of one object type: `base + step × place`."""

    base: int
    step: int

    def of(self, place: int) -> int:
        return self.base + self.step * place

    def created(self, number: int) -> int:
        """This is the id of the number-th row created through the API."""
        return self.base + CREATED_OFFSET + self.step * number

    def place(self, record_id: int) -> int | None:
        """This is the place an id was made from, None if no row of the world can have it."""
        place, rest = divmod(record_id - self.base, self.step)
        return place if place >= 0 and not rest and record_id < self.base + CREATED_OFFSET else None

    def first_place(self, record_id: int) -> int:
        """This is the first place whose id is not below the given one."""
        return max(0, -(-(record_id - self.base) // self.step))


CONTACT = Ids(21_000_000_000, 17)
COMPANY = Ids(31_000_000_000, 13)
DEAL = Ids(41_000_000_000, 11)
CALL = Ids(51_000_000_000, 1)
MEETING = Ids(61_000_000_000, 1)
TASK = Ids(71_000_000_000, 7)
EMAIL = Ids(81_000_000_000, 3)
LEAD = Ids(85_000_000_000, 19)
MARKETING_EVENT = Ids(91_000_000_000, 3)
OWNER = Ids(700_100, 37)
USER = Ids(900_200, 41)

MERGED = 5  # the loser of a merge had the id of the winner plus this


def activity_place(index: int, n: int) -> int:
    """This is the place of a person's n-th activity among all calls or meetings."""
    return index << NUMBER_BITS | n


def person_and_number(place: int) -> tuple[int, int]:
    return place >> NUMBER_BITS, place & (1 << NUMBER_BITS) - 1
