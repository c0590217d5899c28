"""The command line. It parses, calls one step, and prints; heavy parts are imported when a command runs.

Exit codes: 0 fine, 1 error, 64 usage; `plan` 2 = changes are waiting; `status` 0 fine, 1 degraded,
2 stopped connections, 3 store.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from sync import wording
from sync.attribution.cli import app as attribution_app
from sync.definitions.cli import app as definitions_app
from sync.erase_cli import erase
from sync.explaining.cli import explain
from sync.handoff.cli import sla
from sync.handoff.disputes_cli import disputes
from sync.handoff.unrouted_cli import unrouted
from sync.partners.cli import app as partners_app
from sync.safety import cli as safety
from sync.setup_cli import check, provision

if TYPE_CHECKING:
    from sync.cycle import Summary
    from sync.workspace import Workspace

USAGE = 64
CHANGES_WAIT = 2
STORE = 3
WRONG_WORDS = 2  # argparse, which reads the words of the sandbox

# In the order in which one needs them; what is not named here comes last.
ORDER = (
    *("init", "check", "provision", "backfill", "run", "daemon", "serve", "plan", "apply", "undo", "errors"),
    *("drift", "reconcile", "status", "explain", "sla", "unrouted", "disputes", "attribution", "partners"),
    *("holdout", "definitions", "fields", "backup", "restore", "erase", "demo", "sandbox"),
)


class InOrder(TyperGroup):
    """`--help` lists the commands as they are needed, not as they happen to be written down."""

    def list_commands(self, ctx: Any) -> list[str]:
        """These are the names of all commands."""
        names = super().list_commands(ctx)
        return sorted(names, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


app = typer.Typer(
    cls=InOrder,
    help="Keeps one trusted answer to “is this lead qualified, and why?” in HubSpot and Salesforce.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Folder = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="The workspace's folder; else MQLSYNC_WORKSPACE, else here."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def say(line: str = "") -> None:
    """This is the only way a command prints."""
    typer.echo(line)


def show(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, default=str))


@contextmanager
def opened_workspace(folder: Path | None) -> Iterator[Workspace]:
    from sync.workspace import folder_of, opened  # noqa: PLC0415

    with opened(folder_of(folder)) as workspace:
        yield workspace


app.add_typer(attribution_app, name="attribution")
app.add_typer(definitions_app, name="definitions")
app.add_typer(partners_app, name="partners")
app.add_typer(safety.errors_app, name="errors")
app.command()(erase)
app.command()(explain)
app.command()(check)
app.command()(provision)
app.command()(disputes)
app.command()(sla)
app.command()(unrouted)
for command in (safety.undo, safety.drift, safety.reconcile, safety.holdout, safety.fields):
    app.command()(command)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to make the workspace.")] = Path(),
    example: Annotated[
        str | None, typer.Option(metavar="NAME", help="Also write this example of a definition.")
    ] = None,
) -> None:
    """Make a workspace: commented settings, definition and partner files. Nothing is overwritten."""
    from config.init import init as make  # noqa: PLC0415
    from sync import clock  # noqa: PLC0415

    made = make(folder, example, clock.to_datetime(clock.now()).date())
    for path in made:
        say(f"made {path}")
    say("Next: edit mqlsync.yaml, set the tokens in the environment, then run `mqlsync check`.")


def _report(summary: Summary, as_json: bool) -> None:
    if as_json:
        show(summary.as_dict())
        return
    for line in wording.of_cycle(summary):
        say(line)
    for trouble in summary.pulled.troubles + summary.applied.stopped:
        typer.echo(trouble, err=True)


def _log() -> None:
    """Whatever may take long logs: all of it where nobody watches, else only what should be seen."""
    from sync import log  # noqa: PLC0415

    log.configure("warning" if sys.stderr.isatty() else "info")


def _cycle(workspace: Path | None, command: str, as_json: bool, **options: Any) -> None:
    from sync.cycle import cycle  # noqa: PLC0415
    from sync.progress import bars  # noqa: PLC0415

    _log()
    with opened_workspace(workspace) as opened, _drained(opened), bars() as tell:
        summary = cycle(opened, command, tell=tell, **options)
    _report(summary, as_json)
    if summary.pulled.troubles or summary.applied.stopped:
        raise typer.Exit(1)


@contextmanager
def _drained(workspace: Workspace) -> Iterator[None]:
    """SIGTERM finishes the page in hand and leaves."""
    import signal  # noqa: PLC0415

    from sync.clock import Stopping  # noqa: PLC0415

    before = signal.signal(signal.SIGTERM, lambda *_: workspace.alarm.ring())
    try:
        yield
    except Stopping:
        typer.echo("stopped as asked; the next run goes on here", err=True)
        raise typer.Exit(0) from None
    finally:
        signal.signal(signal.SIGTERM, before)


@app.command()
def backfill(
    workspace: Folder = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read, judge and plan, but write to no CRM.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read everything once, judge everybody, plan. Resumable: run it again after any interruption."""
    _cycle(workspace, "backfill", as_json, everything=True, writes=not dry_run)


@app.command()
def run(workspace: Folder = None, as_json: AsJson = False) -> None:
    """Run one cycle: read what changed, judge, write."""
    _cycle(workspace, "run", as_json)


@app.command()
def daemon(workspace: Folder = None) -> None:
    """Run a cycle every interval until SIGTERM, which finishes the page in hand and leaves."""
    from sync import log  # noqa: PLC0415
    from sync.daemon import daemon as serve  # noqa: PLC0415

    log.configure()
    with opened_workspace(workspace) as opened:
        serve(opened)


@app.command()
def serve(workspace: Folder = None) -> None:
    """Listen for HubSpot's webhooks until SIGTERM; a daemon elsewhere reads what was told."""
    from sync import log  # noqa: PLC0415
    from sync.listening import serve as listen  # noqa: PLC0415

    log.configure()
    with opened_workspace(workspace) as opened, _drained(opened):
        listen(opened)


@app.command()
def plan(
    workspace: Folder = None,
    pull: Annotated[bool, typer.Option("--pull/--no-pull", help="Read the CRMs first.")] = True,
    as_json: AsJson = False,
) -> None:
    """Show what would change in the CRMs, and keep it as a plan. Exit code 2 = changes are waiting."""
    from sync.cycle import cycle  # noqa: PLC0415
    from sync.progress import bars  # noqa: PLC0415
    from sync.show import view  # noqa: PLC0415

    _log()
    with opened_workspace(workspace) as opened, _drained(opened), bars() as tell:
        summary = cycle(opened, "plan", reads=pull, writes=False, tell=tell)
        found = view(opened.store)
    for trouble in summary.pulled.troubles:
        typer.echo(trouble, err=True)
    if as_json:
        show(found.as_dict() if found else {"plan": None})
    else:
        for line in found.lines() if found else ["Nothing would change."]:
            say(line)
    if summary.pulled.troubles:
        raise typer.Exit(1)
    raise typer.Exit(CHANGES_WAIT if found else 0)


@app.command()
def apply(
    number: Annotated[
        int | None, typer.Argument(metavar="PLAN", help="The plan's number; the newest if left out.")
    ] = None,
    workspace: Folder = None,
) -> None:
    """Release a held plan and write exactly that. Refuses one that is no longer current."""
    from sync.cycle import apply_plan  # noqa: PLC0415

    _log()
    with opened_workspace(workspace) as opened, _drained(opened):
        released, applied = apply_plan(opened, number)
    say(f"plan {released}: {wording.of_applied(applied)}")
    for trouble in applied.stopped:
        typer.echo(trouble, err=True)
    raise typer.Exit(1 if applied.stopped else 0)


@app.command()
def status(
    workspace: Folder = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the page that shows it to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how things stand. Exit code 0 fine, 1 degraded, 2 a connection stopped, 3 store."""
    from sync.errors import SyncError, WorkspaceMissing  # noqa: PLC0415
    from sync.status import status as look  # noqa: PLC0415
    from sync.workspace import folder_of, observed  # noqa: PLC0415

    try:
        with observed(folder_of(workspace)) as opened:
            told = look(opened)
    except WorkspaceMissing:
        raise
    except SyncError as error:  # whatever else is in the way of looking is the store
        if as_json:
            show(
                {
                    "level": "store",
                    "exit_code": STORE,
                    "problems": [{"text": error.subject, "remedy": error.remedy}],
                }
            )
        else:
            typer.echo(str(error), err=True)
        raise typer.Exit(STORE) from None
    if html is not None:
        from dashboard.page import page  # noqa: PLC0415

        try:
            html.write_text(page(told), encoding="utf-8")
        except OSError as error:
            raise typer.BadParameter(f"{html} cannot be written: {error.strerror}") from None
    if as_json:
        show(told.as_dict())
    else:
        for line in told.lines():
            say(line)
    raise typer.Exit(int(told.health.level))


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where backups are kept.")] = Path(
        "backups"
    ),
    workspace: Folder = None,
    keep: Annotated[int, typer.Option(min=1, help="How many to keep.")] = 7,
) -> None:
    """Make a checked copy of the database while it is in use."""
    from sync.store.backup import backup as make  # noqa: PLC0415

    with opened_workspace(workspace) as opened:
        say(f"made {make(opened.store, folder, opened.now(), keep)}")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup that `mqlsync backup` made.")],
    workspace: Folder = None,
) -> None:
    """Put a backup in the place of the database; the present one is set aside."""
    from config.settings import load_settings  # noqa: PLC0415
    from sync import clock  # noqa: PLC0415
    from sync.store.backup import restore as put  # noqa: PLC0415
    from sync.workspace import folder_of  # noqa: PLC0415

    put(load_settings(folder_of(workspace)).database_url, file, clock.now())
    say(f"restored {file}")


@app.command()
def demo(
    people: Annotated[
        int, typer.Option(min=20, max=200_000, help="How many people the fake CRMs hold.")
    ] = 1_000,  # enough for tasks in both CRMs on any day
    seed: Annotated[int, typer.Option(help="Which world.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Run the main job on a fake HubSpot and a fake Salesforce on this machine."""
    from sync.demo import demo as play  # noqa: PLC0415
    from sync.progress import bars  # noqa: PLC0415

    _log()
    with bars() as tell:
        result = play(people, seed, say=(lambda _: None) if as_json else say, tell=tell)
    if as_json:
        show(result)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def sandbox(context: typer.Context) -> None:
    """Serve a fake HubSpot and a fake Salesforce on loopback (--people N --seed N --live SECONDS …)."""
    import subprocess  # noqa: PLC0415

    try:
        ended = subprocess.run([sys.executable, "-m", "sandbox", *context.args], check=False)  # noqa: S603
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    raise typer.Exit(USAGE if ended.returncode == WRONG_WORDS else ended.returncode)


def main() -> None:
    """This is the command `mqlsync`."""
    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        sys.exit(1)
    except TyperException as error:  # every wrong word of a command line
        show_usage = getattr(error, "show", None)
        show_usage() if show_usage else typer.echo(str(error), err=True)
        sys.exit(USAGE)
    except Exception as error:  # noqa: BLE001 - the border to people: known errors speak, others are re-raised
        sys.exit(_explained(error))
    sys.exit(code if isinstance(code, int) else 0)


def _explained(error: Exception) -> int:
    from config.errors import ConfigError  # noqa: PLC0415
    from connectors.errors import ConnectorError  # noqa: PLC0415
    from sync.errors import SyncError  # noqa: PLC0415

    if isinstance(error, ConfigError | ConnectorError | SyncError):
        typer.echo(str(error), err=True)
        return 1
    raise error


if __name__ == "__main__":
    main()
