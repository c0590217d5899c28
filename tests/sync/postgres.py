"""A PostgreSQL of our own for tests: from Debian's package, in a temporary folder, behind a socket only."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

DEBIAN = Path("/usr/lib/postgresql")
MISSING = "PostgreSQL is not installed: apt-get install postgresql"
READY_TRIES = 100
WAIT_S = 30
# Nothing here has to survive a power cut.
HASTE = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=16MB")


def binaries() -> Path | None:
    """This is where the server's programs are: named by PG_BIN, else Debian's newest, else on the PATH."""
    if named := os.environ.get("PG_BIN"):
        return Path(named)
    debian = [path for path in DEBIAN.glob("*/bin") if (path / "initdb").exists()]
    if debian:
        return max(debian, key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. Everybody who can reach its socket is let in, so its folder is private."""

    folder: Path

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://test@/{database}?host={self.folder}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """This is the URL of a fresh, empty database that goes away afterwards."""
        name = f"t{secrets.token_hex(6)}"
        self._tell(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self._tell(f"DROP DATABASE {name} WITH (FORCE)")

    def _tell(self, statement: str) -> None:
        engine = create_engine(self.url(), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)
        finally:
            engine.dispose()


@contextmanager
def server(programs: Path) -> Iterator[Server]:
    """This starts a server and stops it, by its pid, at the end."""
    with tempfile.TemporaryDirectory(prefix="mqlsync-postgres-") as made:
        folder = Path(made)
        user = _user(folder)
        options = ("-U", "test", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        settings = [word for name in ("listen_addresses=", *HASTE) for word in ("-c", name)]
        with (folder / "log").open("wb") as log:
            command = [str(programs / "initdb"), "-D", "data", *options]
            subprocess.run(command, stdout=log, stderr=log, check=True, cwd=folder, **user)
            command = [str(programs / "postgres"), "-D", "data", "-k", made, *settings]
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **user)
        try:
            _until_ready(programs, folder, process)
            yield Server(folder)
        finally:
            process.send_signal(signal.SIGINT)  # ends sessions, then itself
            process.wait(WAIT_S)


def _user(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root; then it runs as the user that Debian's package made for it."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _until_ready(programs: Path, folder: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(READY_TRIES):
        asked = subprocess.run([programs / "pg_isready", "-q", "-t", "1", "-h", folder], check=False)
        if asked.returncode == 0:
            return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"PostgreSQL did not start: {(folder / 'log').read_text()}")
