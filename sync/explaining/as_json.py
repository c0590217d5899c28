"""An explanation as one JSON object: points as numbers, instants as ISO texts or null."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports import wording
from scoring.definitions.checklist import Point
from scoring.definitions.conditions import GRADES, AllOf, AnyOf, AtLeast, GradeIs, NotOf, Reaches
from scoring.definitions.definition import POINT
from scoring.ledger import Contribution, TouchLine
from scoring.partners.words import Line, influencing, reason
from scoring.partners.words import lines as claim_lines
from scoring.touches import NEVER
from scoring.verdicts import Verdicts
from sync import clock
from sync.explaining.explain import Beside, Explained, Origin, Spell, View
from sync.explaining.turns import Turn
from sync.explaining.words import missing, other_way, way
from sync.masking import masked_text
from sync.store.hindsight import Source

Sources = Mapping[int, Source]


def as_dict(found: Explained) -> dict[str, Any]:
    """This is everything that is known of her case."""
    told, verdicts = found.now.told, found.now.verdicts
    return {
        "person": found.person,
        "held_out": found.held_out,
        "as_of": _iso(verdicts.as_of),
        "known_since": _iso(found.begins_at),
        "names": [
            {"key": n.key, "kind": n.kind, "state": n.state, "joined_by": n.joined_by or None}
            for n in found.names
        ],
        **_view(found.now, found.sources),
        "qualified_by": told.asked and _point(told.asked),
        "missing": missing(told.asked) if told.asked else [],
        "cheapest": [
            {"rule": one.rule or None, "label": way(one), "times": one.times, "points": _points(one.points)}
            for one in found.ways
        ],
        "elsewhere": [
            {"rule": one.rule or None, "label": other_way(one), "points": _points(one.points)}
            for one in found.elsewhere
        ],
        "known_then": _known_then(found),
        "claims": [_claim(one, verdicts.as_of) for one in claim_lines(verdicts, 0)],
        "claim_order": list(found.claim_order),
        "partners_influencing": list(influencing(verdicts, 0)),
        "episodes": [_episode(one) for one in found.spells],
        "states": [_turn(one, found.sources) for one in found.turns],
        "beside": [_beside(one) for one in found.beside],
        "first_touch": _origin(found.first, found.sources),
        "last_touch": _origin(found.last, found.sources),
        "also_seen": [
            {"touch": touch, "sources": [_source(found.sources.get(one)) for one in others]}
            for touch, others in found.also_seen.items()
        ],
        "recheck_at": _iso(int(verdicts.recheck_at[0])),
    }


def _episode(one: Spell) -> dict[str, Any]:
    return {
        "number": one.number,
        "qualified_at": _iso(one.qualified_at),
        "ended_at": _iso(one.ended_at),
        "ended_by": one.ended_by or None,
        "definition": {"name": one.definition, "version": one.version},
        "noticed_at": _iso(one.noticed_at),
    }


def _turn(one: Turn, sources: Sources) -> dict[str, Any]:
    return {
        "at": _iso(one.at),
        "became": one.became,
        "by": one.event,
        "reason": one.reason or None,
        "who": one.who or None,
        "source": _source(sources.get(one.touch.id)) if one.touch else None,
    }


def _claim(one: Line, as_of: int) -> dict[str, Any]:
    return {
        "partner": one.partner,
        "name": one.name,
        "evidence": one.kind,
        "at": _iso(one.at),
        "last_at": _iso(one.last_at),
        "times": one.times,
        "won": one.wins,
        "holds": one.holds(as_of),
        "until": _iso(one.until) if one.wins else None,
        "why": one.why,
        "reason": reason(one),
        "rival": one.rival or None,
    }


def _beside(one: Beside) -> dict[str, Any]:
    return {
        "definition": {"name": one.definition, "version": one.version},
        "why": one.why,
        "status": one.status or None,
        "score": _points(one.score) if one.status else None,
        "grid": one.grid if one.status else None,
        "qualified_at": _iso(one.qualified_at),
    }


def _view(view: View, sources: Sources) -> dict[str, Any]:
    told, verdicts = view.told, view.verdicts
    return {
        **_verdict(verdicts),
        "reason": view.reason,
        "exclusions": [
            {"reason": one.reason, "because": [wording.sentence(cause) for cause in one.causes]}
            for one in told.exclusions
        ],
        "contributions": [_contribution(one, view, sources) for one in told.contributions],
        "fit_lines": [
            {
                "criterion": f.criterion,
                "label": f.label,
                "value": f.value,
                "band": f.band or None,
                "points": _points(f.points),
            }
            for f in told.fit
        ],
        "clips": [{"of": clip.of, "points": _points(clip.points)} for clip in told.clips],
        "voided": [_touch(one.touch, sources) | {"signs": list(one.signs)} for one in told.voided],
    }


def _verdict(verdicts: Verdicts) -> dict[str, Any]:
    slug, tier = verdicts.partner_of(0)
    judge = verdicts.judged_by(0)
    return {
        "status": verdicts.status_of(0),
        "score": _points(int(verdicts.score[0])),
        "engagement": _points(int(verdicts.engagement[0])),
        "fit": _points(int(verdicts.fit[0])),
        "grade": GRADES[verdicts.grade[0]],
        "grid": verdicts.grid_of(0),
        "definition": {"name": judge.name, "version": judge.version} if judge else None,
        "qualified_at": _iso(int(verdicts.qualified_at[0])),
        "class": verdicts.reason_of(0) or None,
        "excluded_because": verdicts.reason_of(0) or None,
        "would_be_mql_with_machines": bool(verdicts.would_be_mql[0]),
        "partner": {"slug": slug, "tier": tier} if slug else None,
    }


def _known_then(found: Explained) -> dict[str, Any]:
    view = found.then or found.now
    return {
        "differs": found.differs,
        **_view(view, found.sources),
        "late": [
            {
                "what": one.what,
                "touch": one.touch or None,
                "source": _source(found.sources.get(one.touch)),
                "occurred_at": _iso(one.occurred_at),
                "recorded_at": _iso(one.recorded_at),
                "recorded_by": "mqlsync" if one.by_us else "crm",
            }
            for one in found.late
        ],
    }


def _point(point: Point) -> dict[str, Any]:
    condition = point.condition
    told: dict[str, Any] = {
        "condition": wording.sentence(condition),
        "holds": point.holds,
        "has": point.has,
        "needs": point.needs,
    }
    if isinstance(condition, Reaches):
        told |= {"has": _points(point.has), "needs": _points(point.needs)}
    if isinstance(condition, GradeIs):
        told |= {"has": GRADES[point.has], "needs": GRADES[point.needs]}
    if point.value:
        told["has"] = point.value
    if isinstance(condition, AllOf | AnyOf | AtLeast | NotOf):
        told["parts"] = [_point(part) for part in point.parts]
    return told


def _contribution(one: Contribution, view: View, sources: Sources) -> dict[str, Any]:
    judge = view.told.definition
    return {
        "rule": one.rule,
        "label": one.label,
        "group": one.group,
        "definition": {"name": judge.name, "version": judge.version} if judge else None,
        "at": _iso(one.at),
        "touch": _touch(one.touch, sources) if one.touch else None,
        "value": one.value or None,
        "colleagues": [_colleague(touch, sources) for touch in one.colleagues],
        "points_at_start": _points(one.points_at_start),
        "points_now": _points(one.points_now),
        "next_fade_at": _iso(one.next_fade_at),
        "expires_at": _iso(one.expires_at),
    }


def _touch(touch: TouchLine, sources: Sources) -> dict[str, Any]:
    return {
        "id": touch.id,
        "source": _source(sources.get(touch.id)),
        "at": _iso(touch.at),
        "recorded_at": _iso(touch.recorded_at),
        "kind": touch.kind,
        "asset": touch.asset,
        "page": touch.page,
        "campaign": touch.campaign,
        "url": touch.url,
    }


def _colleague(touch: TouchLine, sources: Sources) -> dict[str, Any]:
    """This tells of a colleague only what a rule looks at, and her number."""
    source = sources.get(touch.id)
    return {
        "person": source.person if source else None,
        "id": touch.id,
        "source": _source(source),
        "at": _iso(touch.at),
        "kind": touch.kind,
        "page": masked_text(touch.page),
    }


def _source(source: Source | None) -> dict[str, Any] | None:
    if source is None:
        return None
    return {"crm": source.connection, "id": masked_text(source.source_id)}


def _origin(origin: Origin | None, sources: Sources) -> Mapping[str, Any] | None:
    if origin is None:
        return None
    came = {"channel": origin.channel, "source": origin.source, "campaign": origin.campaign}
    return came | {"touch": _touch(origin.touch, sources)}


def _iso(at: int) -> str | None:
    return clock.text(at) or None if -NEVER < at < NEVER else None


def _points(thousandths: int) -> float | int:
    return thousandths / POINT if thousandths % POINT else thousandths // POINT
