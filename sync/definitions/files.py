"""Definitions by the names that people type: a file, a name, or NAME@VERSION; and what is wrong with one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from config.definitions import FOLDER, Written, load_written
from config.errors import ConfigError, Problem, nearest
from config.mail_domains import domain_lists
from config.partners import load_partners
from config.settings import FILE, Settings, load_settings
from scoring.definitions.definition import Definition
from scoring.partner import Partner
from sync.definitions.versions import Kept
from sync.errors import SyncError, WorkspaceMissing
from sync.store.definitions import load_definitions
from sync.store.looking import looked_at


@contextmanager
def looking(settings: Settings) -> Iterator[Connection | None]:
    """This opens the store for reading; None where there is none that can be read."""
    try:
        with looked_at(settings.database_url) as store, store.reading() as tx:
            yield tx
    except SyncError:
        yield None


def named(written: Sequence[Written], name: str) -> Written:
    """This is the definition of that name, or of that `NAME@VERSION`; the latest version of several."""
    found = [one for one in written if name in (one.definition.name, _full_name(one.definition))]
    if found:
        return max(found, key=lambda one: one.definition.terms.effective_at)
    names = sorted({one.definition.name for one in written})
    raise ConfigError(
        [Problem(f"definition `{name}`", 0, "", "there is none of that name", nearest(name, names))]
    )


def _full_name(definition: Definition) -> str:
    return f"{definition.name}@{definition.version}"


def found_definition(folder: Path, name: str) -> tuple[Definition, tuple[Partner, ...]]:
    """This is what a file, a name or a `NAME@VERSION` means: as it stands, else as it was kept."""
    if Path(name).is_file():
        return load_written(Path(name), attributes=_attributes(_folder_of(Path(name)))).definition, ()
    if not (folder / FILE).is_file():
        raise WorkspaceMissing(f"{name} is no file, and {folder / FILE} does not exist")
    settings = load_settings(folder)
    return _written_or_kept(settings, name).definition, load_partners(settings.partners_file)


def found_text(settings: Settings, name: str) -> str:
    """This is the text of a definition: as it stands, else as it was kept."""
    return _written_or_kept(settings, name).text


def _written_or_kept(settings: Settings, name: str) -> Written | Kept:
    try:
        return named(settings.definitions(), name)
    except ConfigError:
        lists = {one.name: one.listed for one in domain_lists(settings.folder).values()}
        with looking(settings) as tx:
            kept = load_definitions(tx, lists) if tx is not None else ()
        for one in reversed(kept):
            if name in (one.definition.name, _full_name(one.definition)):
                return one
        raise


def checked_file(file: Path) -> tuple[list[Problem], Written | None]:
    """This is everything wrong with one file, alone and beside the others of its workspace."""
    folder = _folder_of(file)
    if not (folder / FILE).is_file():
        return _collected(lambda: load_written(file, partners=_partners(folder)))
    settings = load_settings(folder)
    partners = load_partners(settings.partners_file)
    problems, found = _collected(
        lambda: load_written(file, partners=partners, attributes=settings.attributes)
    )
    if found is not None:
        try:
            settings.definitions()
        except ConfigError as error:
            problems += [one for one in error.problems if Path(one.file).resolve() == file.resolve()]
    return problems, found


def _folder_of(file: Path) -> Path:
    """This is the workspace to which a definition's file belongs, if it belongs to one."""
    folder = file.resolve().parent
    return folder.parent if folder.name == FOLDER else folder


def _attributes(folder: Path) -> Iterable[str]:
    return load_settings(folder).attributes if (folder / FILE).is_file() else ()


def _partners(folder: Path) -> tuple[Partner, ...] | None:
    file = folder / "partners.yaml"
    return load_partners(file) if file.is_file() else None


def _collected(read: Callable[[], Written]) -> tuple[list[Problem], Written | None]:
    try:
        return [], read()
    except ConfigError as error:
        return list(error.problems), None
