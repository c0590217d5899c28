"""Finding a person by whatever name somebody has at hand."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from connectors.records import email_key, key_of
from sync.errors import NoSuchPerson
from sync.store.people import rows_in

NEAR_MAX = 3
ADDRESS_MAX = 64  # longer ones are not looked for with misprints
_SALESFORCE_ID = 15  # the short form; three letters more spell out its upper and lower case
_CHECK_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ADDRESS_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.-_+"
_PERSON_ROWS = (("hubspot", "contact"), ("salesforce", "contact"), ("salesforce", "lead"))
_OF_KEYS = "SELECT DISTINCT person FROM identity WHERE key IN :values"


def find_person(tx: Connection, who: str) -> int:
    """This is the person who goes by `who`: an e-mail address, a key, a CRM id or a person number.

    Raises `NoSuchPerson`, also where `who` names several people.
    """
    keys = {who, email_key(who), email_key(who.removeprefix("email:"))} - {""}
    long = _long_id(who.rpartition(":")[2])
    if ":" in who:
        keys.add(who.rpartition(":")[0] + ":" + long)
    else:
        keys |= {key_of(crm, kind, one) for crm, kind in _PERSON_ROWS for one in {who, long}}
    found = {int(row.person) for row in rows_in(tx, _OF_KEYS, keys)}
    number = who.removeprefix("person:")
    if number.isascii() and number.isdigit() and len(number) < 19:
        sql = text("SELECT COALESCE(merged_into, id) FROM person WHERE id = :id")
        found |= {int(one) for one in tx.execute(sql, {"id": int(number)}).scalars()}
    if len(found) == 1:
        return found.pop()
    if found:
        raise NoSuchPerson(
            f"that id names {len(found)} people; write `person:NUMBER`, or the key with its CRM in front"
        )
    near = _near(tx, who)
    hint = f" (is it {' or '.join(f'person:{one}' for one in near)}?)" if near else ""
    raise NoSuchPerson(f"nobody has that e-mail address or id{hint}")


def _long_id(given: str) -> str:
    """This is a Salesforce id in its long form, in which the store keeps it; other ids stay as they are."""
    if len(given) != _SALESFORCE_ID or not (given.isascii() and given.isalnum()) or given.isdigit():
        return given
    parts = (given[:5], given[5:10], given[10:])
    return given + "".join(_CHECK_LETTERS[sum(c.isupper() << i for i, c in enumerate(p))] for p in parts)


def _near(tx: Connection, who: str) -> list[int]:
    """These are people whose address differs in one letter; their numbers give nothing away."""
    address = email_key(who.removeprefix("email:")).removeprefix("email:")
    if not address or len(address) > ADDRESS_MAX:
        return []
    found = rows_in(tx, _OF_KEYS, {f"email:{one}" for one in _misprints(address)})
    return sorted({int(row.person) for row in found})[:NEAR_MAX]


def _misprints(word: str) -> Iterator[str]:
    """These are all words that differ by one letter too many, too few, wrong, or in the wrong place."""
    for place in range(len(word) + 1):
        head, tail = word[:place], word[place:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in _ADDRESS_LETTERS:
            yield head + letter + tail
            yield head + letter + tail[1:]
