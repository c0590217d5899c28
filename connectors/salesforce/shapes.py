"""When all rows of a stream must be read again, although none of them changed.

A field that is added, or gets another type, touches no row; nor does a formula that is worked out anew.
So the custom fields that a stream reads are compared with those of the last time, and where one of them
is a formula everything is read again once a day. (Fields of a parent are no reason: the parent's own
stream tells when they change. Neither are our own: nobody else fills them.)
"""

from __future__ import annotations

from dataclasses import replace
from zlib import crc32

from connectors.salesforce.fields import OWN_PAIRS, TASK_KEY_FIELD
from connectors.salesforce.instants import DAY
from connectors.salesforce.org import Org
from connectors.salesforce.streams import Source
from connectors.salesforce.window import Walk

FORMULAS_EVERY = DAY
_OURS = frozenset({TASK_KEY_FIELD, *(name for name, _ in OWN_PAIRS)})


def renewed(org: Org, source: Source, walk: Walk) -> Walk:
    """This is the walk as it should go on: the same, or one through all rows from the start."""
    custom = [name for name in source.fields if name.endswith("__c") and name not in _OURS]
    if walk.until or not custom:
        return walk  # a walk that has begun ends first
    described = org.describe(source.object).fields
    seen = {name: described[name] for name in custom if name in described}
    shape = f"{crc32(repr([(name, each.get('type')) for name, each in seen.items()]).encode()):x}"
    if walk.is_first_load or not walk.shape:
        return replace(walk, shape=shape)
    has_formula = any(each.get("calculated") for each in seen.values())
    is_old = has_formula and org.server_now() - walk.loaded >= FORMULAS_EVERY
    return Walk(shape=shape) if shape != walk.shape or is_old else walk
