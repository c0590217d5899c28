"""What people did, as a BDR would say it: downloaded 2 different papers within 30 days.

Definitions say what is asked, in nouns; this says what was done, in verbs, and never when relative to
today.
"""

from __future__ import annotations

from typing import assert_never

from scoring.definitions import kinds
from scoring.definitions.conditions import Did
from scoring.definitions.kinds import Match
from scoring.touches import DAY, HOUR, MINUTE, NEVER, SECOND

# What one does with it, one of it, many of it.
WORDS = {
    "page_view": ("viewed", "a page", "pages"),
    "blog_visit": ("read", "a blog post", "blog posts"),
    "form_submission": ("filled in", "a form", "forms"),
    "content_download": ("downloaded", "a paper", "papers"),
    "newsletter_subscription": ("subscribed to", "a newsletter", "newsletters"),
    "webinar_registration": ("registered for", "a webinar", "webinars"),
    "webinar_attendance": ("attended", "a webinar", "webinars"),
    "event_attendance": ("attended", "an event", "events"),
    "demo_request": ("asked for", "a demo", "demos"),
    "contact_request": ("asked for", "a conversation", "conversations"),
    "quote_request": ("asked for", "a quote", "quotes"),
    "email_open": ("opened", "an e-mail", "e-mails"),
    "email_click": ("clicked in", "an e-mail", "e-mails"),
    "social_interaction": ("reacted to", "a post", "posts"),
    "ad_click": ("clicked on", "an ad", "ads"),
    "cart_add": ("put in the cart", "a product", "products"),
    "campaign_response": ("responded to", "a campaign", "campaigns"),
    "call": ("had", "a call", "calls"),
    "meeting": ("had", "a meeting", "meetings"),
    "sales_email": ("had", "an e-mail with sales", "e-mails with sales"),
    "unsubscribe": ("left", "a mailing list", "mailing lists"),
}
SPANS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"))


def phrase(condition: Did, kind: str, times: int, asset: str = "") -> str:
    """This says what was done. `kind` and `asset` are the latest touch's, `times` how many moments stand."""
    match, how = condition.match, condition.how
    match how:
        case kinds.Each() | kinds.Return() | kinds.First():
            if times > 1:
                verb, _, many = _words(kind)
                return f"{verb} {times} {many}{_last(asset)}"
            return _one(match, kind, asset) + _rarely(how)
        case kinds.Repeated(count, within):
            return _many(match, str(count)) + _within(within) + _last(asset)
        case kinds.Distinct(count, within):
            return _many(match, f"{count} different") + _within(within) + _last(asset)
        case kinds.Depth(least, within, of):
            if of == "pages":
                return _many(match, str(least)) + _within(within)
            return f"spent {span(least * SECOND)} with {_nouns(match)}{_within(within)}"
        case kinds.Sequence(then, within):
            steps = ", then ".join(_one(one, one.kinds[0], "") for one in (match, *then))
            return steps + _within(within) + _last(asset)
        case kinds.Silence(after):
            return f"{_verb(match)} no {_nouns(match)} for {span(after)}"
        case kinds.Committee(people, within):
            return f"{people} people of the company {_verb(match)} {_nouns(match)}{_within(within)}"
        case kinds.FieldIs(name):
            return field(name)
    assert_never(how)


def field(name: str) -> str:
    """This is what people call an attribute."""
    return name.replace("_", " ")


def span(micros: int) -> str:
    """This is a span in the largest unit that divides it."""
    size, name = next(((size, name) for size, name in SPANS if micros % size == 0), SPANS[-1])
    number = f"{micros / size:.3f}".rstrip("0").rstrip(".")
    return f"{number} {name}" if number == "1" else f"{number} {name}s"


def _one(match: Match, kind: str, asset: str) -> str:
    verb, one, _ = _words(kind)
    page = match.pages[0].rstrip("*/") if match.pages else ""
    return f"{verb} {f'“{asset}”' if asset else page or one}"


def _last(asset: str) -> str:
    return f", last “{asset}”" if asset else ""


def _many(match: Match, count: str) -> str:
    return f"{_verb(match)} {count} {_nouns(match)}"


def _rarely(how: kinds.How) -> str:
    if isinstance(how, kinds.Return):
        return f" again after {span(how.after)} without"
    return " for the first time" if isinstance(how, kinds.First) else ""


def _verb(match: Match) -> str:
    verbs = {_words(kind)[0] for kind in match.kinds}
    return verbs.pop() if len(verbs) == 1 else "took in"


def _nouns(match: Match) -> str:
    nouns = list(dict.fromkeys(_words(kind)[2] for kind in match.kinds))
    return nouns[0] if len(nouns) == 1 else f"{', '.join(nouns[:-1])} or {nouns[-1]}"


def _words(kind: str) -> tuple[str, str, str]:
    plain = kind.replace("_", " ")
    return WORDS.get(kind, ("had", f"a {plain}", f"{plain}s"))


def _within(within: int) -> str:
    return f" within {span(within)}" if within < NEVER else ""
