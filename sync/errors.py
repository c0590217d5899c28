"""What can go wrong in the shell. The subject comes first; the class docstring holds the remedy.

SyncError
├── WorkspaceMissing   no configuration where we looked
├── StoreDamaged       the database failed its check
├── StoreMissing       there is no database yet
├── StoreClosed        the database cannot be opened or read
├── StoreTooOld        the database waits for its upgrade
├── BackupFailed       no copy could be written, or there is none of that name
├── NotSQLite          backup and restore are for SQLite files
├── StoreTooNew        the database was written by a newer mqlsync
├── LeaseHeld          another daemon works on this database
├── LeaseLost          another daemon took over while we were away
├── StalePlan          the plan no longer matches what is known
├── NoSuchPlan         no plan of that number, or nothing waits
├── NoSuchRun          no run of that number wrote anything
├── NoSuchError        no refusal of that number waits
├── NoSuchPerson       nobody has that e-mail address or id
├── PartnerFileRefused a partner's file cannot be read at all
├── ExportFailed       a partner's files could not be written
├── NoSuchPartner      no partner of that name is in the registry
├── NotListening       no webhooks can be heard
└── NotInstalled       a part that this command needs is not installed
"""

from __future__ import annotations


class SyncError(Exception):
    """Something went wrong."""

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.subject = subject

    @property
    def remedy(self) -> str:
        """This is what to do about it."""
        return (self.__doc__ or "").strip()

    def __str__(self) -> str:
        return f"{self.subject}. {self.remedy}"


class WorkspaceMissing(SyncError):
    """Run `mqlsync init` to make one, or name its folder with --workspace."""


class StoreDamaged(SyncError):
    """Nothing was written. Restore the newest good backup with `mqlsync restore FILE`."""


class StoreMissing(SyncError):
    """Run `mqlsync backfill` to make it, or see whether `database` in mqlsync.yaml names another file."""


class StoreClosed(SyncError):
    """Is the database up, is the disk there, and may this user read it?"""


class StoreTooOld(SyncError):
    """Any command that works on it brings it up to date: run `mqlsync plan --no-pull`."""


class BackupFailed(SyncError):
    """The store is as it was. Look at the folder: does it exist, is it writable, is the disk full?"""


class NotSQLite(SyncError):
    """PostgreSQL brings its own tools: use `pg_dump` and `pg_restore`."""


class StoreTooNew(SyncError):
    """Install the newer mqlsync again, or restore a backup made by this version."""


class LeaseHeld(SyncError):
    """Wait for it to finish, or stop it; an abandoned lease ends by itself."""


class LeaseLost(SyncError):
    """Nothing was written after that moment. Start again; the work goes on where it was."""


class StalePlan(SyncError):
    """Nothing was written. Run `mqlsync plan` to see what would change now."""


class NoSuchPlan(SyncError):
    """Run `mqlsync plan` to make one."""


class NoSuchRun(SyncError):
    """So nothing was taken back. `mqlsync undo` without a number lists the runs that wrote."""


class NoSuchError(SyncError):
    """Nothing was changed. `mqlsync errors` lists what was refused, with its numbers."""


class NoSuchPerson(SyncError):
    """Check the spelling; `mqlsync status` tells how many people are known."""


class PartnerFileRefused(SyncError):
    """Nothing was taken over. Name its columns with `--map email=COLUMN`, or save it as CSV in UTF-8."""


class ExportFailed(SyncError):
    """Look at the folder: does it exist, may this user write there, is the disk full?"""


class NoSuchPartner(SyncError):
    """`mqlsync partners` lists them; they are described in partners.yaml."""


class NotListening(SyncError):
    """Name a free address in mqlsync.yaml: `webhooks: {listen: 127.0.0.1:8787, public_url: https://…}`."""


class NotInstalled(SyncError):
    """Install it and run the command again."""
