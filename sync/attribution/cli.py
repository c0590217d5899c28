"""The commands about credit: who gets it, what campaigns of the CRM earned, and how sound the links are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from scoring.models.question import Question
    from sync.attribution.everybody import Answer
    from sync.workspace import Workspace

STRANGERS_SHOWN = 10

app = typer.Typer(
    help="Say what led to leads, MQLs and deals, and who gets the credit.", add_completion=False
)
Folder = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="The workspace's folder; else MQLSYNC_WORKSPACE, else here."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Models = Annotated[
    list[str] | None, typer.Option("--model", help="The model; several may be asked. Default: the settings'.")
]
Unit = Annotated[str, typer.Option(help="Whose touches count together: person or account.")]
Since = Annotated[str, typer.Option(metavar="DATE", help="Only what was reached from this date on.")]
Until = Annotated[str, typer.Option(metavar="DATE", help="Only what was reached before this date.")]
Lookback = Annotated[
    str, typer.Option(metavar="DAYS", help="How far back touches count, for all conversions; or unlimited.")
]
Csv = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Also write every line to this file.")
]

Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Also write it to this file as a page.")
]


@app.callback(invoke_without_command=True)
def attribution(  # noqa: PLR0913, PLR0917 - each is an option
    context: typer.Context,
    workspace: Folder = None,
    model: Models = None,
    conversion: Annotated[
        list[str] | None, typer.Option(help="lead, mql, sal, sql or won; several may be asked. Default: all.")
    ] = None,
    by: Annotated[
        str,
        typer.Option(help="channel, ga4, source, medium, campaign, content, platform or partner."),
    ] = "channel",
    unit: Unit = "",
    since: Since = "",
    until: Until = "",
    lookback_days: Lookback = "",
    as_json: AsJson = False,
    csv: Csv = None,
    html: Html = None,
) -> None:
    """Show which channels, campaigns or partners led to leads, MQLs, opportunities and won deals."""
    if context.invoked_subcommand is not None:
        return
    from reports.attribution import as_csv, tables, text  # noqa: PLC0415

    with _opened(workspace) as opened:
        question = _question(opened, model, conversion, by, since, until, lookback_days)
        answer = _answer(opened, question, unit)
    found = tables(answer.tally, question.types, question.models, question.by)
    if csv is not None:
        _write(csv, as_csv(found))
    if html is not None:
        from dashboard.credit import credit_page  # noqa: PLC0415

        _write(html, credit_page(found))
    if as_json:
        typer.echo(json.dumps({"tables": [one.as_dict() for one in found], **_notes(answer)}))
        return
    for line in text(found):
        typer.echo(line)
    _tell(answer)


@app.command()
def campaigns(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV file to write.")],
    workspace: Folder = None,
    model: Annotated[str, typer.Option(help="The model. Default: the settings'.")] = "",
    unit: Unit = "",
    since: Since = "",
    until: Until = "",
    lookback_days: Lookback = "",
) -> None:
    """Write what each campaign of the CRMs led to as a file that the CRM can import, by campaign id."""
    from dataclasses import replace  # noqa: PLC0415

    from reports.campaigns import campaigns_csv, one_name, shared_names, strangers  # noqa: PLC0415
    from sync.attribution.campaigns import load_campaigns  # noqa: PLC0415

    with _opened(workspace) as opened:
        models = [model] if model else None
        question = _question(opened, models, None, "campaign", since, until, lookback_days)
        with opened.store.reading() as tx:
            found = load_campaigns(tx, opened.settings.attribution.currency)
        called = one_name(found)
        answer = _answer(opened, replace(question, called=called), unit)
    _write(file, campaigns_csv(answer.tally, question.models[0], found, called))
    typer.echo(f"wrote {len(found)} campaigns to {file}")
    for name, several in shared_names(found).items():
        ids = ", ".join(one.id for one in several)
        typer.echo(f"{ids} are all called {name!r}: none of them gets credit by that name", err=True)
    if others := strangers(answer.tally, called):
        some = ", ".join(repr(name) for name in others[:STRANGERS_SHOWN])
        more = f" and {len(others) - STRANGERS_SHOWN} more" if len(others) > STRANGERS_SHOWN else ""
        typer.echo(f"no campaign of a CRM is called {some}{more}", err=True)
    _tell(answer)


@app.command()
def health(workspace: Folder = None, as_json: AsJson = False, csv: Csv = None, html: Html = None) -> None:
    """Show what is odd about the links of campaigns and partners: missing, inconsistent, polluted, macros."""
    from reports.utm_health import as_csv, as_dict, problems, text  # noqa: PLC0415
    from sync.attribution.everybody import links  # noqa: PLC0415
    from sync.cycle import judge_of  # noqa: PLC0415

    with _opened(workspace) as opened:
        total = links(opened.store, judge_of(opened), opened.now())
    found = problems(total)
    if html is not None:
        from dashboard.credit import credit_page  # noqa: PLC0415

        _write(html, credit_page([], total, found))
    _show(as_dict(total, found) if as_json else text(total, found), csv, as_csv(found))


@app.command()
def actions(
    workspace: Folder = None,
    conversion: Annotated[str, typer.Option(help="lead, mql, sal, sql or won.")] = "sql",
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How many days before.")] = 30,
    unit: Unit = "",
    since: Since = "",
    as_json: AsJson = False,
    csv: Csv = None,
) -> None:
    """Show what people did in the days before an opportunity, by frequency and lift."""
    from reports.actions import deeds_csv, deeds_dict, deeds_text  # noqa: PLC0415
    from sync.attribution.everybody import actions as look  # noqa: PLC0415
    from sync.clock import DAY  # noqa: PLC0415
    from sync.cycle import judge_of  # noqa: PLC0415

    with _opened(workspace) as opened:
        question = _question(opened, None, [conversion], "channel", since, "", "")
        unit = _unit(opened, unit)
        found = look(opened.store, judge_of(opened), question, days * DAY, unit=unit)
    told = deeds_dict(found) if as_json else deeds_text(found, conversion, days)
    _show(told, csv, deeds_csv(found) if csv else "")


@app.command()
def content(workspace: Folder = None, until: Until = "", as_json: AsJson = False, csv: Csv = None) -> None:
    """Show which content leads and customers took in, and how often they came."""
    from reports.actions import things_csv, things_dict, things_text  # noqa: PLC0415
    from sync.attribution.everybody import content as look  # noqa: PLC0415
    from sync.cycle import judge_of  # noqa: PLC0415

    with _opened(workspace) as opened:
        question = _question(opened, None, None, "channel", "", until, "")
        found = look(opened.store, judge_of(opened), question)
    _show(things_dict(found) if as_json else things_text(found), csv, things_csv(found) if csv else "")


def _show(told: dict[str, Any] | Iterator[str], file: Path | None, rows: str) -> None:
    if file is not None:
        _write(file, rows)
    if isinstance(told, dict):
        typer.echo(json.dumps(told))
        return
    for line in told:
        typer.echo(line)


def _opened(workspace: Path | None) -> Any:
    from sync.workspace import folder_of, observed  # noqa: PLC0415

    return observed(folder_of(workspace), look_s=0, with_crms=False)


def _question(
    workspace: Workspace,
    models: list[str] | None,
    types: list[str] | None,
    by: str,
    since: str,
    until: str,
    lookback_days: str,
) -> Question:
    from scoring.models.conversions import TYPES  # noqa: PLC0415
    from scoring.models.dimensions import DIMENSIONS  # noqa: PLC0415
    from scoring.models.every import MODELS  # noqa: PLC0415
    from scoring.models.question import Question  # noqa: PLC0415

    usual = workspace.settings.attribution
    zone = workspace.settings.nightly.zone
    now = workspace.now()
    named = {"model": (models, MODELS), "conversion": (types, TYPES), "by": ([by], DIMENSIONS)}
    for option, (given, valid) in named.items():
        for one in given or ():
            if one not in valid:
                raise typer.BadParameter(f"--{option}: {one!r} is none of {', '.join(valid)}")
    back = dict(usual.lookback)
    if lookback_days:
        back = dict.fromkeys(TYPES, _span(lookback_days))
    return Question(
        models=tuple(dict.fromkeys(models or (usual.model,))),
        types=tuple(one for one in TYPES if not types or one in types),
        by=by,
        since=_instant("since", since, zone) if since else 0,
        until=min(_instant("until", until, zone), now + 1) if until else now + 1,
        lookback=back,
        half_life=usual.half_life,
    )


def _instant(option: str, value: str, zone: str) -> int:
    from sync.clock import parse_in  # noqa: PLC0415

    try:
        return parse_in(value.strip(), zone)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"--{option}: {value!r} is no date; write 2026-11-03") from None


def _span(days: str) -> int | None:
    from sync.clock import DAY  # noqa: PLC0415

    if days == "unlimited":
        return None
    try:
        found = round(float(days) * DAY)
    except (ValueError, OverflowError):
        found = 0
    if found <= 0:
        raise typer.BadParameter(f"--lookback-days: {days!r} is no number of days; or write unlimited")
    return found


def _answer(workspace: Workspace, question: Question, unit: str) -> Answer:
    from scoring.models.markov import TooManyStates  # noqa: PLC0415
    from sync.attribution.everybody import attribute  # noqa: PLC0415
    from sync.cycle import judge_of  # noqa: PLC0415

    currency = workspace.settings.attribution.currency
    unit = _unit(workspace, unit)
    try:
        return attribute(workspace.store, judge_of(workspace), question, unit=unit, currency=currency)
    except TooManyStates as error:
        raise typer.BadParameter(f"{', '.join(question.models)} by {question.by}: {error}") from None


def _unit(workspace: Workspace, unit: str) -> str:
    from sync.attribution.everybody import UNITS  # noqa: PLC0415

    if unit and unit not in UNITS:
        raise typer.BadParameter(f"--unit: {unit!r} is none of {', '.join(UNITS)}")
    return unit or workspace.settings.attribution.unit


def _notes(answer: Answer) -> dict[str, Any]:
    return {
        "deals_of_nobody": answer.alone,
        "amounts_not_counted": [{"deal": one.key, "amount": one.odd} for one in answer.odd],
    }


def _tell(answer: Answer) -> None:
    for one in answer.odd:
        typer.echo(f"{one.key}: its amount {one.odd!r} cannot be counted; correct it in the CRM", err=True)
    if answer.alone:
        typer.echo(
            f"{answer.alone} deals name nobody whose touches are known; they stand under (unknown). "
            "Add contact roles to them, or count by account (--unit account).",
            err=True,
        )


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror}") from None
