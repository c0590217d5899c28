"""What the company of this world offers: its web site, forms, webinars, mailings, ads and partners.

Webinars and mailings follow a timetable, so that the one before or after any instant is arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sandbox.clock import DAY, HOUR

OWN_DOMAIN = "acme-analytics.example"
SITE = f"https://www.{OWN_DOMAIN}"
COMPETITOR_DOMAINS = ("rivalmetrics.example", "datafoe.example")
STUDENT_DOMAINS = ("northlake.edu.example", "westhaven.edu.example", "oldquay.edu.example")
FREE_MAIL_DOMAINS = ("freemail.example", "postbox.example")

PAGES: Mapping[str, str] = {
    "/": "Acme Analytics",
    "/product/forecasting": "Forecasting",
    "/product/attribution": "Attribution",
    "/product/partner-hub": "Partner hub",
    "/pricing": "Pricing",
    "/blog/what-is-an-mql": "What is an MQL?",
    "/blog/utm-hygiene": "UTM hygiene",
    "/blog/speed-to-lead": "Speed to lead",
    "/customers": "Customers",
    "/careers": "Careers",
    "/careers/data-engineer": "Data engineer",
    "/demo": "Book a demo",
    "/contact": "Contact sales",
    "/quote": "Request a quote",
    "/newsletter": "Newsletter",
    "/webinars": "Webinars",
}
BLOG = tuple(path for path in PAGES if path.startswith("/blog/"))
PRODUCT = tuple(path for path in PAGES if path.startswith("/product/"))


@dataclass(frozen=True, slots=True)
class Partner:
    """A company that markets with us. Its links carry `utm_source=<slug>`; its page is /lp/<slug>."""

    slug: str
    name: str
    tier: Literal["gold", "silver", "registered"]

    @property
    def domain(self) -> str:
        return f"{self.slug}.example"

    @property
    def landing_page(self) -> str:
        return f"/lp/{self.slug}"

    @property
    def campaign(self) -> str:
        return f"{self.slug}-co-marketing"


PARTNERS = (
    Partner("kestrel", "Kestrel Consulting", "gold"),
    Partner("brightpath", "Brightpath Digital", "silver"),
    Partner("orbis", "Orbis Systems", "registered"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the web site. `key` is our short name, `guid` the name HubSpot gives it."""

    key: str
    name: str
    page: str
    guid: str


def _form(number: int, key: str, name: str, page: str) -> Form:
    return Form(key, name, page, f"5a0b1c2d-{number:04x}-4{number:03x}-8a5e-0c0ffee0{number:04x}")


FORMS = (
    _form(1, "demo", "Demo request", "/demo"),
    _form(2, "contact", "Contact sales", "/contact"),
    _form(3, "quote", "Quote request", "/quote"),
    _form(4, "newsletter", "Newsletter sign-up", "/newsletter"),
    _form(5, "white_paper", "White paper: Pipeline hygiene", "/resources/white-paper-pipeline-hygiene"),
    _form(6, "guide", "Guide: Marketing attribution", "/resources/guide-marketing-attribution"),
    _form(7, "case_study", "Case study: Northern Freight", "/resources/case-study-northern-freight"),
    _form(8, "webinar", "Webinar registration", "/webinars"),
    *(
        _form(9 + n, f"lp_{partner.slug}", f"Landing page: {partner.name}", partner.landing_page)
        for n, partner in enumerate(PARTNERS)
    ),
)
FORM = {form.key: form for form in FORMS}
DOWNLOADS = ("white_paper", "guide", "case_study")

WEBINAR_TOPICS = (
    "Forecasting without spreadsheets",
    "Attribution that sales believes",
    "Selling with partners",
    "Speed to lead in practice",
    "Cleaning up your pipeline",
    "Scoring that fades",
)
WEBINAR_EVERY = 14 * DAY  # the epoch was a Thursday, and so is every webinar
WEBINAR_HOUR = 15 * HOUR


@dataclass(frozen=True, slots=True)
class Webinar:
    """One webinar of the timetable; `number` names it for ever."""

    number: int
    title: str
    starts_at: int
    ends_at: int

    @property
    def campaign(self) -> str:
        return f"webinar-{self.number}"


def webinar(number: int) -> Webinar:
    start = number * WEBINAR_EVERY + WEBINAR_HOUR
    return Webinar(number, WEBINAR_TOPICS[number % len(WEBINAR_TOPICS)], start, start + HOUR)


def webinar_before(at: int) -> Webinar:
    """This is the latest webinar that was over at that instant."""
    return webinar((at - WEBINAR_HOUR - HOUR) // WEBINAR_EVERY)


MAILING_SUBJECTS = (
    "This month at Acme Analytics",
    "Three ways to shorten your sales cycle",
    "New: the partner hub",
    "How Northern Freight cut its lead response time",
)
MAILING_EVERY = 7 * DAY
MAILING_OFFSET = 5 * DAY + 9 * HOUR  # Tuesdays, 09:00 UTC
MAIL_LINKS = ("/blog/what-is-an-mql", "/product/forecasting", "/webinars", "/pricing")


@dataclass(frozen=True, slots=True)
class Mailing:
    """One marketing e-mail, sent to everybody it concerns at the same minute."""

    number: int
    subject: str
    sent_at: int

    @property
    def campaign(self) -> str:
        return f"mailing-{self.number}"


def mailing(number: int) -> Mailing:
    subject = MAILING_SUBJECTS[number % len(MAILING_SUBJECTS)]
    return Mailing(number, subject, number * MAILING_EVERY + MAILING_OFFSET)


def mailing_before(at: int) -> Mailing:
    """This is the latest mailing that went out at or before that instant."""
    return mailing((at - MAILING_OFFSET) // MAILING_EVERY)


@dataclass(frozen=True, slots=True)
class Ad:
    """A paid campaign; `click_id` is the parameter its platform adds to each link."""

    campaign: str
    source: str
    click_id: str
    referrer: str


ADS = (
    Ad("search-brand", "google", "gclid", "https://www.google.com/"),
    Ad("linkedin-leaders", "linkedin", "li_fat_id", "https://www.linkedin.com/"),
)
