"""Programs that follow the links of mails and say so: whatever they open, click or view, no human did.

Only names that no human's browser or mail program has are listed. A scanner that calls itself a browser,
as most do, is told by what it does (`scoring.machines`).
"""

from __future__ import annotations

import re

NAMES = (
    # Mail gateways, which try every link before they hand a mail over.
    "barracuda", "ciscosecureemail", "fireeye", "fortimail", "ironport", "mailscanner", "messagelabs",
    "mimecast", "proofpoint", "sophos", "symantec", "trendmicro",
    # Previews that chat programs and search engines make of a link that somebody passed on.
    "applebot", "bingbot", "bingpreview", "discordbot", "facebookexternalhit", "facebookexternalua",
    "googlebot", "linkedinbot", "skypeuripreview", "slackbot", "telegrambot", "twitterbot", "yandexbot",
    # Programming libraries and browsers without a screen.
    "aiohttp", "apache-httpclient", "curl", "go-http-client", "headlesschrome", "java", "jetty",
    "libwww-perl", "lua-resty-http", "node-fetch", "phantomjs", "python-requests", "python-urllib", "wget",
)  # fmt: skip
# A name stands alone or before its version: "Java/17", "(compatible; bingbot/2.0)", not "JavaFX".
_NAMED = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, NAMES))})(?![a-z0-9])", re.IGNORECASE)

# Cloudflare's score of a visit: 1 to 29 is automated, 30 to 99 human, 0 not computed.
BOT_SCORE_MAX = 29


def is_scanner(user_agent: object) -> bool:
    """This tells whether a user agent is one of the known programs."""
    return isinstance(user_agent, str) and _NAMED.search(user_agent) is not None


def is_bot_score(score: object) -> bool:
    """This tells whether a bot score says that no human was there; anything unreadable says nothing."""
    text = str(score or "").strip()
    return text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= BOT_SCORE_MAX
