"""Definitions in plain words: the one place where rules and conditions become sentences.

Marketing, sales and partners read the same text, wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from scoring.definitions import kinds
from scoring.definitions.conditions import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Did,
    GradeIs,
    HasAttribute,
    IsMachine,
    IsOwnStaff,
    IsPartnerStaff,
    NotOf,
    Reaches,
)
from scoring.definitions.definition import POINT, Definition, MachineClicks, Rule
from scoring.definitions.kinds import Between, Domains, How, Match, Test, Words
from scoring.touches import DAY, HOUR, MINUTE, NEVER, SECOND

# Kinds of touches whose names do not read well: one of them, many of them.
KINDS = {
    "content_download": ("download", "downloads"),
    "newsletter_subscription": ("newsletter subscription", "newsletter subscriptions"),
    "webinar_attendance": ("webinar attended", "webinars attended"),
    "event_attendance": ("event attended", "events attended"),
    "email_open": ("e-mail opened", "e-mails opened"),
    "email_click": ("e-mail click", "e-mail clicks"),
    "sales_email": ("e-mail with sales", "e-mails with sales"),
    "meeting": ("meeting with sales", "meetings with sales"),
    "call": ("call with sales", "calls with sales"),
    "cart_add": ("product put in the cart", "products put in the cart"),
    "deal_won": ("deal won", "deals won"),
    "deal_lost": ("deal lost", "deals lost"),
    "sales_accepted": ("acceptance by sales", "acceptances by sales"),
    "sales_rejected": ("rejection by sales", "rejections by sales"),
    "opportunity_created": ("opportunity", "opportunities"),
}
FIELDS = {"email_domain": "mail domain", "opted_out": "opt-out", "employees": "number of employees"}
SPANS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an outline; deeper ones belong to the one above."""

    depth: int
    text: str


def outline(condition: Condition, depth: int = 0) -> list[Line]:
    """This is a condition as an outline that people can tick off."""
    heads: dict[type[Condition], str] = {AllOf: "all of these:", AnyOf: "at least one of these:"}
    match condition:
        case AllOf(parts) | AnyOf(parts):
            head = heads[type(condition)]
        case AtLeast(count, parts):
            head = f"at least {count} of these:"
        case NotOf(part):
            inner = outline(part, depth)
            return [Line(depth, f"not: {inner[0].text}"), *inner[1:]]
        case _:
            return [Line(depth, leaf(condition))]
    return [Line(depth, head), *(line for part in parts for line in outline(part, depth + 1))]


def sentence(condition: Condition) -> str:
    """This is a condition in one line."""
    match condition:
        case AllOf(parts):
            return _joined(parts, " and ")
        case AnyOf(parts):
            return _joined(parts, " or ")
        case AtLeast(count, parts):
            return f"at least {count} of ({'; '.join(sentence(part) for part in parts)})"
        case NotOf(part):
            return f"not ({sentence(part)})"
        case _:
            return leaf(condition)


def _joined(parts: Sequence[Condition], word: str) -> str:
    found = [sentence(part) for part in parts]
    nested = [isinstance(part, AllOf | AnyOf) for part in parts]
    return word.join(f"({text})" if inner else text for text, inner in zip(found, nested, strict=True))


def leaf(condition: Condition) -> str:
    """This is a condition that holds no others, in words."""
    match condition:
        case Reaches(what, least):
            name = f"points for {what.removeprefix('group:')}" if what.startswith("group:") else what
            return f"{name} at least {points(least)}"
        case GradeIs(least):
            return f"fit grade {least}" + ("" if least == "A" else " or better")
        case HasAttribute(name, test, unknown):
            told = f"{field(name)} {passing(test)}"
            return f"{told}, or unknown" if unknown else told
        case Did(match, how, lasts):
            return deed(match, how) + (f", not longer than {span(lasts)} ago" if lasts else "")
        case IsOwnStaff():
            return "the mail domain is one of ours"
        case IsPartnerStaff():
            return "the mail domain is a partner's"
        case IsMachine():
            return "nothing but clicks made by a program"
        case AllOf() | AnyOf() | AtLeast() | NotOf():
            return sentence(condition)
    assert_never(condition)


def deed(match: Match, how: How) -> str:
    """This is something that people do, in words."""
    what = f"{_kinds(match)}{_where(match)}"
    match how:
        case kinds.Each():
            return what
        case kinds.Repeated(times, within):
            return f"{what}{'' if times == 1 else f', {times} times'}{_within(within)}"
        case kinds.Distinct(times, within, of):
            return f"{what}, {times} different {of}s{_within(within)}"
        case kinds.Depth(least, within, of):
            much = span(least * SECOND) if of == "seconds" else f"{least} pages"
            return f"{what}, {much} in all{_within(within)}"
        case kinds.Sequence(then, within):
            after = "".join(f", then {_kinds(one)}{_where(one)}" for one in then)
            return f"{what}{after}{_within(within)}"
        case kinds.First():
            return f"{what}, for the first time"
        case kinds.Silence(after):
            return f"no {what} for {span(after)}"
        case kinds.Return(after):
            return f"{what}, after {span(after)} without"
        case kinds.Committee(people, within, name, roles):
            who = f" whose {field(name)} {passing(roles)}" if roles else ""
            return f"{what}, by {people} people of one company{who}{_within(within)}"
        case kinds.FieldIs(name, test):
            return f"{field(name)} {passing(test)}"
    assert_never(how)


def _kinds(match: Match) -> str:
    return any_of([kind_words(kind)[1] for kind in match.kinds])


def kind_words(kind: str) -> tuple[str, str]:
    """This is what one touch and what many touches of a kind are called."""
    plain = kind.replace("_", " ")
    return KINDS.get(kind) or (plain, f"{plain}s")


def single(match: Match) -> str:
    """This is one touch, in words."""
    return kind_words(match.kinds[0])[0] + _where(match)


def _where(match: Match) -> str:
    said = ""
    if match.pages:
        said += f" on {any_of(match.pages)}"
    if match.assets:
        said += f" of {any_of(match.assets, quoted=True)}"
    if match.campaigns:
        said += f" in {any_of(match.campaigns, quoted=True)}"
    if match.partners:
        known = [one for one in match.partners if one != "*"]
        said += f" with {any_of(known)}" if len(known) == len(match.partners) else " with any partner"
    return said


def _within(within: int) -> str:
    return f" within {span(within)}" if within < NEVER else ""


def passing(test: Test) -> str:
    """This is what a value must be like, after its name."""
    match test:
        case Words(phrases):
            return f"says {any_of(phrases)}"
        case Domains(hosts, lists):
            named = [f"on the list of {one.name.replace('_', ' ')} domains" for one in lists]
            return f"is {any_of([*named, *hosts])}"
        case Between(low, below):
            if low is None:
                return f"is below {_number(below or 0)}"
            return f"is at least {_number(low)}" + ("" if below is None else f" and below {_number(below)}")
    assert_never(test)


def field(name: str) -> str:
    return FIELDS.get(name, name.replace("_", " "))


def worth(rule: Rule) -> str:
    """This is how long a rule's points stand, and how often they count."""
    return "; ".join(_lasting(rule)) or "for as long as it holds"


def _lasting(rule: Rule) -> Iterator[str]:
    if rule.half_life:
        yield f"halves every {span(rule.half_life)}"
    if rule.steps:
        yield ", ".join(f"{points(value)} after {span(after)}" for after, value in rule.steps)
    if rule.window:
        yield f"ends after {span(rule.window)}"
    if isinstance(rule.how, kinds.Each) and not (rule.half_life or rule.steps or rule.window):
        yield "stays"
    if rule.at_most:
        yield "counts once" if rule.at_most == 1 else f"counts {rule.at_most} times at most"
    if rule.once_per_day:
        yield "once a day"


def label_of(rule: Rule) -> str:
    """This is what people call a rule, as the first words of a line."""
    return rule.label[:1].upper() + rule.label[1:]


def asks(rule: Rule) -> str:
    """This is what a rule asks for, "" where its name says just that."""
    asked = deed(rule.match, rule.how)
    names = kind_words(rule.match.kinds[0]) if len(rule.match.kinds) == 1 else ()
    return "" if asked in names and rule.label.casefold() in names else asked


def points(thousandths: int) -> str:
    """This writes points as people do: 25, 2.5, -10."""
    return f"{thousandths / POINT:.3f}".rstrip("0").rstrip(".")


def span(micros: int) -> str:
    """This is a span in the largest unit that divides it."""
    size, name = next(((s, n) for s, n in SPANS if micros % s == 0), SPANS[-1])
    number = f"{micros / size:.3f}".rstrip("0").rstrip(".")
    return f"{number} {name}{'' if number == '1' else 's'}"


def machine_signs(rule: MachineClicks) -> list[str]:
    """These are the signs of a program that are switched on."""
    told = []
    if rule.links:
        told.append(f"{rule.links} different links of one mail followed within {span(rule.within)}")
    if rule.every_link:
        within = span(rule.every_link_within)
        told.append(f"every link of a mail with {rule.every_link} or more followed within {within}")
    if rule.after_delivery:
        told.append(f"a click within {span(rule.after_delivery)} of the mail's delivery")
    if rule.crm_says:
        told.append("what the CRM takes for a program")
    return told


def _number(value: float) -> str:
    return f"{value:,.15g}".replace(",", "\u202f")


def any_of(words: Sequence[str], *, quoted: bool = False) -> str:
    """This is a choice in words: a, b or c."""
    said = [f"“{word}”" for word in words] if quoted else list(words)
    return said[0] if len(said) == 1 else ", ".join(said[:-1]) + " or " + said[-1]


def whom(definition: Definition, names: dict[str, str]) -> str:
    """This is whom a definition is about; `names` are the partners' by their slugs."""
    scope = definition.scope
    match scope.kind:
        case "own":
            return "everybody whom no narrower definition concerns"
        case "partner":
            return f"leads that {names.get(scope.name, scope.name)} brought and still holds"
        case "tier":
            return f"leads of partners of the tier {scope.name}"
        case "programme" | "product":
            from_ = "" if scope.match is None else f", from {_kinds(scope.match)}{_where(scope.match)} on"
            until = f", for {span(scope.lasts)} after the latest" if scope.lasts else ""
            return f"leads of the {scope.kind} {scope.name}{from_}{until}"
    assert_never(scope.kind)
