"""What people did and what is known about them, as columns.

A touch is one row of parallel arrays; its texts are codes into one list of labels (0 is ""). People
are numbered 0..people-1 by whoever loads them. Times are int64 microseconds UTC; intervals are
half-open. Attributes are a change log, so whatever is decided from them is a function of time too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# Far beyond every date, yet small enough that adding a window to it does not overflow int64.
NEVER = 2**62
ALWAYS = -(2**62)  # an attribute known without a date holds from here

ENGAGEMENT_KINDS = (
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
)
# What we did, so that it can be compared with what came back. It earns nothing and tells nothing of anybody.
SENT_KINDS = ("email_delivered", "sales_unheard")
# What a partner told of somebody: evidence of a claim, and no deed of hers. The asset is the partner's slug.
PARTNER_KINDS = ("partner_lead", "deal_registration")
# What sales decided, and whom partners were given. These earn no points; they end and start spells (see
# lifecycle.py).
SALES_KINDS = (
    *("sales_accepted", "sales_rejected", "sales_nurture", "sales_recycled", "sales_disqualified"),
    *("sales_disputed", "opportunity_created", "deal_won", "deal_lost"),
    *("custody_given", "custody_returned", "task_done"),
)

ATTRIBUTE_FIELDS = (
    "email",
    "email_domain",
    "title",
    "company",
    "industry",
    "employees",
    "revenue",
    "country",
    "city",
    "region",
    "postcode",
    "language",
    "lifecycle_stage",
    "lead_status",
    "opted_out",
    "website",
    "buying_role",
    "age",
    "budget",
)


# How a value stands in a record that the workspace has given a name of its own: a CRM's field that is none of
# the above. In definitions, and here, it goes by the name alone.
NAMED_FIELD = "field:"


class Labels:
    """This gives every text one number, in order of appearance; "" is 0."""

    def __init__(self) -> None:
        self.texts: list[str] = [""]
        self._codes: dict[str, int] = {"": 0}

    def code(self, text: str) -> int:
        code = self._codes.get(text)
        if code is None:
            code = self._codes[text] = len(self.texts)
            self.texts.append(text)
        return code


def _no_ints() -> Ints:
    return np.empty(0, np.int64)


def _no_codes() -> Codes:
    return np.empty(0, np.int32)


def _no_bools() -> Bools:
    return np.empty(0, np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Touches:
    """Rows sorted by (person, at, id). Every column but the first five may be left out: it is then 0.

    `is_machine`: the CRM says that a program did it. `mail_links` of a click: how many different links its
    mail is known to have, counted over everybody who got it (0: nobody knows). `source`: where it was read,
    as `scoring.links.source_code` numbers it.
    """

    labels: Sequence[str] = ("",)
    id: Ints = field(default_factory=_no_ints)
    person: Codes = field(default_factory=_no_codes)
    at: Ints = field(default_factory=_no_ints)
    kind: Codes = field(default_factory=_no_codes)
    recorded_at: Ints = field(default_factory=_no_ints)
    asset: Codes = field(default_factory=_no_codes)
    page: Codes = field(default_factory=_no_codes)
    campaign: Codes = field(default_factory=_no_codes)
    url: Codes = field(default_factory=_no_codes)
    referrer: Codes = field(default_factory=_no_codes)
    seconds: Codes = field(default_factory=_no_codes)
    is_machine: Bools = field(default_factory=_no_bools)
    mail_links: Codes = field(default_factory=_no_codes)
    source: Codes = field(default_factory=_no_codes)

    def __post_init__(self) -> None:
        for column in fields(self)[1:]:
            values: npt.NDArray[Any] = getattr(self, column.name)
            if len(values) != len(self.id):
                if len(values):
                    raise ValueError(f"touches: {column.name} has {len(values)} rows, id has {len(self.id)}")
                object.__setattr__(self, column.name, np.zeros(len(self.id), values.dtype))

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: npt.NDArray[Any]) -> Touches:
        """This keeps the given rows (a mask or indices), in that order."""
        return replace(self, **{c.name: getattr(self, c.name)[rows] for c in fields(self)[1:]})

    def in_order(self) -> Touches:
        """This sorts by (person, at, id), as every reader of touches expects."""
        return self.take(np.lexsort((self.id, self.at, self.person)))


@dataclass(frozen=True, slots=True, eq=False)
class Attributes:
    """A change log: from `at` on, the attribute `name` of `person` is `value` ("" = no longer known).

    `name` and `value` are codes into `labels`; names are those of ATTRIBUTE_FIELDS
    and those that the workspace has given to further fields. Of two rows at one instant the later row holds.
    """

    labels: Sequence[str] = ("",)
    person: Codes = field(default_factory=_no_codes)
    at: Ints = field(default_factory=_no_ints)
    name: Codes = field(default_factory=_no_codes)
    value: Codes = field(default_factory=_no_codes)

    def take(self, rows: npt.NDArray[Any]) -> Attributes:
        """This keeps the given rows (a mask or indices), in that order."""
        return replace(self, **{c.name: getattr(self, c.name)[rows] for c in fields(self)[1:]})


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Everything known about people 0..people-1.

    `company` is a code per person, equal for colleagues and 0 where unknown; left out, nobody has
    colleagues. It says where people are today: a committee of last year is found among today's
    colleagues. `whole` is everybody whom these people were taken from, so that colleagues elsewhere still
    count; `shared` remembers what was worked out over everybody.
    """

    people: int
    touches: Touches
    attributes: Attributes
    company: Codes = field(default_factory=_no_codes)
    whole: Facts | None = None
    shared: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def everybody(self) -> Facts:
        """This is the facts of all people who can be colleagues."""
        return self if self.whole is None else self.whole

    def of_marked(self, who: Bools) -> Facts:
        """This leaves out what the other people did and are; the people keep their numbers."""
        return replace(
            self,
            touches=self.touches.take(np.flatnonzero(who[self.touches.person])),
            attributes=self.attributes.take(who[self.attributes.person]),
            whole=self.everybody if len(self.company) else None,
        )

    def of_people(self, first: int, end: int) -> Facts:
        """This is the part that concerns people first..end-1, renumbered from 0."""
        if first == 0 and end == self.people:
            return self
        a, b = np.searchsorted(self.touches.person, [first, end])
        touches = self.touches.take(np.arange(a, b))
        rows = (self.attributes.person >= first) & (self.attributes.person < end)
        attributes = self.attributes.take(rows)
        shift = np.int32(first)
        return Facts(
            end - first,
            replace(touches, person=touches.person - shift),
            replace(attributes, person=attributes.person - shift),
            self.company[first:end],
            self.everybody if len(self.company) else None,
        )


def touches_of(rows: Iterable[Mapping[str, Any]]) -> Touches:
    """This builds touches from rows with texts, for one person or a few; bulk loads fill the arrays."""
    labels = Labels()
    numbers = {"id", "person", "at", "recorded_at", "seconds", "is_machine", "mail_links", "source"}
    names = [column.name for column in fields(Touches)[1:]]
    columns: dict[str, list[int]] = {name: [] for name in names}
    for row in rows:
        for name in names:
            value = row.get(name, 0 if name in numbers else "")
            columns[name].append(int(value) if name in numbers else labels.code(str(value)))
    types: dict[str, Any] = dict.fromkeys(("id", "at", "recorded_at"), np.int64) | {"is_machine": np.bool_}
    arrays: dict[str, Any] = {
        name: np.array(values, types.get(name, np.int32)) for name, values in columns.items()
    }
    return Touches(labels=labels.texts, **arrays).in_order()


def attributes_of(rows: Iterable[tuple[int, int, str, str]]) -> Attributes:
    """This builds the change log from (person, at, name, value) rows with texts."""
    labels = Labels()
    person, at, names, values = [], [], [], []
    for who, when, name, value in rows:
        person.append(who)
        at.append(when)
        names.append(labels.code(name))
        values.append(labels.code(value))
    return Attributes(
        labels.texts,
        np.array(person, np.int32),
        np.array(at, np.int64),
        np.array(names, np.int32),
        np.array(values, np.int32),
    )
