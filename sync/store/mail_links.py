"""How many links a mail has, counted over everybody who got it: who follows them all is a program.

So a verdict depends a little on what others clicked, and only ever in one way: a link that nobody had
followed before gives their clicks back to those who had followed every other one. Their tours are kept
(`mail_tour`), so that they, and nobody else, are looked at again.

A link is kept as a number made from its address, which may name a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

import numpy as np
from sqlalchemy import Connection, bindparam, text

from connectors.records import Touch
from scoring.definitions.definition import MachineClicks
from scoring.machines import followed, link_of
from scoring.touches import Codes, Touches
from sync.store.engine import Store
from sync.store.labels import chunks, intern

LINKS_MAX = 200  # a mail with a link of its own for everybody must not fill the store
CHUNK = 5_000

_KNOWN = text("SELECT asset, campaign, link FROM mail_link WHERE asset IN :assets").bindparams(
    bindparam("assets", expanding=True)
)
_COUNTED = text(
    "SELECT asset, campaign, COUNT(*) AS links FROM mail_link WHERE asset IN :assets GROUP BY asset, campaign"
).bindparams(bindparam("assets", expanding=True))
_WAKE = """
UPDATE person SET due_at = 0 WHERE merged_into IS NULL
AND id IN (SELECT person FROM mail_tour WHERE asset = ? AND campaign = ?)
"""

Link = tuple[int, int, int]  # asset, campaign, link


def save_links(store: Store, tx: Connection, touches: Iterable[Touch], ids: Mapping[str, int]) -> None:
    """This notes the links that were followed; `ids` are the labels' numbers. It belongs to the page's
    transaction."""
    clicks = (t for t in touches if t.kind == "email_click" and t.url and (t.asset or t.campaign))
    followed_now = {(ids[t.asset], ids[t.campaign], _number(t.url)) for t in clicks}
    if not followed_now:
        return
    assets = sorted({link[0] for link in followed_now})
    known: set[Link] = set()
    for some in chunks(assets, CHUNK):
        known.update((a, c, link) for a, c, link in tx.execute(_KNOWN, {"assets": list(some)}))
    new = _with_room(sorted(followed_now - known), known)
    store.many(tx, "INSERT INTO mail_link (asset, campaign, link) VALUES (?, ?, ?)", new)
    store.many(tx, _WAKE, sorted({link[:2] for link in new}))


def _with_room(new: Sequence[Link], known: Iterable[Link]) -> list[Link]:
    count = Counter(link[:2] for link in known)
    kept = []
    for link in new:
        if count[link[:2]] < LINKS_MAX:
            count[link[:2]] += 1
            kept.append(link)
    return kept


def _number(url: str) -> int:
    return int.from_bytes(blake2b(link_of(url).encode(), digest_size=8).digest(), signed=True)


def links_known(tx: Connection, asset: Codes, campaign: Codes) -> Codes:
    """This is how many links are known of the mail of each of these clicks; mails are named by labels."""
    pair = (asset.astype(np.int64) << 31) | campaign
    mails, which = np.unique(pair, return_inverse=True)
    count: dict[int, int] = {}
    for some in chunks(np.unique(mails >> 31).tolist(), CHUNK):
        for row in tx.execute(_COUNTED, {"assets": list(some)}):
            count[(row.asset << 31) | row.campaign] = row.links
    links: Codes = np.array([count.get(mail, 0) for mail in mails.tolist()], np.int32)[which]
    return links


def save_tours(
    store: Store, tx: Connection, people: Sequence[int], touches: Touches, rules: Iterable[MachineClicks]
) -> None:
    """This keeps who of the people (numbered in `touches`) followed every known link of which mail."""
    store.many(tx, "DELETE FROM mail_tour WHERE person = ?", [(person,) for person in people])
    clicks = {int(row) for rule in set(rules) for row in followed(touches, rule)}
    columns = (touches.person, touches.asset, touches.campaign)
    tours = {tuple(int(column[row]) for column in columns) for row in clicks}
    label = touches.labels
    ids = intern(store, tx, {label[code] for _, *mail in tours for code in mail})
    rows = [(people[who], ids[label[asset]], ids[label[campaign]]) for who, asset, campaign in sorted(tours)]
    store.many(tx, "INSERT INTO mail_tour (person, asset, campaign) VALUES (?, ?, ?)", rows)
