"""What one record's answer inside a collection means for that record.

A collection is answered with 200 even if every record failed, and only a success carries an id: the
position says which record an answer belongs to. What to do about an error is read from the one
weather table; this module adds what a person can do about the refusals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.answers import error_codes, error_words
from connectors.errors import ConnectorError, MissingScope, NotAuthorised, OverQuota, Refused
from connectors.outcome import Done, Outcome, Rejected, Retry, Stop
from connectors.salesforce.fields import TASK_KEY_FIELD
from connectors.salesforce.ids import long_id
from connectors.weather import Do, Sight, advice

# The org's own automation failed, perhaps only for so many records at once.
TOO_MANY_AT_ONCE = frozenset({"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "PROCESSING_HALTED"})
# Said of records that were fine, because another one was not.
COLLATERAL = frozenset({"ALL_OR_NONE_OPERATION_ROLLED_BACK"})
FULL = frozenset({"LIMIT_EXCEEDED", "STORAGE_LIMIT_EXCEEDED"})
MISSING_FIELD = frozenset(
    {
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_TYPE",
        "NOT_FOUND",
        "INVALID_TYPE_FOR_OPERATION",
    }
)

PROVISION = "Run `mqlsync provision`: it creates our fields and grants them to our user."
_GONE = "Nothing to do: the record was deleted or merged; the next pull follows it."
_OUR_FAULT = "This is a fault of ours: please report it with the reason."
REMEDIES: Mapping[str, str] = {
    "CANNOT_UPDATE_CONVERTED_LEAD": "Nothing to do: the next pull follows the contact.",
    "ENTITY_IS_DELETED": _GONE,
    "INVALID_CROSS_REFERENCE_KEY": _GONE,
    "INSUFFICIENT_ACCESS_OR_READONLY": "Let our user edit this record: by sharing, or by its profile.",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "Let our user see the record that this one points to.",
    "INACTIVE_OWNER_OR_USER": "Give the record an active owner, or name a `default_owner` in mqlsync.yaml.",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "Add the value to the picklist, or run `mqlsync provision`.",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "A validation rule refuses it: exempt our user, or fix it.",
    "DUPLICATES_DETECTED": "A duplicate rule blocks it: let it alert instead, or merge the duplicates.",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "The org's own automation failed: ask its administrator.",
    "PROCESSING_HALTED": "The org's own automation failed: ask its administrator.",
    "REQUIRED_FIELD_MISSING": "A required field of the record is empty: fill it.",
    "INVALID_EMAIL_ADDRESS": "An e-mail address of the record is wrong: correct it.",
    "STRING_TOO_LONG": "The field is shorter than ours: run `mqlsync check`.",
    "MALFORMED_ID": _OUR_FAULT,
    "MISSING_ARGUMENT": _OUR_FAULT,
    "JSON_PARSER_ERROR": _OUR_FAULT,
} | dict.fromkeys(MISSING_FIELD, PROVISION)


# `No such column 'X' on …`; `Unable to create/update fields: A, B. Please check …`
_NAMED = (re.compile(r"No such column '(\w+)'"), re.compile(r"create/update fields: ([\w, ]+)"))


def blamed(data: Any) -> frozenset[str]:
    """These fields (in lower case) an error names as its cause, in its list or in its words."""
    found: set[str] = set()
    waiting = list(data) if isinstance(data, list) else [data]
    for row in waiting:
        if not isinstance(row, dict):
            continue
        waiting += row["errors"] if isinstance(row.get("errors"), list) else []
        listed = row.get("fields")
        found |= {str(name).lower() for name in listed} if isinstance(listed, list) else set()
        for pattern in _NAMED:
            match = pattern.search(str(row.get("message") or ""))
            found |= {name.strip().lower() for name in match[1].split(",")} if match else set()
    return frozenset(found)


def codes_of(answer: Any) -> frozenset[str]:
    return error_codes(answer) if isinstance(answer, dict) else frozenset()


def outcome(answer: Any) -> Outcome:
    """This is what one answer says. An answer without a meaning is no refusal: the write is repeated."""
    if not isinstance(answer, dict) or not isinstance(answer.get("success"), bool):
        return Retry("the answer says neither yes nor no")
    if answer["success"]:
        try:
            return Done(long_id(answer.get("id")))
        except (ValueError, TypeError):
            return Retry("the answer says yes but not to which record")
    return refusal(codes_of(answer), error_words(answer))


def refusal(codes: frozenset[str], words: str) -> Outcome:
    """This is what an error means for a record, whether it stood alone or in a collection."""
    reason = f"{', '.join(sorted(codes)) or 'unnamed error'}: {words}"
    if "DUPLICATE_VALUE" in codes and TASK_KEY_FIELD in words:
        return _there_already(words)
    said = advice(Sight(400, codes, words))
    if said.do is Do.AGAIN or codes & COLLATERAL:
        return Retry(reason, said.wait_s)
    if codes & FULL:
        return Stop(reason, "The org's storage is full, or one of its limits is used up: make room in it.")
    return Rejected(reason, next((REMEDIES[code] for code in sorted(codes) if code in REMEDIES), ""))


def _there_already(words: str) -> Outcome:
    """Somebody, most likely we ourselves, was quicker: the task with this key exists."""
    try:
        return Done(long_id(words.rpartition(" ")[2]))
    except ValueError:
        return Retry(words)


def failed(error: ConnectorError) -> Outcome:
    """This is what a call that was in vain means for each record in it."""
    match error:
        case NotAuthorised() | OverQuota() | MissingScope():
            return Stop(error.subject, (error.__doc__ or "").strip())
        case Refused():
            return Rejected(error.subject, (error.__doc__ or "").strip())
        case _:
            return Retry(error.subject)
