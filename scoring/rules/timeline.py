"""Who did what in which epoch: facts cut into stretches, ready for rules to choose from."""

from __future__ import annotations

import numpy as np

from scoring.attribution import has_evidence
from scoring.context import Context
from scoring.curves import Curve, Index, is_first, look_up
from scoring.definitions.definition import MachineClicks
from scoring.definitions.kinds import Match
from scoring.machines import machine_clicks
from scoring.patterns import matching
from scoring.rules.moments import Chosen
from scoring.touches import ALWAYS, DAY, NEVER, Bools, Facts, Ints

# These send a person back to marketing; what she did before no longer counts.
RESETS = ("sales_rejected", "sales_nurture", "sales_recycled", "sales_disqualified", "deal_lost")


class Timeline:
    """People's touches with their stretches. Machine clicks are `voided` and never chosen.

    `resets` are the kinds of touches that begin a new stretch; without any, a stretch is a whole life.
    `person`, `begin` and `end` say whose each stretch is and when; `stretch` is that of every touch.
    `since` lies before every instant that anybody asks about: curves need not reach further back.
    """

    def __init__(
        self,
        facts: Facts,
        machine: MachineClicks,
        context: Context,
        *,
        resets: tuple[str, ...] = RESETS,
        since: int = ALWAYS,
        voided: Bools | None = None,
    ) -> None:
        self.facts, self.touches = facts, facts.touches
        self.machine, self.context, self.resets, self.since = machine, context, resets, since
        self.voided = machine_clicks(facts.touches, machine) if voided is None else voided
        self._code = {label: code for code, label in enumerate(facts.touches.labels)}.get
        self._rows: dict[int, Index] = {}
        self._cut()

    def life_long(self) -> Timeline:
        """This is the same without epochs."""
        return Timeline(
            self.facts, self.machine, self.context, resets=(), since=self.since, voided=self.voided
        )

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
        if match.partners and len(row):
            row = row[has_evidence(touches.take(row), self.context, match.partners)]
        if once_per_day:
            row = row[self._first_of_day(row)]
        return Chosen(row, self.stretch[row], touches.at[row])

    def stretch_of(self, person: Ints, at: Ints) -> Ints:
        """This is the stretch in which these instants of these people lie."""
        return self._first[person] + look_up(self._resets, person, at)

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

    def _cut(self) -> None:
        """This numbers the stretches: everybody has one, and one more from each reset on."""
        touches, people = self.touches, self.facts.people
        row = self.rows_of(self.resets)
        if len(row):
            # An epoch begins with its instant: what carries the same stamp belongs to the new one.
            instant = np.flatnonzero(is_first(touches.person) | is_first(touches.at))
            row = np.unique(instant[np.searchsorted(instant, row, side="right") - 1])
        who, at = touches.person[row].astype(np.int64), touches.at[row]
        count = np.bincount(who, minlength=people)
        before = np.cumsum(count) - count
        self._first = np.arange(people) + before
        self._resets = Curve(who, at, np.arange(1, len(who) + 1) - before[who])
        self.person: Ints = np.repeat(np.arange(people), count + 1)
        self.begin = np.full(len(self.person), ALWAYS, np.int64)
        self.begin[self._first[who] + self._resets.value] = at
        self.end = np.append(np.where(self.begin[1:] > ALWAYS, self.begin[1:], NEVER), NEVER)[
            : len(self.person)
        ]
        begins = np.zeros(len(touches), np.int64)
        begins[row] = 1
        self.stretch: Ints = touches.person.astype(np.int64) + np.cumsum(begins)
