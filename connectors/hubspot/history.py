"""What sales made of contacts: the history of lead status and lifecycle stage, with dates and who."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.hubspot import fields, reading, signals, windows
from connectors.hubspot.client import Portal
from connectors.hubspot.rows import UNREADABLE
from connectors.hubspot.windows import State
from connectors.meanings import Meanings
from connectors.protocol import Known
from connectors.records import Page, Touch


@dataclass(frozen=True, slots=True)
class Dispositions:
    """Contacts whose status or stage says that sales dealt with them; each change comes with its date."""

    meanings: Meanings
    stream: str = field(default="lead_status")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:  # noqa: ARG002
        wanted_words = {
            "hs_lead_status": self.meanings.telling_statuses,
            "lifecyclestage": self.meanings.accepted_stages,
        }
        more = [
            {"propertyName": name, "operator": "IN", "values": sorted(words)}
            for name, words in wanted_words.items()
            if words
        ]
        window, dates = windows.window_of(portal, state), (fields.CONTACT_MODIFIED,)
        got = reading.found(portal, "contacts", dates, window, more)
        changed, odd = windows.stamps(got.rows, dates, window, self.stream)
        step = windows.advanced(portal, state, window, got, changed)
        held, step = windows.remembered(state, step, changed, window)
        wanted = [each for each in changed if each not in held]
        names = list(wanted_words)
        touches: list[Touch] = []
        unread = list(odd)
        understood: list[str] = []
        for row in reading.batch(portal, "contacts", wanted, names, histories=names):
            try:
                touches += tuple(signals.of_history(row, self.meanings))
                understood.append(reading.name_of(row))
            except UNREADABLE as error:
                unread.append(reading.unread(self.stream, row, error))
        return step, Page(
            cursor="",
            caught_up="last" not in step,
            touches=tuple(touches),
            unread=tuple(unread),
            expected=got.total,
            understood=tuple(understood),
        )
