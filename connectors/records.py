"""What a connector hands over: rows of a CRM in our words, whatever the CRM calls them.

Times are int64 microseconds since 1970, UTC; 0 means unknown. A key is how a row or an
address is named everywhere: `hubspot:contact:123`, `salesforce:lead:00Q…`, `email:jane@example.com`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import orjson

Value = str | int | float | bool

PERSON_KINDS = frozenset({"contact", "lead"})
RECORD_KINDS = PERSON_KINDS | {"company", "owner", "deal", "campaign", "calendar", "holiday"}

# What people do, in the words of marketing and sales. Scoring rules name these.
TOUCH_KINDS = frozenset(
    {
        "page_view",
        "blog_visit",
        "form_submission",
        "content_download",
        "newsletter_subscription",
        "webinar_registration",
        "webinar_attendance",
        "event_attendance",
        "demo_request",
        "contact_request",
        "quote_request",
        "email_open",
        "email_click",
        "social_interaction",
        "ad_click",
        "cart_add",
        "campaign_response",
        "call",
        "meeting",
        "sales_email",
        "unsubscribe",
        # what we sent and when it arrived: it earns nothing, but tells machines from people
        "email_delivered",
        # what sales decided; these end and start spells instead of earning points
        "sales_accepted",
        "sales_rejected",
        "sales_nurture",
        "sales_recycled",
        "sales_disqualified",
        "sales_disputed",
        "opportunity_created",
        "deal_won",
        "deal_lost",
        "custody_given",
        "custody_returned",
        "task_done",
        "sales_unheard",
    }
)


_NOTHING: Mapping[str, Value] = {}


def written(values: Mapping[str, Value]) -> str:
    """This is a mapping as one text, the same for equal mappings."""
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()


class Attributes(Mapping[str, Value]):
    """Attributes as one text, which is all that most of them ever are: they are read to be kept. The values
    are let go while they are at hand, and a page of records is a thousand texts, not thirty thousand."""

    __slots__ = ("company_key", "text")

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.text = written(values)
        self.company_key = str(values.get("company_key", ""))

    def __getitem__(self, name: str) -> Value:
        value: Value = orjson.loads(self.text)[name]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(orjson.loads(self.text))

    def __len__(self) -> int:
        return len(orjson.loads(self.text))

    def __repr__(self) -> str:
        return self.text


class Record(NamedTuple):
    """One row of a CRM, as the CRM showed it. (A tuple is made five times as fast as a frozen dataclass, and
    a backfill makes millions of these and of touches.)

    `attributes` holds canonical names (`email`, `title`, `company_key`, `owner_key` …) with JSON
    scalars; absent means empty in the CRM. `own` holds the values of the fields we provisioned,
    decoded. `keys` are the further names of the same person: e-mail addresses, a vendor link, the
    contact a lead was converted to, ids that were merged into this one. `changed_by` is who changed the row
    last, or the fields that sales writes, where the CRM tells that apart (`said_at` is then when); "" and 0
    where it does not say. Both are read for the word of sales, and not stored.
    """

    kind: str
    id: str
    stamp: int
    created_at: int
    deleted: bool = False
    attributes: Mapping[str, Value] = _NOTHING
    own: Mapping[str, Value] = _NOTHING
    keys: tuple[str, ...] = ()
    changed_by: str = ""
    said_at: int = 0


class Touch(NamedTuple):
    """Something a person did, under the name it came with.

    `source_id` is unique within the connection and never changes (`form:<conversion id>`), so that
    reading a touch twice stores it once. `recorded_at` is when the CRM knew, 0 where it does not say.
    `provenance` names the source it was read from (`form_submissions`, `event_occurrences`,
    `campaign_member` …). `is_machine`: the CRM itself says that a program did it, or it bears the
    name of a known scanner.
    """

    key: str
    source_id: str
    kind: str
    occurred_at: int
    recorded_at: int = 0
    asset: str = ""
    page: str = ""
    seconds: int = 0
    campaign: str = ""
    url: str = ""
    referrer: str = ""
    provenance: str = ""
    is_machine: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that could not be understood: kept with the reason, so that nothing is lost quietly."""

    stream: str
    id: str
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Count:
    """What a CRM says of a stream's rows: how many that live stood still since `until`, up to which the
    stream was read, and how many, living or deleted, moved after it."""

    stream: str
    kind: str
    until: int
    still: int
    moved: int


@dataclass(frozen=True, slots=True)
class SetBack:
    """A standard field that follows our status and that somebody moved back: reported, and left so."""

    key: str
    field: str
    ours: str
    theirs: str
    occurred_at: int


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """One of our own tasks as the CRM shows it. `key` is what we wrote it under, `status` the CRM's own word,
    `completed_at` 0 while it is open. Of one that was deleted nothing else may be known."""

    id: str
    key: str
    status: str = ""
    owner_id: str = ""
    due_at: int = 0
    completed_at: int = 0
    changed_at: int = 0
    is_closed: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a CRM and the bookmark behind it; both are committed together.

    `cursor` is the connector's own text; the store keeps it unread. `caught_up` says that nothing
    more waits for now. `expected` is the total the CRM gave, where it gave one (for progress).
    `understood` names what could be read besides `records`, as `Unread` names what could not. `erased`
    are keys of people whom the CRM has wiped for their privacy: everything about them is forgotten.
    `counts` are held against what is stored once this page is. `withdrawn` are source ids of touches that
    the CRM takes back, with all that stand under such a name and a colon. `set_back` is about `records`.
    `tasks` are what became of tasks of ours.
    """

    cursor: str
    caught_up: bool
    records: tuple[Record, ...] = ()
    touches: tuple[Touch, ...] = ()
    unread: tuple[Unread, ...] = ()
    expected: int = 0
    understood: tuple[str, ...] = ()
    erased: tuple[str, ...] = ()
    counts: tuple[Count, ...] = ()
    withdrawn: tuple[str, ...] = ()
    set_back: tuple[SetBack, ...] = ()
    tasks: tuple[TaskSeen, ...] = ()


def key_of(crm: str, kind: str, record_id: str) -> str:
    """This is how a CRM row is named everywhere: `crm:kind:id`."""
    return f"{crm}:{kind}:{record_id}"


def email_key(address: str) -> str:
    """This is how an e-mail address is named: trimmed and case-folded, `""` if it is no address."""
    address = address.strip().casefold()
    name, at, host = address.rpartition("@")
    return f"email:{address}" if name and at and "." in host and " " not in address else ""
