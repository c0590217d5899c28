"""How many rows an org has, to see that the store lacks none.

Rows that stood still since all streams were read must be in the store, each of them; what moved after is
on its way. Both numbers are asked for: the first finds what is missing, the second bounds what may be too
much. Late commits (`window.OVERLAP`) lie behind the line that is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from connectors.calling import Declined
from connectors.records import Count
from connectors.salesforce import soql
from connectors.salesforce.instants import DAY, written
from connectors.salesforce.org import Org
from connectors.salesforce.streams import Source

EVERY = DAY // 4  # two calls each time


def counts(org: Org, sources: Sequence[Source], until: int) -> tuple[Count, ...]:
    """This counts the rows of some streams, up to five. An object that our user may not see is left out."""
    edge = written(until)
    try:
        still = _totals(org, sources, "query", f"SystemModstamp <= {edge}")
        moved = _totals(org, sources, "queryAll", f"SystemModstamp > {edge}")
    except Declined:
        return ()
    return tuple(
        Count(name, source.kind, until, still[name], moved[name])
        for source in sources
        if (name := source.stream.name) in still and name in moved
    )


def _totals(org: Org, sources: Sequence[Source], how: str, where: str) -> Mapping[str, int]:
    texts = {source.stream.name: soql.count(source.object, source.narrowed(where)) for source in sources}
    said = org.together({name: f"{how}?q={quote(text)}" for name, text in texts.items()})
    totals = {name: body.get("totalSize") for name, body in said.items() if isinstance(body, dict)}
    return {name: total for name, total in totals.items() if type(total) is int}
