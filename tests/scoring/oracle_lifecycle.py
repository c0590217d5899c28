"""Where one person stands, found by walking from half day to half day and asking what happened in each.

It knows nothing of curves or tables of maps: one person, one tick, plain branches.
"""

from __future__ import annotations

from dataclasses import dataclass, field

RESETS = ("sales_rejected", "sales_nurture", "sales_recycled", "sales_disqualified", "deal_lost")
# What counts later within one tick counts more.
ORDER = (
    *(
        "task_done",
        "sales_rejected",
        "sales_recycled",
        "sales_nurture",
        "sales_disqualified",
        "sales_accepted",
    ),
    *("meeting", "opportunity_created", "deal_lost", "deal_won"),
)
AGAIN = ("lead", "lost", "nurture", "recycled", "rejected")


@dataclass(frozen=True)
class Word:
    """Something that happened at a tick: a kind of touch, and what it was about."""

    tick: int
    kind: str
    asset: str = ""


@dataclass(frozen=True)
class Times:
    """How long things last, in ticks. `rests` says so of the reasons for nurture."""

    window: int
    expiry: int
    silence: int
    rests: dict[str, int]


@dataclass
class Walk:
    """The walk so far. Spells are [begin, end, why]; the end is -1 while one is open."""

    times: Times
    state: str = "lead"
    spells: list[list[object]] = field(default_factory=list)
    sent_back: int = 0
    epoch: int = 0
    rest_ends: int = -1
    holder: str = ""
    qualified: bool = False
    false_since: int = -1_000

    def visible(self) -> str:
        if self.holder and self.state not in ("sql", "customer", "disqualified"):
            return "with_partner"
        return self.state

    def move(self, state: str, tick: int, why: str) -> None:
        if self.state == "mql" and state != "mql":
            self.spells[-1][1:] = [tick, why]
        was_theirs = self.state in ("mql", "sal", "appointment", "sql")
        if was_theirs and state in ("lost", "nurture", "recycled", "rejected"):
            self.sent_back += 1
        self.state = state

    def hear(self, word: Word) -> None:
        match word.kind:
            case _ if self.state == "customer":
                pass
            case "task_done" if self.state == "mql":
                self.move("sal", word.tick, "done")
            case "sales_rejected":
                self.move("rejected", word.tick, "rejected")
            case "sales_recycled":
                self.move("recycled", word.tick, "recycled")
            case "sales_nurture":
                self.move("nurture", word.tick, "nurture")
            case "sales_disqualified":
                self.move("disqualified", word.tick, "disqualified")
            case "sales_accepted" if self.state not in ("sal", "appointment", "sql"):
                self.move("sal", word.tick, "accepted")
            case "meeting" if self.state in ("mql", "sal"):
                self.move("appointment", word.tick, "appointment")
            case "opportunity_created":
                self.move("sql", word.tick, "opportunity")
            case "deal_lost" if self.state in ("lead", "mql", "sal", "appointment", "sql"):
                self.move("lost", word.tick, "lost")
            case "deal_won":
                self.move("customer", word.tick, "won")

    def tick(self, now: int, words: list[Word]) -> None:
        said = [word for word in words if word.tick == now]
        for kind in ORDER:
            for word in [word for word in said if word.kind == kind]:
                self.hear(word)
        if any(word.kind in RESETS for word in said):
            self.epoch = now
        naps = [self.times.rests.get(word.asset, 0) for word in said if word.kind == "sales_nurture"]
        if naps:
            self.rest_ends = now + max(naps) if max(naps) else -1
        elif now == self.rest_ends and self.state == "nurture":
            self.move("recycled", now, "")
        self.let_time_pass(now, words)
        for word in said:
            if word.kind == "custody_returned":
                self.holder = ""
        for word in sorted(said, key=lambda word: word.asset):
            if word.kind == "custody_given":
                self.holder = word.asset

    def let_time_pass(self, now: int, words: list[Word]) -> None:
        was = self.qualified
        demos = [
            word.tick for word in words if word.kind == "demo_request" and self.epoch <= word.tick <= now
        ]
        self.qualified = any(now - tick < self.times.window for tick in demos)
        if was and not self.qualified:
            self.false_since = now
        if self.state == "mql" and not self.qualified and now - self.false_since >= self.times.expiry:
            self.move("lead", now, "expired")
        if self.state == "mql" and now - int(str(self.spells[-1][0])) == self.times.silence:
            since = int(str(self.spells[-1][0]))
            if not any(word.kind == "sales_disputed" and since <= word.tick <= now for word in words):
                self.move("sal", now, "silence")
        if self.qualified and not was and self.state in AGAIN:
            self.state = "mql"
            self.spells.append([now, -1, ""])


def walk(words: list[Word], until: int, times: Times) -> Walk:
    """The walk through every tick up to `until`."""
    found = Walk(times)
    for now in range(until + 1):
        found.tick(now, words)
    return found
