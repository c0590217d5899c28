"""What a person did: the journey of each one, a pure function of the person and of the last instant.

A journey ends exactly at its last instant and lies within the thirty days before it, or within the
whole history for the few people who have known us for long. The time index relies on that.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from sandbox.clock import DAY, HOUR, MILLISECOND, MINUTE, SECOND, when
from sandbox.marketing import (
    ADS,
    BLOG,
    DOWNLOADS,
    FORM,
    MAIL_LINKS,
    PARTNERS,
    PRODUCT,
    SITE,
    Webinar,
    mailing_before,
    webinar_before,
)
from sandbox.people import OLD_HOT, Person, chosen, dice

JOURNEY = 30 * DAY
RECENT = 21 * DAY
CALLED_EARLY = 6  # of ten recent hot people, sales has already called these

Kind = Literal[
    "page_view",
    "form",
    "webinar_registered",
    "webinar_attended",
    "webinar_missed",
    "webinar_cancelled",
    "mail_sent",
    "mail_delivered",
    "mail_open",
    "mail_click",
    "mail_unsubscribed",
    "call",
    "meeting",
    "accepted",
    "rejected",
    "deal_created",
    "deal_won",
    "deal_lost",
]


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing a person did, or sales did about that person.

    `asset` names the form's key, the webinar's or mailing's number; `url` the page or the link.
    `campaign` is the utm_campaign. `detail`: "filtered" for a click that HubSpot itself takes for a
    machine's, the amount of a deal, the reason of a rejection. `n` is unique within the person.
    """

    at: int
    kind: Kind
    asset: str = ""
    url: str = ""
    referrer: str = ""
    campaign: str = ""
    detail: str = ""
    seconds: int = 0
    n: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """How somebody came to the site: landing page, parameters and referrer of the first visit."""

    page: str
    query: str
    referrer: str
    campaign: str


class Diary:
    """This collects one person's activities while the journey is told."""

    def __init__(self, person: Person, begin: int, end: int, draws: Random) -> None:
        self.person = person
        self.begin = begin
        self.end = end
        self.draw = draws.random
        self.entries: list[Activity] = []

    def at(self, share: float) -> int:
        """This is the instant at that share of the journey."""
        return self.begin + int((self.end - self.begin) * share)

    def note(self, at: int, kind: Kind, **more: str) -> None:
        at -= at % MILLISECOND
        if self.begin <= at <= self.end:
            self.entries.append(Activity(at, kind, **more))  # type: ignore[arg-type] # texts only

    def view(self, at: int, page: str, *, query: str = "", referrer: str = "", campaign: str = "") -> None:
        at -= at % MILLISECOND
        if self.begin <= at <= self.end:
            url = f"{SITE}{page}?{query}" if query else f"{SITE}{page}"
            seconds = 5 + int(self.draw() * 240)
            self.entries.append(Activity(at, "page_view", page, url, referrer, campaign, "", seconds))

    def submit(self, at: int, form: str, *, query: str = "", campaign: str = "") -> None:
        url = f"{SITE}{FORM[form].page}"
        self.note(at, "form", asset=form, url=f"{url}?{query}" if query else url, campaign=campaign)

    def mailing(self, before: int, *, opens: bool, clicks: int = 0, filtered: bool = False) -> None:
        """This is the latest mailing before that instant and what became of it.

        Clicks in one go are a machine's: every link within two seconds. A single click is a human's.
        """
        mail = mailing_before(before)
        name, campaign = str(mail.number), mail.campaign
        if mail.sent_at < self.begin:
            return
        self.note(mail.sent_at, "mail_sent", asset=name, campaign=campaign)
        self.note(mail.sent_at + 2 * SECOND, "mail_delivered", asset=name, campaign=campaign)
        machine = clicks > 1
        at = mail.sent_at + (4 * SECOND if machine else 10 * MINUTE + int(self.draw() * 30 * HOUR))
        detail = "filtered" if filtered else ""
        if opens:
            self.note(at, "mail_open", asset=name, campaign=campaign, detail=detail)
        for link in range(clicks):
            page = MAIL_LINKS[(link if machine else mail.number) % len(MAIL_LINKS)]
            query = f"utm_source=newsletter&utm_medium=email&utm_campaign={campaign}"
            clicked_at = at + (1 + 3 * link) * 100 * MILLISECOND if machine else at + 20 * SECOND
            url = f"{SITE}{page}?{query}"
            self.note(clicked_at, "mail_click", asset=name, url=url, campaign=campaign, detail=detail)

    def webinar(self, before: int, *, then: Kind) -> Webinar | None:
        """This registers for the latest webinar before that instant, with what came of it."""
        event = webinar_before(before)
        registered_at = max(self.begin + HOUR, event.starts_at - int((1 + 6 * self.draw()) * DAY))
        if registered_at >= event.starts_at or event.ends_at > self.end:
            return None
        name, campaign = str(event.number), event.campaign
        self.submit(registered_at, "webinar", query=f"webinar={name}", campaign=campaign)
        self.note(registered_at, "webinar_registered", asset=name, campaign=campaign)
        happened_at = event.starts_at + int(9 * MINUTE * self.draw()) if then == "webinar_attended" else 0
        at = {"webinar_attended": happened_at, "webinar_cancelled": registered_at + HOUR}.get(then)
        self.note(at or event.ends_at, then, asset=name, campaign=campaign)
        return event

    def told(self) -> tuple[Activity, ...]:
        entries = sorted(self.entries, key=lambda entry: entry.at)
        return tuple(
            Activity(e.at, e.kind, e.asset, e.url, e.referrer, e.campaign, e.detail, e.seconds, n)
            for n, e in enumerate(entries)
        )


def journey(seed: int, person: Person, start: int, last_at: int, now: int) -> tuple[Activity, ...]:
    """This is everything a person did up to `last_at`, in order of time."""
    begin = start if person.long else max(start, last_at - JOURNEY)
    diary = Diary(person, begin, last_at, dice(seed, 3, person.index))
    if person.role == "bot":
        _machine(diary)
        return diary.told()
    origin = _origin(diary)
    diary.view(
        diary.at(0.02), origin.page, query=origin.query, referrer=origin.referrer, campaign=origin.campaign
    )
    if person.long:
        _long_ago(diary)
    if person.hot:
        _hot(diary, origin, recent=now - last_at <= RECENT)
    else:
        _quiet(diary, origin)
    if person.role == "job_seeker":
        for days in (3, 2, 1):
            diary.view(last_at - days * DAY, "/careers")
        diary.view(last_at - HOUR, "/careers/data-engineer")
    if person.role == "unsubscribed":
        mail = mailing_before(last_at - HOUR)
        diary.note(mail.sent_at, "mail_sent", asset=str(mail.number), campaign=mail.campaign)
        diary.note(mail.sent_at + HOUR, "mail_unsubscribed", asset=str(mail.number), campaign=mail.campaign)
    _rival(diary)
    diary.view(last_at, chosen(BLOG, diary.draw()))
    return diary.told()


def may_be_called(index: int, *, recent: bool) -> bool:
    """This is false for people with whom sales never had to do, without telling the journey."""
    return index % 10 == CALLED_EARLY if recent else index % OLD_HOT == 0


def _origin(diary: Diary) -> Origin:
    person = diary.person
    partner = next((p for p in PARTNERS if p.slug == person.partner), None)
    if partner:
        by_page, by_utm = person.index % 3 != 1, person.index % 3 != 0
        query = f"utm_source={partner.slug}&utm_medium=partner&utm_campaign={partner.campaign}"
        page = partner.landing_page if by_page else "/"
        return Origin(
            page, query if by_utm else "", f"https://www.{partner.domain}/", partner.campaign * by_utm
        )
    if person.index % 13 in (4, 9):
        ad = ADS[person.index % 13 // 9]
        query = f"utm_source={ad.source}&utm_medium=cpc&utm_campaign={ad.campaign}"
        return Origin("/", f"{query}&{ad.click_id}=Ck{person.index:06x}", ad.referrer, ad.campaign)
    if diary.draw() < 0.5:
        return Origin(chosen(BLOG, diary.draw()), "", "https://www.google.com/", "")
    return Origin("/", "", "", "")


def _rival(diary: Diary) -> None:
    """A few people whom one partner brought come by another partner, too: by its link, or by its page."""
    person = diary.person
    way = {5: "link", 13: "page"}.get(person.index % 33)
    if not way or not person.partner:
        return
    slugs = [p.slug for p in PARTNERS]
    rival = PARTNERS[(slugs.index(person.partner) + 1) % len(PARTNERS)]
    page = rival.landing_page if way == "page" else "/"
    query = (
        f"utm_source={rival.slug}&utm_medium=partner&utm_campaign={rival.campaign}" if way == "link" else ""
    )
    diary.view(
        *(diary.at(0.3), page),
        query=query,
        referrer=f"https://www.{rival.domain}/",
        campaign=rival.campaign if query else "",
    )


def _quiet(diary: Diary, origin: Origin) -> None:
    """Somebody who looked around, perhaps left an address, and was never heard of for long."""
    draw = diary.draw
    if diary.person.partner and diary.person.index % 3 != 1:
        diary.submit(
            diary.at(0.03), f"lp_{diary.person.partner}", query=origin.query, campaign=origin.campaign
        )
    elif draw() < 0.4:
        form = "newsletter" if draw() < 0.5 else chosen(DOWNLOADS, draw())
        diary.submit(diary.at(0.03), form, query=origin.query, campaign=origin.campaign)
    diary.mailing(diary.at(0.5), opens=draw() < 0.3, clicks=int(draw() < 0.08))
    if draw() < 0.08:
        diary.webinar(diary.end, then="webinar_missed" if draw() < 0.7 else "webinar_cancelled")


def _hot(diary: Diary, origin: Origin, *, recent: bool) -> None:
    """Somebody who wants to buy; where it is long ago, sales has dealt with it since."""
    person, draw = diary.person, diary.draw
    peak = diary.end if recent else diary.at(0.95 if person.long else 0.5)
    diary.submit(diary.at(0.021), chosen(DOWNLOADS, draw()), query=origin.query, campaign=origin.campaign)
    if person.partner and person.index % 3 != 1:
        diary.submit(diary.at(0.022), f"lp_{person.partner}", query=origin.query, campaign=origin.campaign)
    diary.mailing(peak - 2 * DAY, opens=True, clicks=1)
    diary.webinar(peak - HOUR, then="webinar_attended" if draw() < 0.75 else "webinar_missed")
    diary.view(peak - 5 * DAY, chosen(PRODUCT, draw()))
    for hours in (100, 50, 26):
        diary.view(peak - hours * HOUR - int(draw() * HOUR) // SECOND * SECOND, "/pricing")
    wish = chosen(("demo", "demo", "contact", "quote"), draw())
    diary.view(peak - 25 * HOUR, FORM[wish].page)
    diary.submit(peak - 25 * HOUR + 2 * MINUTE, wish)
    if not recent:
        _sales(diary, peak)
    elif person.index % 10 == CALLED_EARLY and person.role == "prospect":
        diary.note(peak - 3 * HOUR, "call", detail="CONNECTED")
        diary.note(peak - 2 * HOUR, "accepted")


def _sales(diary: Diary, peak: int) -> None:
    """What sales made of it: a pattern over the hot people, so that every ending exists."""
    person = diary.person
    span = diary.end - peak
    if person.role != "prospect":
        diary.note(peak + span // 10, "rejected", detail=person.role.replace("_", " "))
        return
    diary.note(peak + span // 20, "call", detail="CONNECTED")
    ending = person.index // OLD_HOT % 4
    if ending == 2:
        diary.note(peak + span // 10, "rejected", detail="bad timing")
        return
    diary.note(peak + span // 10, "accepted")
    diary.note(peak + span // 5, "meeting", detail="COMPLETED")
    if ending == 3:
        return
    amount = str(5_000 + 500 * int(diary.draw() * 60))
    diary.note(peak + span // 4, "deal_created", detail=amount)
    diary.note(peak + span * 3 // 4, "deal_won" if ending == 0 else "deal_lost", detail=amount)


def _long_ago(diary: Diary) -> None:
    """Earlier interests of an old acquaintance, one of them at the very turn of a year."""
    draw = diary.draw
    for share in (0.2, 0.4, 0.6):
        at = diary.at(share)
        diary.view(at, chosen(BLOG + PRODUCT, draw()))
        if draw() < 0.3:
            diary.submit(at + MINUTE, chosen(DOWNLOADS, draw()))
    diary.webinar(diary.at(0.5), then="webinar_attended")
    year = when(diary.end).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    midnight = int(year.timestamp()) * SECOND
    at = midnight if diary.person.index % 16 == 5 else midnight - MILLISECOND
    diary.view(at, "/pricing")


def _machine(diary: Diary) -> None:
    """A mail scanner: opens every mailing and follows every link of it within two seconds."""
    last = mailing_before(diary.end - MINUTE)
    for back in range(3):
        before = last.sent_at - back * 7 * DAY
        diary.mailing(before, opens=True, clicks=len(MAIL_LINKS), filtered=back == 0)
    diary.view(diary.end, "/")
