"""What can be made to happen while the sandbox runs: one word for each thing a person or sales does.

The activities have the same shape as those of the journeys, so both CRMs show them where such things
are to be found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.behaviour import Activity, Kind
from sandbox.clock import MILLISECOND
from sandbox.marketing import FORM, MAIL_LINKS, SITE, mailing_before, webinar, webinar_before
from sandbox.people import dice
from sandbox.world import World

Scene = Callable[[int], list[Activity]]
LIVE_KINDS = ("page_view", "pricing_view", "download", "newsletter", "demo_request", "webinar_registration")


def _view(page: str) -> Scene:
    return lambda at: [Activity(at, "page_view", page, f"{SITE}{page}", seconds=60)]


def _form(key: str) -> Scene:
    page = FORM[key].page
    url = f"{SITE}{page}"
    return lambda at: [
        Activity(at - MILLISECOND, "page_view", page, url, seconds=60),
        Activity(at, "form", key, url),
    ]


def _registration(at: int) -> list[Activity]:
    event = webinar(webinar_before(at).number + 1)
    url = f"{SITE}{FORM['webinar'].page}?webinar={event.number}"
    return [
        Activity(at, "form", "webinar", url, campaign=event.campaign),
        Activity(at, "webinar_registered", str(event.number), campaign=event.campaign),
    ]


def _attendance(at: int) -> list[Activity]:
    event = webinar_before(at)
    return [Activity(at, "webinar_attended", str(event.number), campaign=event.campaign)]


def _mail(kind: Kind) -> Scene:
    def scene(at: int) -> list[Activity]:
        mail = mailing_before(at)
        query = f"utm_source=newsletter&utm_medium=email&utm_campaign={mail.campaign}"
        url = f"{SITE}{MAIL_LINKS[0]}?{query}" if kind == "mail_click" else ""
        return [Activity(at, kind, str(mail.number), url, campaign=mail.campaign)]

    return scene


def _sales(kind: Kind, detail: str = "") -> Scene:
    return lambda at: [Activity(at, kind, detail=detail)]


SCENES: Mapping[str, Scene] = {
    "page_view": _view("/product/forecasting"),
    "pricing_view": _view("/pricing"),
    "careers_view": _view("/careers"),
    "demo_request": _form("demo"),
    "contact_request": _form("contact"),
    "quote_request": _form("quote"),
    "newsletter": _form("newsletter"),
    "download": _form("white_paper"),
    "webinar_registration": _registration,
    "webinar_attendance": _attendance,
    "email_open": _mail("mail_open"),
    "email_click": _mail("mail_click"),
    "unsubscribe": _mail("mail_unsubscribed"),
    "call": _sales("call", "CONNECTED"),
    "meeting": _sales("meeting", "COMPLETED"),
    "accepted": _sales("accepted"),
    "rejected": _sales("rejected", "bad timing"),
    "deal_created": _sales("deal_created", "12000"),
    "deal_won": _sales("deal_won", "12000"),
    "deal_lost": _sales("deal_lost", "12000"),
}


def act(world: World, index: int, kind: str, *, at: int, recorded_at: int) -> list[Activity]:
    """This makes something happen; KeyError if there is no word for it."""
    at -= at % MILLISECOND
    return [world.live(index, activity, recorded_at) for activity in SCENES[kind](at)]


def something(world: World, turn: int, now: int) -> tuple[int, str]:
    """This lets somebody do something, the same at the same turn of the same world."""
    draw = dice(world.seed, 9, turn).random
    index, kind = int(draw() * world.people), LIVE_KINDS[int(draw() * len(LIVE_KINDS))]
    act(world, index, kind, at=now, recorded_at=now)
    return index, kind
