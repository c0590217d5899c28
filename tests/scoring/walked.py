"""Journeys made by hand for the tests of attribution models: a letter or a name is a channel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from oracle_models import Goal, Touch

from scoring.attribution import Sources
from scoring.channel import Origin
from scoring.models.journeys import Conversions, Journeys, Steps, journeys, steps, unconverted
from scoring.touches import DAY, touches_of

T = 20_000 * DAY
CHANNELS = ("Direct", "Email", "Paid Search")


def trail(touches: Sequence[Touch], unit: Sequence[int] | None = None) -> Steps:
    """These are the steps of touches that all tell."""
    channels = list(dict.fromkeys(one.channel for one in touches))
    found = touches_of(
        {"id": one.id, "person": one.person, "at": one.at, "asset": one.channel} for one in touches
    )
    which = np.array([channels.index(found.labels[code]) for code in found.asset], np.int64)
    told = Sources([Origin(one, one) for one in channels], which, np.ones(len(found), np.bool_))
    return steps(found, told, None if unit is None else np.array(unit, np.int64))


def goals(*several: Goal) -> Conversions:
    """These are the goals as columns."""
    columns = [[getattr(one, name) for one in several] for name in Goal.__dataclass_fields__]
    return Conversions(*(np.array(column, np.int64) for column in columns))


def path(channels: str | Sequence[str], **milestones: int) -> Journeys:
    """This is one journey with a touch a day, the last on the day of the conversion."""
    touches = [Touch(n, 0, T + n * DAY, channel) for n, channel in enumerate(channels)]
    days = {name: T + day * DAY for name, day in milestones.items()}
    return journeys(trail(touches), goals(Goal(0, T + (len(channels) - 1) * DAY, **days)), None)


def paths(*several: str) -> Journeys:
    """These are journeys of one person each; a letter is a channel."""
    touches = [
        Touch(100 * person + n, person, T + n * DAY, channel)
        for person, channels in enumerate(several)
        for n, channel in enumerate(channels)
    ]
    return journeys(trail(touches), goals(*(Goal(n, T + 99 * DAY) for n in range(len(several)))), None)


def won_and_lost(won: Sequence[str], lost: Sequence[str]) -> tuple[Journeys, Journeys]:
    """These are the journeys of people who converted, and of others who did not."""
    touches = [
        Touch(100 * person + n, person, T + n * DAY, channel)
        for person, channels in enumerate([*won, *lost])
        for n, channel in enumerate(channels)
    ]
    walked, end = trail(touches), T + 99 * DAY
    reached = goals(*(Goal(n, end) for n in range(len(won))))
    return journeys(walked, reached, None), journeys(walked, unconverted(walked, reached, end), None)
