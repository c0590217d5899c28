"""What every rule kind reads and gives: chosen touches in, moments out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.curves import Index, is_first
from scoring.kinds import Match
from scoring.patterns import matching
from scoring.touches import DAY, NEVER, Bools, Ints, Touches

# These send a person back to marketing; what she did before no longer counts.
RESETS = ("sales_rejected", "deal_lost")


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Touches that a rule is about, in order: their rows, stretches and instants.

    A stretch is one epoch of one person; nothing looks across its borders. Stretches count up with
    the rows, so rows of one stretch lie together.
    """

    row: Index
    stretch: Ints
    at: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """When a condition rose, the touch that made it rise, and when it falls (NEVER: not by itself)."""

    row: Index
    start: Ints
    end: Ints


class Timeline:
    """Touches with their stretches, ready for rules to choose from. Voided touches are left out.

    `resets` are the kinds of touches that begin a new stretch; without any, a stretch is a whole life.
    """

    def __init__(self, touches: Touches, voided: Bools, *, resets: tuple[str, ...] = RESETS) -> None:
        self.touches = touches
        self.voided = voided
        codes = {label: code for code, label in enumerate(touches.labels)}
        self._code = codes.get
        self._rows: dict[int, Index] = {}
        self.stretch, self.stretch_end = self._stretches(resets)

    def rows_of(self, kinds: tuple[str, ...]) -> Index:
        """This lists the rows of these kinds, in order."""
        found = []
        for kind in dict.fromkeys(kinds):
            code = self._code(kind)
            if code is None:
                continue
            if code not in self._rows:
                self._rows[code] = np.flatnonzero((self.touches.kind == code) & ~self.voided)
            found.append(self._rows[code])
        if len(found) == 1:
            return found[0]
        return np.sort(np.concatenate(found)) if found else np.empty(0, np.intp)

    def choose(self, match: Match, *, once_per_day: bool = False) -> Chosen:
        """This picks the touches that match, of one asset and day only the first where asked."""
        row = self.rows_of(match.kinds)
        touches = self.touches
        for codes, patterns in (
            (touches.page, match.pages),
            (touches.asset, match.assets),
            (touches.campaign, match.campaigns),
        ):
            if patterns and len(row):
                row = row[matching(codes[row], touches.labels, patterns)]
        if once_per_day:
            row = row[self._first_of_day(row)]
        return Chosen(row, self.stretch[row], touches.at[row])

    def _first_of_day(self, row: Index) -> Bools:
        """This marks the first row per stretch, asset (or page, where there is no asset) and UTC day."""
        touches = self.touches
        asset = touches.asset[row]
        asset = np.where(asset > 0, asset, touches.page[row])
        # Rows come by stretch and time, so a day of a stretch is a run of them.
        run = np.cumsum(is_first(self.stretch[row]) | is_first(touches.at[row] // DAY))
        key = (run << 32) | asset
        order = np.argsort(key, kind="stable")
        first = np.empty(len(row), np.bool_)
        first[order] = is_first(key[order])
        return first

    def _stretches(self, kinds: tuple[str, ...]) -> tuple[Ints, Ints]:
        """This numbers the stretches of all rows and says when each ends."""
        person, at = self.touches.person, self.touches.at
        resets = self.rows_of(kinds)
        begins = is_first(person)
        if len(resets):
            # An epoch begins with its instant: what carries the same stamp belongs to the new one.
            instant = np.flatnonzero(begins | is_first(at))
            begins = begins.copy()
            begins[instant[np.searchsorted(instant, resets, side="right") - 1]] = True
        first = np.flatnonzero(begins)
        end = np.full(len(first), NEVER, np.int64)
        follows = person[first[1:]] == person[first[:-1]]
        end[:-1][follows] = at[first[1:]][follows]
        return np.cumsum(begins) - 1, end
