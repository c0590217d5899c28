"""Progress of long reads: bars on a terminal, lines of the log elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sync.pull import Progress

LINE_EVERY = 5_000


@contextmanager
def bars() -> Iterator[Callable[[Progress], None]]:
    """This shows pages as they arrive, on standard error."""
    if not sys.stderr.isatty():
        yield _Lines().tell
        return
    from rich import progress  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn())
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        tasks: dict[str, progress.TaskID] = {}

        def tell(page: Progress) -> None:
            name = f"{page.connection} {page.stream}"
            if name not in tasks:
                tasks[name] = shown.add_task(name, total=page.expected or None)
            shown.update(tasks[name], completed=page.rows)

        yield tell


class _Lines:
    """One line of the log for each stream's every few thousand rows."""

    def __init__(self) -> None:
        self.told: dict[str, int] = {}

    def tell(self, page: Progress) -> None:
        import structlog  # noqa: PLC0415 (start-up time)

        name = f"{page.connection} {page.stream}"
        if page.rows - self.told.get(name, 0) >= LINE_EVERY:
            self.told[name] = page.rows
            facts = {"crm": page.connection, "stream": page.stream, "rows": page.rows}
            structlog.get_logger().info("rows_read", **facts, expected=page.expected or None)
