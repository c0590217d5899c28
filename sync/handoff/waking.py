"""Who is looked at again because owners or territories changed, not because of any news about them."""

from __future__ import annotations

from sqlalchemy import text

from sync.batch import Judge
from sync.definitions.versions import fingerprint
from sync.store import assignments
from sync.store.engine import Store
from sync.store.runs import recall, remember

_MARK = "routing"
_FRESH = text("SELECT record_id FROM record WHERE fresh AND kind = 'owner'")


def wake_waiting(store: Store, judge: Judge, now: int) -> None:
    """Leads that nobody could take, or whose owner changed, are due when owners have changed; they, and
    those whose task is in no CRM yet, when territories have, or somebody's leave begins or ends.

    It goes before `resolve_records`, which takes the mark off what is fresh.
    """
    with store.reading() as tx:
        owners = list(tx.execute(_FRESH).scalars())
    mark = _mark(judge, now)
    has_moved = recall(store, _MARK) != mark
    if not owners and not has_moved:
        return
    with store.transaction() as tx:
        assignments.wake_lost(store, tx)
        assignments.wake_given_to(store, tx, owners)
        if has_moved:
            assignments.wake_unsent(tx)
    if has_moved:
        remember(store, _MARK, mark)


def _mark(judge: Judge, now: int) -> str:
    """This changes with everything in the settings that decides who can take a lead."""
    settings = judge.settings
    told = judge.slas.owners.items() if judge.slas else ()
    away = [name for name, one in told if any(since <= now < until for since, until in one.leave)]
    return fingerprint((settings.territories, dict(settings.stand_ins), settings.home_crm, sorted(away)))
