"""Which touches no human made. They stay where they are, are not counted, and are shown as voided.

There are four signs, each with its number in the definition (`MachineClicks`). They look at everything
known of a mail, so a delivery or a link that is heard of late voids what came before it, or gives it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.curves import Index, Spans, changes, different, holding, look_up, numbered, spans
from scoring.definitions.definition import MachineClicks
from scoring.touches import Bools, Ints, Touches

# The signs, in the words in which people read why something does not count.
BURST = "several links at once"
EVERY_LINK = "every link of the mail"
DELIVERY = "as the mail was delivered"
CRM = "a program, says the CRM"


def machine_clicks(touches: Touches, rule: MachineClicks) -> Bools:
    """This marks what no human made, by any of the signs."""
    voided = np.zeros(len(touches), np.bool_)
    for shown in signs(touches, rule).values():
        voided |= shown
    return voided


def signs(touches: Touches, rule: MachineClicks) -> Mapping[str, Bools]:
    """This marks, per sign that is switched on, the touches that show it."""
    clicks = _rows_of(touches, "email_click")
    found: dict[str, Index] = {}
    if rule.links:
        found[BURST] = _burst(touches, clicks, rule)
    if rule.every_link:
        found[EVERY_LINK] = _every_link(touches, clicks, rule)
    if rule.after_delivery:
        found[DELIVERY] = _delivered(touches, clicks, rule.after_delivery)
    if rule.crm_says:
        found[CRM] = np.flatnonzero(touches.is_machine)
    return {sign: _marked(touches, rows) for sign, rows in found.items()}


def followed(touches: Touches, rule: MachineClicks) -> Index:
    """These are the clicks of people who followed every link of a mail that is known so far.

    A link that nobody had followed before gives them back; nothing else that others do can.
    """
    if not rule.every_link:
        return np.empty(0, np.intp)
    return _every_link(touches, _rows_of(touches, "email_click"), rule)


def link_of(url: str) -> str:
    """This is a link as all recipients share it: without what follows the path, which may be personal."""
    return url.partition("#")[0].partition("?")[0]


def _burst(touches: Touches, clicks: Index, rule: MachineClicks) -> Index:
    """So many different links of one mail within less than `within`."""
    if len(clicks) < rule.links:
        return clicks[:0]
    mail = _mails(touches, clicks)
    return clicks[_together(mail, touches.url[clicks], touches.at[clicks], rule.within, rule.links)]


def _every_link(touches: Touches, clicks: Index, rule: MachineClicks) -> Index:
    """All known links of a mail that has enough of them, within less than a span."""
    rows = clicks[(touches.mail_links[clicks] >= rule.every_link) & (touches.url[clicks] > 0)]
    mail = _mails(touches, rows)
    rows = rows[np.bincount(mail, minlength=1)[mail] >= touches.mail_links[rows]]
    if not len(rows):
        return rows
    mail = _mails(touches, rows)
    urls, which = np.unique(touches.url[rows], return_inverse=True)
    number: dict[str, int] = {}
    links = [number.setdefault(link_of(touches.labels[url]), len(number)) for url in urls]
    link = np.array(links, np.int64)[which]
    needed = np.zeros(int(mail.max()) + 1, np.int64)
    needed[mail] = touches.mail_links[rows]
    return rows[_together(mail, link, touches.at[rows], rule.every_link_within, needed)]


def _together(mail: Ints, link: npt.NDArray[Any], at: Ints, within: int, needed: int | Ints) -> Bools:
    """This marks clicks that were part of `needed` different links of their mail within less than `within`.

    Each link of a mail is up for `within` from every click on it. Where enough links are up at once,
    every click of that mail that is still up was part of it.
    """
    up = different(mail, link, at, at + within)
    least = needed if isinstance(needed, int) else needed[up.person]
    enough = spans(changes(up.person, up.at, (up.value >= least).astype(np.int64)))
    # [start, end) of a burst meets [click, click + within) exactly for clicks in this wider span.
    part = holding(Spans(enough.person, enough.start - within + 1, enough.end))
    marked: Bools = look_up(part, mail, at) == 1
    return marked


def _delivered(touches: Touches, clicks: Index, within: int) -> Index:
    """Less than `within` from the delivery of the same mail to the same person.

    Before it, too: a gateway follows links while it takes a mail in, before it says that it has.
    """
    mails = _rows_of(touches, "email_delivered")
    if not len(clicks) or not len(mails):
        return clicks[:0]
    rows: Index = np.concatenate((clicks, mails))
    rows = rows[(touches.asset[rows] > 0) | (touches.campaign[rows] > 0)]
    is_click = touches.kind[rows] == touches.kind[clicks[0]]
    mail, at = _mails(touches, rows), touches.at[rows]
    came = at[~is_click]
    near = holding(Spans(mail[~is_click], came - within + 1, came + within))
    found: Index = rows[is_click][look_up(near, mail[is_click], at[is_click]) == 1]
    return found


def _mails(touches: Touches, rows: Index) -> Ints:
    """This numbers the mails that people got: one mail to two people is two."""
    return numbered(numbered(touches.person[rows], touches.campaign[rows]), touches.asset[rows])


def _rows_of(touches: Touches, kind: str) -> Index:
    if kind not in touches.labels:
        return np.empty(0, np.intp)
    rows: Index = np.flatnonzero(touches.kind == touches.labels.index(kind))
    return rows


def _marked(touches: Touches, rows: Index) -> Bools:
    marked = np.zeros(len(touches), np.bool_)
    marked[rows] = True
    return marked
