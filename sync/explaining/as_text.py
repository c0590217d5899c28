"""An explanation as people read it in a terminal: who, why, every point; then what was, and what comes.

What is shortened is summed up in a line of its own, so that the points add up on the screen, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports import wording
from scoring.definitions.checklist import Exclusive
from scoring.definitions.conditions import GRADES
from scoring.ledger import Clip, Contribution, FitLine, TouchLine, points_text
from scoring.partners.words import KINDS, Line, day, influencing
from scoring.partners.words import lines as claim_lines
from scoring.partners.words import reason as claim_reason
from scoring.touches import ALWAYS, NEVER
from scoring.verdicts import Verdicts
from sync import clock
from sync.clock import DAY, HOUR, MINUTE, SECOND
from sync.explaining.as_table import paragraph, printable, table
from sync.explaining.explain import Explained
from sync.explaining.words import missing, other_way, outline, way
from sync.store.hindsight import Late

ROWS_MAX = 25  # as many contributions as fit on a screen
LATE_MAX = 10
WAYS_MAX = 5
WIDE = 120  # from here on a contribution is one line
SPANS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"))


def lines(found: Explained, width: int = 80) -> list[str]:
    """This is the explanation for a terminal of `width` columns."""
    sections = [
        _head(found, width),
        _points(found, width),
        _hindsight(found, width),
        _asked(found, width),
        claims(found, width),
        _past(found, width),
        _turns(found, width),
        _beside(found, width),
        _rest(found, width),
    ]
    shown: list[str] = []
    for section in sections:
        if some := list(section):
            shown += ["", *some] if shown else some
    return shown


def _head(found: Explained, width: int) -> Iterator[str]:
    verdicts = found.now.verdicts
    yield f"Person {found.person}: {verdicts.status_of(0)}{_since(verdicts)}"
    yield from paragraph(found.now.reason, width)
    judge = verdicts.judged_by(0)
    by = f"{judge.label} ({judge.name}, version {judge.version})" if judge else "no definition"
    yield from paragraph(f"As of {_instant(verdicts.as_of)}, by {by}", width)
    yield from paragraph(
        f"Score {points_text(int(verdicts.score[0]))}: engagement "
        f"{points_text(int(verdicts.engagement[0]))}, fit {points_text(int(verdicts.fit[0]))}; "
        f"grade {GRADES[verdicts.grade[0]]}, {verdicts.grid_of(0)} in the grid",
        width,
    )
    for one in found.now.told.exclusions:
        yield from paragraph(f"Class: {_excluded(one)}", width)
    if found.held_out:
        yield "Held out: scored like all others, but no CRM hears of it (see `mqlsync holdout`)"
    if verdicts.would_be_mql[0]:
        yield "Would be an MQL if what machines did counted"
    slug, tier = verdicts.partner_of(0)
    if slug:
        yield printable(f"Partner: {slug} ({tier})" if tier else f"Partner: {slug}")
    if others := influencing(verdicts, 0):
        yield from paragraph(f"Partners who influenced it: {', '.join(others)}", width)
    if verdicts.as_of < found.begins_at < NEVER:
        yield f"Nothing is known of this person before {_instant(found.begins_at)}"
    yield ""
    rows = [[n.key, n.state, n.joined_by and f"by {n.joined_by}"] for n in found.names]
    yield from table(rows, width, yields=(0,))


def _since(verdicts: Verdicts) -> str:
    since = int(verdicts.qualified_at[0])
    if not since:
        return ""
    is_news = verdicts.status_of(0) in ("mql", "sal", "appointment", "sql", "customer")
    return f", {'qualified' if is_news else 'last qualified'} {_instant(since)}"


def _excluded(one: Exclusive) -> str:
    return f"{one.reason} (excluded: {' or '.join(wording.sentence(cause) for cause in one.causes)})"


def _points(found: Explained, width: int) -> Iterator[str]:
    told = found.now.told
    shown = sorted(told.contributions, key=lambda one: (-abs(one.points_now), -one.at))
    rest = shown[ROWS_MAX:]
    yield "Points (times in UTC)"
    if width >= WIDE:
        rows = [["now", "of", "when", "what", "touch", "source", "fades", "ends"]]
        rows += [_row(one, found) for one in shown[:ROWS_MAX]]
        rows += _sums(rest, told.fit, told.clips, told.total)
        yield from table(rows, width, right=2, yields=(3, 4, 5))
        return
    rows = [["now", "of", "when", "what"]]
    rows += [_row(one, found)[:4] for one in shown[:ROWS_MAX]]
    rows += _sums(rest, told.fit, told.clips, told.total)
    laid = list(table(rows, width, right=2, yields=(3,)))
    indent = " " * (len(laid[0]) - len(laid[0].lstrip()) + 10)
    yield laid[0]
    for line, one in zip(laid[1:], shown[:ROWS_MAX], strict=False):
        yield line
        touch, source, fades, ends = _row(one, found)[4:]
        until = ", ".join([*([f"fades {fades}"] if fades else []), f"ends {ends}" if ends else "stays"])
        said = "; ".join(part for part in (touch, source, until) if part)
        yield from paragraph(said, width, indent)
    yield from laid[1 + len(shown[:ROWS_MAX]) :]


def _row(one: Contribution, found: Explained) -> list[str]:
    fades = _day(one.next_fade_at) if one.next_fade_at < one.expires_at else ""
    ends = _day(one.expires_at) if one.expires_at < NEVER else ""
    points = [points_text(one.points_now), points_text(one.points_at_start)]
    touch, source = one.value, ""
    if one.touch:
        is_said = one.touch.kind.replace("_", " ") == one.label
        touch = one.touch.asset or one.touch.page or one.touch.campaign if is_said else _what(one.touch)
        source = _source(found, one.touch.id)
    if one.colleagues:
        touch = "; ".join(_colleague(found, each) for each in one.colleagues)
    return [*points, _minute(one.at) if one.at > ALWAYS else "", one.label, touch, source, fades, ends]


def _sums(
    rest: Sequence[Contribution], fit: Sequence[FitLine], clips: Sequence[Clip], total: int
) -> Iterator[list[str]]:
    if rest:
        yield [points_text(sum(one.points_now for one in rest)), "", "", f"{len(rest)} more"]
    for line in fit:
        told = f"{line.value} → {line.band}" if line.band and line.band != line.value else line.value
        yield [points_text(line.points), "", "fit", f"{line.label}: {told or 'unknown'}"]
    for clip in clips:
        what = "cut off by the cap" if clip.points < 0 else "given back by the floor"
        yield [points_text(clip.points), "", "", f"{what} of {clip.of}"]
    yield [points_text(total), "", "", "score"]


def _hindsight(found: Explained, width: int) -> Iterator[str]:
    if not found.late:
        return
    if found.then is not None and found.differs:
        yield "As it is known today, and as it was known then"
        now, then = _brief(found.now.verdicts), _brief(found.then.verdicts)
        rows = [["", "today", "then"]]
        rows += [[name, now[name], then[name]] for name in now]
        yield from table(rows, width, yields=(1, 2))
        yield from paragraph(f"The reason was then: {found.then.reason}", width)
    else:
        yield "As it was known then: the same"
    yield "Came later"
    rows = [_late(one, found) for one in found.late[:LATE_MAX]]
    yield from table(rows, width, yields=(1, 3))
    if len(found.late) > LATE_MAX:
        yield f"  … and {len(found.late) - LATE_MAX} more"


def _late(one: Late, found: Explained) -> list[str]:
    after = f"{_span(one.recorded_at - one.occurred_at)} later" if one.occurred_at else "new"
    known = "we read it" if one.by_us else "recorded"
    return [
        _minute(one.occurred_at),
        one.what,
        f"arrived {after}",
        f"{known} {_minute(one.recorded_at)}",
        _source(found, one.touch),
    ]


def _brief(verdicts: Verdicts) -> dict[str, str]:
    judge = verdicts.judged_by(0)
    since = int(verdicts.qualified_at[0])
    return {
        "status": verdicts.status_of(0),
        "qualified": _instant(since) if since else "never",
        "score": points_text(int(verdicts.score[0])),
        "engagement": points_text(int(verdicts.engagement[0])),
        "fit": f"{points_text(int(verdicts.fit[0]))} ({GRADES[verdicts.grade[0]]})",
        "grid": verdicts.grid_of(0),
        "class": verdicts.reason_of(0) or "none",
        "judged by": f"{judge.name} {judge.version}" if judge else "nobody",
    }


def _asked(found: Explained, width: int) -> Iterator[str]:
    asked = found.now.told.asked
    if asked is None:
        return
    yield "Qualifies: yes" if asked.holds else "Qualifies: not yet"
    for depth, holds, text in outline(asked):
        yield from paragraph(f"{'[x]' if holds else '[ ]'} {text}", width, "  " + "  " * depth)
    if texts := missing(asked):
        yield from paragraph(f"Missing: {'; '.join(texts)}", width)
    for one in found.ways[:WAYS_MAX]:
        times = "once" if one.times == 1 else f"{one.times} times"
        gain = f" (+{points_text(one.points)} points)" if one.points else ""
        yield from paragraph(f"Would be enough: {way(one)}, {times}{gain}", width)
    for other in found.elsewhere[:WAYS_MAX]:
        gain = f" (+{points_text(other.points)} points)" if other.points else ""
        yield from paragraph(f"No touch of hers: {other_way(other)}{gain}", width)


def claims(found: Explained, width: int) -> Iterator[str]:
    """The rule is told with them, so that whoever lost can see that it is the same for all."""
    verdicts = found.now.verdicts
    told = claim_lines(verdicts, 0)
    if not told:
        return
    yield "Who brought this person (days in UTC)"
    rows = [["", "claimant", "evidence", "from", "until", "why"]]
    rows += [
        [
            _fate(one, verdicts.as_of),
            one.name,
            KINDS[one.kind] + (f" ({one.times} times)" if one.times > 1 else ""),
            day(one.at),
            day(one.until) if one.wins and one.until < NEVER else "",
            _why(one),
        ]
        for one in told
    ]
    yield from table(rows, width, yields=(5, 1))
    order = ", ".join(KINDS[kind] for kind in found.claim_order)
    yield from paragraph(
        f"The first evidence opens a claim, evidence that ranks higher takes over: {order}", width
    )


def _fate(line: Line, as_of: int) -> str:
    if line.wins:
        return "holds" if line.holds(as_of) else "held"
    return "adds" if line.why == "supports" else "lost"


def _why(line: Line) -> str:
    if line.why in ("wins", "supports"):
        return ""
    return f"{line.rival_name}: {claim_reason(line)}" if line.rival else claim_reason(line)


def _past(found: Explained, width: int) -> Iterator[str]:
    if not found.spells:
        return
    yield "Spells as MQL (times in UTC)"
    rows = [["", "from", "until", "ended by", "judged by", "first seen"]]
    rows += [
        [
            str(one.number),
            _minute(one.qualified_at),
            _minute(one.ended_at) if one.ended_at else "goes on",
            one.ended_by,
            f"{one.definition} {one.version}",
            _minute(one.noticed_at) if one.noticed_at else "",
        ]
        for one in found.spells
    ]
    yield from table(rows, width, yields=(4,))


def _turns(found: Explained, width: int) -> Iterator[str]:
    if not found.turns:
        return
    yield "How it came to this (times in UTC)"
    shown = found.turns[-ROWS_MAX:]
    rows = [["when", "became", "by", "reason", "who", "source"]]
    rows += [
        [
            _minute(one.at),
            one.became,
            one.event,
            one.reason,
            one.who,
            _source(found, one.touch.id) if one.touch else "",
        ]
        for one in shown
    ]
    if len(found.turns) > len(shown):
        yield f"  … {len(found.turns) - len(shown)} earlier ones"
    yield from table(rows, width, yields=(3, 4, 5))


def _beside(found: Explained, width: int) -> Iterator[str]:
    if not found.beside:
        return
    yield "Other definitions, which do not count for her"
    rows = [["definition", "status", "score", "grid", "qualified (UTC)", ""]]
    rows += [
        [
            f"{one.definition} {one.version}",
            one.status,
            points_text(one.score) if one.status else "",
            one.grid if one.status else "",
            _minute(one.qualified_at) if one.qualified_at else "",
            one.why,
        ]
        for one in found.beside
    ]
    yield from table(rows, width, yields=(0, 5))


def _rest(found: Explained, width: int) -> Iterator[str]:
    for name, origin in (("First touch", found.first), ("Last touch", found.last)):
        if origin is not None:
            came = " / ".join(part for part in (origin.channel, origin.source, origin.campaign) if part)
            told = f"{name}: {_instant(origin.touch.at)} {_what(origin.touch)}"
            yield from paragraph(f"{told}, {came}" if came else told, width)
    voided = found.now.told.voided
    for one in voided[:ROWS_MAX]:
        told = f"Does not count: {_instant(one.touch.at)} {_what(one.touch)} ({', '.join(one.signs)})"
        yield from paragraph(told, width)
    if len(voided) > ROWS_MAX:
        yield f"Does not count: {len(voided) - ROWS_MAX} more"
    recheck_at = int(found.now.verdicts.recheck_at[0])
    yield f"Next change by itself: {_instant(recheck_at) if recheck_at < NEVER else 'none'}"


def _source(found: Explained, touch: int) -> str:
    """This is where a touch was read, and where else the same event was seen."""
    read = [found.sources[one] for one in (touch, *found.also_seen.get(touch, ())) if one in found.sources]
    return ", also seen in ".join(f"{source.connection} {source.source_id}" for source in read)


def _colleague(found: Explained, touch: TouchLine) -> str:
    """A colleague goes by her number, and only what a rule looks at is told of her."""
    source = found.sources.get(touch.id)
    who = f"person {source.person}" if source else "somebody"
    return f"{who} {touch.kind.replace('_', ' ')} {_day(touch.at)}"


def _what(touch: TouchLine) -> str:
    return f"{touch.kind.replace('_', ' ')} {touch.asset or touch.page or touch.campaign}".strip()


def _instant(at: int) -> str:
    return f"{_minute(at)} UTC"


def _minute(at: int) -> str:
    return clock.text(at)[:16].replace("T", " ")


def _day(at: int) -> str:
    return clock.text(at)[:10]


def _span(micros: int) -> str:
    """This is about how long; people do not need it to the second."""
    size, name = next(((size, name) for size, name in SPANS if micros >= size), SPANS[-1])
    number = micros // size
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
