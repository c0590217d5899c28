"""Who brought a person and why, in words: lines of evidence, and the one sentence a CRM shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from scoring.partner import CLAIMANTS, OWN
from scoring.partners.claims import WHYS
from scoring.touches import NEVER, SECOND
from scoring.verdicts import Verdicts

LENGTH_MAX = 255  # the shortest text field of the CRMs we write to
NAME_MAX = 60
OWN_MARKETING = "Own marketing"
KINDS = {
    "deal_registration": "deal registration",
    "partner_link": "partner link",
    "landing_page": "landing page",
    "utm": "UTM",
    "content": "shared content",
    "campaign": "shared campaign",
    "list_import": "partner's list",
    "referral": "referral",
    OWN: "own marketing",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOT_TOUCHED = ("deal_registration", "list_import", OWN)  # these are told of a person, not done by her


@dataclass(frozen=True, slots=True)
class Line:
    """Evidence that fared alike: what won, by itself, and what lost, gathered by partner, kind and cause.

    `partner` and `rival` are slugs, `own` for own marketing, "" for nobody. A claim holds in [at, until);
    where another one ended it before its time, `why` is `taken_over` and the rival is who took over.
    Otherwise `why` is one of WHYS and the rival is who held the person when this evidence lost.
    """

    partner: str
    name: str
    kind: str
    at: int
    last_at: int
    times: int
    wins: bool
    until: int
    why: str
    rival: str
    rival_name: str
    rival_kind: str
    rival_at: int

    def holds(self, at: int) -> bool:
        return self.wins and self.at <= at < self.until


def lines(verdicts: Verdicts, person: int) -> tuple[Line, ...]:
    """This is all evidence of partners about one person up to the verdict's instant, the earliest first."""
    found: dict[tuple[object, ...], Line] = {}
    winners: list[tuple[Line, int]] = []
    for line, ends in _told(verdicts, person):
        if line.wins:
            winners.append((line, ends))
            continue
        group = (line.partner, line.kind, line.why, line.rival, line.rival_at)
        before = found.get(group)
        found[group] = replace(before, last_at=line.at, times=before.times + 1) if before else line
    told = [*_taken_over(winners), *found.values()]
    if all(line.partner == OWN for line in told):
        return ()
    return tuple(sorted(told, key=lambda line: (line.at, not line.wins, line.partner, line.kind)))


def _told(verdicts: Verdicts, person: int) -> Iterator[tuple[Line, int]]:
    """These are the rows of one person, each with when it would have ended by itself. What own marketing saw
    too late is left out: nobody asks how often we came too late ourselves."""
    claims = verdicts.claims
    first, end = np.searchsorted(claims.person, [person, person + 1])
    if first == end:
        return
    slugs, names = (*verdicts.partners, OWN, ""), (*verdicts.claimants, OWN_MARKETING, "")
    columns = (
        *(claims.at, claims.partner, claims.kind, claims.wins, claims.until, claims.ends),
        *(claims.why, claims.rival, claims.rival_kind, claims.rival_at),
    )
    rows = zip(*(column[first:end].tolist() for column in columns), strict=True)
    for at, partner, kind, wins, until, ends, why, rival, rival_kind, rival_at in rows:
        if at > verdicts.as_of or (slugs[partner] == OWN and not wins):
            continue
        line = Line(
            partner=slugs[partner],
            name=names[partner],
            kind=CLAIMANTS[kind],
            at=at,
            last_at=at,
            times=1,
            wins=wins,
            until=until,
            why=WHYS[why],
            rival=slugs[rival],
            rival_name=names[rival],
            rival_kind=CLAIMANTS[rival_kind] if rival >= 0 else "",
            rival_at=rival_at,
        )
        yield line, ends


def _taken_over(winners: Sequence[tuple[Line, int]]) -> Iterator[Line]:
    """A claim that ended before its time was taken over by the next one, which may be its own partner's."""
    yield from (line for line, _ in winners[-1:])
    for (line, ends), (following, _) in pairwise(winners):
        is_taken = line.until < ends and following.partner != line.partner
        yield (
            replace(
                line,
                why="taken_over",
                rival=following.partner,
                rival_name=following.name,
                rival_kind=following.kind,
                rival_at=following.at,
            )
            if is_taken
            else line
        )


def influencing(verdicts: Verdicts, person: int) -> tuple[str, ...]:
    """These partners, besides the one who holds her, had to do with her becoming MQL: slugs, sorted."""
    converted_at = int(verdicts.qualified_at[person])
    if not converted_at:
        return ()
    holder = verdicts.partner_of(person)[0]
    claims = verdicts.claims
    first, end = np.searchsorted(claims.person, [person, person + 1])
    at, partner = claims.at[first:end], claims.partner[first:end]
    told = np.isin(claims.kind[first:end], [CLAIMANTS.index(kind) for kind in _NOT_TOUCHED])
    near = ~told & (at <= converted_at) & (at > converted_at - verdicts.influence)
    slugs = {verdicts.partners[one] for one in np.unique(partner[near]).tolist()}
    return tuple(sorted(slugs - {holder}))


def evidence_sentence(verdicts: Verdicts, person: int) -> str:
    """This says who holds her on what evidence, who lost and why; "" where no partner has any."""
    told = lines(verdicts, person)
    if not told:
        return ""
    holder = next((line for line in told if line.holds(verdicts.as_of)), None)
    if holder is None:
        return _nobody(told)
    until = f", until {day(holder.until)}" if holder.until < NEVER else ""
    said = f"{_named(holder)}, {day(holder.at)}{until}."
    latest = {line.partner: line for line in told if line.partner != holder.partner and line.rival}
    others = sorted(latest.values(), key=lambda line: (-line.last_at, line.partner))
    for number, line in enumerate(others):
        by = "" if line.partner == OWN else f"{KINDS[line.kind]}, "
        more = f" {line.name[:NAME_MAX]} lost ({by}{day(line.at)}): {reason(line)}."
        rest = f" {len(others) - number} more lost."
        room = LENGTH_MAX - (
            len(f" {len(others) - number - 1} more lost.") if number + 1 < len(others) else 0
        )
        if len(said) + len(more) > room:
            return (said + rest)[:LENGTH_MAX]
        said += more
    return said


def _nobody(told: Sequence[Line]) -> str:
    ended = [line for line in told if line.wins]
    if not ended:
        return f"No claim: {_named(told[-1])}, {day(told[-1].at)}."
    last = ended[-1]
    return f"No claim any more: {_named(last)}, {day(last.at)}, ended {day(last.until)}."


def _named(line: Line) -> str:
    return OWN_MARKETING if line.partner == OWN else f"{line.name[:NAME_MAX]}: {KINDS[line.kind]}"


def reason(line: Line) -> str:
    """This is why evidence lost, or how a claim ended before its time."""
    rival = KINDS.get(line.rival_kind, "")
    match line.why:
        case "taken_over":
            return f"taken over by {rival}, {day(line.rival_at)}"
        case "supports":
            return "supports the claim that its partner holds"
        case "outranked":
            return f"{rival} ranks higher"
        case "later":
            return f"{rival} came first, {day(line.rival_at)}"
        case "recorded_later":
            return "same instant, recorded later"
        case "named_later":
            return "same instant, by the order of keys"
        case "no_claim":
            return f"{KINDS[line.kind]} claims nobody"
        case _:
            return "holds" if line.wins else ""


def day(at: int) -> str:
    """This is the day of an instant, UTC."""
    then = datetime.fromtimestamp(at / SECOND, tz=UTC)
    return f"{then.day} {_MONTHS[then.month - 1]} {then.year}"
