"""Who lives in this world: every person and company is a pure function of (seed, index).

Nothing is drawn in sequence, so person 199,999 costs as much as person 0 and a world of any size
starts at once. What must exist in every world (students, competitors, bots …) sits at fixed places of
the index; what should merely vary is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal, TypeVar

from sandbox.marketing import (
    COMPETITOR_DOMAINS,
    FREE_MAIL_DOMAINS,
    OWN_DOMAIN,
    PARTNERS,
    STUDENT_DOMAINS,
)

Role = Literal[
    "prospect",
    "student",
    "competitor",
    "staff",
    "partner_staff",
    "bot",
    "unsubscribed",
    "free_mail",
    "shared_mailbox",
    "job_seeker",
]
Residence = Literal["hubspot", "both", "salesforce"]
SalesforceKind = Literal["", "lead", "contact"]

COMPANY_SIZE = 4  # neighbours in the index work at the same company
PATTERN = 50
OLD_HOT = 9  # one of nine people of long ago wanted to buy at the time
_PLACES: dict[int, Role] = {
    3: "student", 28: "student", 11: "competitor", 30: "competitor", 19: "staff", 33: "bot", 44: "bot",
    7: "unsubscribed", 42: "unsubscribed", 13: "free_mail", 38: "free_mail", 23: "shared_mailbox",
    29: "partner_staff", 16: "job_seeker",
}  # fmt: skip
ROLES: tuple[Role, ...] = tuple(_PLACES.get(place, "prospect") for place in range(PATTERN))
_RESIDENCES: tuple[tuple[Residence, SalesforceKind], ...] = (
    ("hubspot", ""), ("hubspot", ""), ("hubspot", ""), ("both", "lead"), ("both", "contact"),
    ("salesforce", "lead"), ("salesforce", "contact"),
)  # fmt: skip
RESIDENCES = len(_RESIDENCES)

FIRST_NAMES = (
    "Ada", "Bruno", "Carla", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Lena",
    "Mateo", "Nora", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tilda", "Umar", "Vera", "Wanda", "Yusuf",
)  # fmt: skip
LAST_NAMES = (
    "Abel", "Brandt", "Costa", "Dahl", "Eriksen", "Fontaine", "Grau", "Horvat", "Ivers", "Jansen", "Keller",
    "Lindqvist", "Moreau", "Novak", "Okafor", "Petit", "Quist", "Rossi", "Sato", "Thorne", "Usman", "Vogel",
    "Wolff", "Ziegler",
)  # fmt: skip
SENIOR_TITLES = (
    "CEO", "Chief Marketing Officer", "Chief Revenue Officer", "VP Marketing", "VP Sales",
    "Director of Demand Generation", "Head of Revenue Operations", "Marketing Director",
)  # fmt: skip
OTHER_TITLES = (
    "Marketing Manager", "Sales Operations Manager", "Marketing Specialist", "Business Analyst",
    "Account Executive", "Office Assistant", "Marketing Intern", "",
)  # fmt: skip
COMPANY_WORDS = (
    "Alder", "Basalt", "Cobalt", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Indigo", "Juniper",
    "Krypton", "Lagoon", "Meridian", "Nimbus", "Obsidian", "Pinnacle", "Quarry", "Ridge", "Saffron", "Tundra",
)  # fmt: skip
COMPANY_FORMS = ("Systems", "Logistics", "Works", "Group", "Partners", "Labs")
INDUSTRIES = (
    "COMPUTER_SOFTWARE", "INFORMATION_TECHNOLOGY_AND_SERVICES", "FINANCIAL_SERVICES",
    "LOGISTICS_AND_SUPPLY_CHAIN", "HOSPITAL_HEALTH_CARE", "RETAIL", "MACHINERY", "EDUCATION_MANAGEMENT",
)  # fmt: skip
PLACES = (
    ("Germany", "Hamburg"), ("United States", "Denver"), ("United Kingdom", "Leeds"), ("France", "Lyon"),
    ("Netherlands", "Utrecht"), ("Sweden", "Malmö"), ("Brazil", "Recife"), ("India", "Pune"),
)  # fmt: skip
REGIONS = {
    "Hamburg": ("Hamburg", "20095", "de"), "Denver": ("Colorado", "80202", "en"),
    "Leeds": ("Yorkshire", "LS1 4AP", "en"), "Lyon": ("Rhône", "69002", "fr"),
    "Utrecht": ("Utrecht", "3511 LN", "nl"), "Malmö": ("Skåne", "211 18", "sv"),
    "Recife": ("Pernambuco", "50030-230", "pt-br"), "Pune": ("Maharashtra", "411001", "en"),
}  # fmt: skip  # region, postcode and language of each place
NEEDS = ("", "Replace our present tool", "", "Report to the board", "Just looking")
SIZES = (8, 25, 60, 140, 350, 800, 2400, 9000)
REVENUE_PER_HEAD = 180_000


@dataclass(frozen=True, slots=True)
class Company:
    """A firm that people work at. `number` is its place; person i works at company i // 4."""

    number: int
    name: str
    domain: str
    industry: str  # HubSpot's word; "" where nobody filled it in
    employees: int  # 0 = unknown
    revenue: int
    country: str
    city: str


@dataclass(frozen=True, slots=True)
class Owner:
    """A salesperson: the same human is a HubSpot owner and a Salesforce user."""

    number: int
    first_name: str
    last_name: str
    email: str
    active: bool


@dataclass(frozen=True, slots=True)
class Person:
    """One human being, in one or both CRMs.

    `email` is as Salesforce writes it, `hubspot_email` as HubSpot does: the same address, at times
    with capitals. `linked` says that the vendor's own sync knows that both rows are one person: the
    HubSpot contact then names the Salesforce row, whose number (`sandbox.salesforce.ids.encode`) is
    `index + 1`. `hot` people do a lot and lately or, where they are old, did so at the time.
    """

    index: int
    residence: Residence
    salesforce_kind: SalesforceKind
    role: Role
    hot: bool
    long: bool  # the journey may span the whole history instead of its last thirty days
    linked: bool
    first_name: str
    last_name: str
    email: str
    title: str
    company: Company | None  # None where no company row exists: students, free mail, competitors …
    company_name: str
    owner: int  # number of the owner; -1 = nobody's
    partner: str  # slug of the partner who brought this person, or ""
    phone: str
    country: str
    city: str

    @property
    def in_hubspot(self) -> bool:
        return self.residence != "salesforce"

    @property
    def in_salesforce(self) -> bool:
        return self.residence != "hubspot"

    @property
    def hubspot_email(self) -> str:
        return self.email.title() if self.residence == "both" and self.index % 3 == 0 else self.email


OWNERS = tuple(
    Owner(n, first, last, f"{first.lower()}.{last.lower()}@{OWN_DOMAIN}", active)
    for n, (first, last, active) in enumerate(
        [
            ("Mira", "Holt", True),
            ("Theo", "Banks", True),
            ("Anouk", "Reyes", True),
            ("Piet", "Larsen", True),
            ("Dora", "Finch", False),  # has left; people of hers are still about
        ]
    )
)


Option = TypeVar("Option")


def dice(seed: int, salt: int, index: int) -> Random:
    """This draws for one thing only. Only `random()` is used: its sequence is promised to stay."""
    return Random((seed << 72) | (salt << 64) | index)


def chosen(options: tuple[Option, ...], draw: float) -> Option:
    return options[int(draw * len(options))]


def company(seed: int, number: int) -> Company:
    """This is the company of that number: the same for ever for one seed."""
    draw = dice(seed, 1, number).random
    word = chosen(COMPANY_WORDS, draw())
    country, city = chosen(PLACES, draw())
    size = int(chosen(SIZES, draw()) * (0.8 + 0.4 * draw()))
    size = size if draw() < 0.9 else 0
    return Company(
        number=number,
        name=f"{word} {chosen(COMPANY_FORMS, draw())} {number}",
        domain=f"{word.lower()}{number}.example",
        industry=chosen(INDUSTRIES, draw()) if draw() < 0.9 else "",
        employees=size,
        revenue=size * REVENUE_PER_HEAD,
        country=country,
        city=city,
    )


def residence(index: int) -> tuple[Residence, SalesforceKind]:
    """This says in which CRMs the person of that index is kept; the pattern repeats every seven."""
    return _RESIDENCES[index % RESIDENCES]


def person(seed: int, index: int, *, recent: bool) -> Person:
    """This is the person of that index. `recent`: the last activity is at most three weeks old."""
    draw = dice(seed, 2, index).random
    role = ROLES[index % PATTERN]
    where, kind = residence(index)
    hot = role != "shared_mailbox" and (index % 10 in (0, 1, 2, 4, 6, 8) if recent else index % OLD_HOT == 0)
    first, last = chosen(FIRST_NAMES, draw()), chosen(LAST_NAMES, draw())
    employer = company(seed, index // COMPANY_SIZE)
    domain, company_name, works_there = _employer(role, employer, draw())
    local = "info" if role == "shared_mailbox" else f"{first}.{last}{index}".lower()
    partner = PARTNERS[index % 11 // 3] if index % 11 in (2, 5, 8) else None
    country, city = chosen(PLACES, draw())
    return Person(
        index=index,
        residence=where,
        salesforce_kind=kind,
        role=role,
        hot=hot,
        long=is_long(index),
        linked=where == "both" and index // RESIDENCES % 2 == 0,
        first_name="" if role == "shared_mailbox" else first,
        last_name="Office" if role == "shared_mailbox" else last,
        email=f"{local}@{domain}",
        title=_title(role, hot, draw(), draw()),
        company=employer if works_there else None,
        company_name=company_name,
        owner=int(draw() * len(OWNERS)) if hot or draw() < 0.6 else -1,
        partner=partner.slug if partner and role == "prospect" else "",
        phone=f"+1555{index:07d}" if draw() < 0.5 else "",
        country=employer.country if works_there else country,
        city=employer.city if works_there else city,
    )


def need(index: int) -> str:
    """This is what a person answered when asked what the firm needs; two of five were never asked."""
    return NEEDS[index % len(NEEDS)]


def is_long(index: int) -> bool:
    """These people have known us for long; all others came and went within thirty days."""
    return index % 8 == 5


def index_of(email: str) -> int:
    """This reads a person's index out of an address of this world, -1 if there is none to read.

    The caller compares the person's address: anybody can write digits.
    """
    local, _, domain = email.casefold().partition("@")
    if local != "info":
        return _trailing_number(local)
    number = _trailing_number(domain.removesuffix(".example"))
    members = range(number * COMPANY_SIZE, (number + 1) * COMPANY_SIZE)
    return next((i for i in members if number >= 0 and ROLES[i % PATTERN] == "shared_mailbox"), -1)


def _employer(role: Role, employer: Company, draw: float) -> tuple[str, str, bool]:
    """This gives mail domain, company name and whether a company row stands behind them."""
    if role == "student":
        domain = chosen(STUDENT_DOMAINS, draw)
        return domain, f"{domain.partition('.')[0].title()} University", False
    if role == "competitor":
        domain = chosen(COMPETITOR_DOMAINS, draw)
        return domain, domain.partition(".")[0].title(), False
    if role == "staff":
        return OWN_DOMAIN, "Acme Analytics", False
    if role == "partner_staff":
        partner = chosen(PARTNERS, draw)
        return partner.domain, partner.name, False
    if role == "free_mail":
        return chosen(FREE_MAIL_DOMAINS, draw), "", False
    return employer.domain, employer.name, True


def _title(role: Role, hot: bool, senior: float, draw: float) -> str:
    if role == "student":
        return "Student"
    if role == "shared_mailbox":
        return ""
    return chosen(SENIOR_TITLES if senior < (0.8 if hot else 0.25) else OTHER_TITLES, draw)


def _trailing_number(text: str) -> int:
    digits = text[len(text.rstrip("0123456789")) :]
    return int(digits) if digits and len(digits) < 10 else -1
