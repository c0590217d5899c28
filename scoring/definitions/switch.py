"""One curve out of several: at each instant the one that a switch points to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scoring.curves import Curve, changes, in_order, look_up


def chosen(switch: Curve, curves: Mapping[int, Curve], otherwise: int) -> Curve:
    """This follows the curve whose number the switch shows; `otherwise` where there is none of it."""
    nothing = np.empty(0, np.int64)
    first = curves.get(switch.base, Curve(nothing, nothing, nothing, otherwise))
    if not len(switch.at):
        return first
    lost = ~np.isin(switch.value, list(curves))
    person, at = [switch.person[lost]], [switch.at[lost]]
    value = [np.full(int(lost.sum()), otherwise, np.int64)]
    for number, curve in curves.items():
        turned = switch.value == number
        person.append(switch.person[turned])
        at.append(switch.at[turned])
        value.append(look_up(curve, person[-1], at[-1]))
        counts = look_up(switch, curve.person, curve.at) == number
        person.append(curve.person[counts])
        at.append(curve.at[counts])
        value.append(curve.value[counts])
    who, when = np.concatenate(person), np.concatenate(at)
    order = in_order(who, when)
    return changes(who[order], when[order], np.concatenate(value)[order], first.base)
