"""Where one lead's task goes, and to whom.

Without territories it goes to the owner of one of her records, else to whoever stands in. A queue owns
leads and does no tasks: without a stand-in the task is meant for the queue all the same, is refused there,
and so stands in `status` with its cause. With territories it goes to a live owner who is at work, else to
whoever works on the same company, else to the next in her territory. Only who has a seat in a CRM in which
she has a record can take her. A task that a CRM has stays at its record, and with its owner as long as that
one works.

The owner of a record is never changed: that field is not ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.records import key_of
from scoring.handoff.routing import Home, home
from scoring.handoff.territory import Given, Lead, Nobody, Roster, Territory, route
from sync.handoff.owners import Owners, owner_key
from sync.store.assignments import Assignment
from sync.store.facts import Row

NO_RECORD = "none of her records can carry a task"
NO_OWNER = "nobody who works owns one of her records; name a `default_owner`, or write `territories`"


@dataclass(frozen=True, slots=True)
class Made:
    """A task that a CRM has, or may have."""

    connection: str
    record: str
    owner_id: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Whose the task is and at which record. With a `cause`, nobody can take it: a home is then where an
    old task stays."""

    home: Home | None
    how: str = ""
    territory: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One lead and what was decided on her before: `held` is her assignment, `made` her task in a CRM."""

    lead: Lead
    rows: Sequence[Row]
    held: Assignment | None
    made: Made | None

    @property
    def owners(self) -> str:
        """This is who owns her records, to tell whether that has changed."""
        keys = (owner_key(row.connection, row.attributes) for row in self.rows if row.is_writable)
        return " ".join(key for key in keys if key)


class Desk:
    """This gives leads out, one after the other, and counts the turns."""

    def __init__(
        self,
        owners: Owners,
        *,
        order: Sequence[str],
        stand_ins: Mapping[str, str],
        territories: Sequence[Territory] = (),
        away: Collection[str] = (),
        turns: Mapping[str, Mapping[str, int]] | None = None,
    ) -> None:
        self._owners, self._order, self._stand_ins = owners, order, stand_ins
        self._written = {one.name: one for one in territories}
        self._territories = [replace(one, owners=self._named(one)) for one in territories]
        self._team = {seller for one in self._territories for seller in one.owners}
        self._away = frozenset(away)
        self.turns = {name: self._of_sellers(counts) for name, counts in (turns or {}).items()}

    def place(self, case: Case, colleague: str = "") -> Placed:
        """This decides on a lead; `colleague` is the key of the owner who works on her company."""
        homes = [self._home(row) for row in case.rows]
        if case.made:
            homes = [one for one in homes if _key(one) == case.made.record]
        found = self._by_territory(case, homes, colleague) if self._territories else self._by_owner(homes)
        return self._kept(case.made, case.held, found) if case.made else found

    def take_back(self, held: Assignment) -> None:
        """A turn in which somebody got nobody after all was none."""
        counts = self.turns.get(held.territory, {})
        seller = self._owners.seller(key_of(held.connection, "owner", held.owner_id))
        if counts.get(seller):
            counts[seller] -= 1

    def _kept(self, made: Made, held: Assignment | None, found: Placed) -> Placed:
        """A task in a CRM goes to somebody else only for a seller's sake, never to whoever stands in."""
        if found.home and found.how != "stand-in" and self._is_active(found.home):
            return found
        kind, record_id = made.record.split(":", 2)[1:]
        owner_id = held.owner_id if held and held.connection == made.connection else ""
        kept = Home(made.connection, kind, record_id, owner_id or made.owner_id, True)
        if self._is_active(kept):
            return Placed(kept, "given before")
        return found if found.home else replace(found, home=kept)

    def _home(self, row: Row) -> Home:
        key = owner_key(row.connection, row.attributes)
        owner_id = str(row.attributes.get("owner_id", ""))
        is_active = self._owners.is_active(key)
        return Home(
            row.connection, row.kind, row.record_id, owner_id, is_active, row.is_writable, row.created_at
        )

    def _by_owner(self, homes: Sequence[Home]) -> Placed:
        if found := home(homes, self._order):
            return Placed(found, "owner")
        if found := home((self._stood_in(one) for one in homes), self._order):
            return Placed(found, "stand-in" if found.crm in self._stand_ins else "owner")
        return Placed(None, cause=NO_OWNER if self._crms(homes) else NO_RECORD)

    def _by_territory(self, case: Case, homes: Sequence[Home], colleague: str) -> Placed:
        crms = self._crms(homes)
        if not crms:
            return Placed(None, cause=NO_RECORD)
        live = home((one for one in homes if self._is_at_work(one)), self._order)
        owner = self._seller(live) if live else ""
        works = self._owners.seller(colleague)
        asked = (*self._team, owner, works, self._keeper(case))
        roster = Roster(self._present(asked, crms, case), self.turns, self._given(case, owner))
        lead = replace(case.lead, owner_id=owner, account_owner_id=works)
        routed = route([lead], self._territories, roster)
        self.turns = {name: dict(counts) for name, counts in routed.roster.turns.items()}
        told = routed.decisions[0]
        if isinstance(told, Given):
            seated = live if told.owner_id == owner else self._seat(told.owner_id, homes)
            return Placed(seated, told.how, told.territory)
        if found := home((self._stood_in(one) for one in homes if one.crm in self._stand_ins), self._order):
            return Placed(found, "stand-in", told.territory)
        return Placed(None, "", told.territory, self._why(told, crms))

    def _given(self, case: Case, owner: str) -> Mapping[str, str]:
        """Who was given her keeps her, unless her records have been given to somebody else who is there."""
        keeps = self._keeper(case)
        has_moved = case.held is not None and case.held.record_owner != case.owners
        return {case.lead.key: keeps} if keeps and not (owner and has_moved) else {}

    def _keeper(self, case: Case) -> str:
        """This is the seller who was given her, or who has her task, "" if nobody was."""
        if case.held and case.held.owner_id:
            return self._owners.seller(key_of(case.held.connection, "owner", case.held.owner_id))
        if case.made:
            return self._owners.seller(key_of(case.made.connection, "owner", case.made.owner_id))
        return ""

    def _present(self, sellers: Iterable[str], crms: Collection[str], case: Case) -> frozenset[str]:
        """These are the sellers who can take her now. Leave is no reason to take away a task that somebody
        has in her CRM already: its clock stands."""
        away = self._away - {self._keeper(case)} if case.made else self._away
        return frozenset(
            one for one in sellers if one not in away and any(self._owners.id_in(one, crm) for crm in crms)
        )

    def _crms(self, homes: Sequence[Home]) -> frozenset[str]:
        return frozenset(one.crm for one in homes if one.is_live and one.crm in self._order)

    def _is_at_work(self, one: Home) -> bool:
        return one.owner_is_active and self._seller(one) not in self._away

    def _is_active(self, one: Home) -> bool:
        return self._owners.is_active(key_of(one.crm, "owner", one.owner_id))

    def _seller(self, one: Home) -> str:
        return self._owners.seller(key_of(one.crm, "owner", one.owner_id))

    def _seat(self, seller: str, homes: Sequence[Home]) -> Home | None:
        """This is her best record in a CRM in which the seller works."""
        seats = (
            replace(one, owner_id=owner_id, owner_is_active=True)
            for one in homes
            if (owner_id := self._owners.id_in(seller, one.crm))
        )
        return home(seats, self._order)

    def _stood_in(self, one: Home) -> Home:
        if one.crm in self._stand_ins:
            return replace(one, owner_id=self._stand_ins[one.crm], owner_is_active=True)
        return replace(one, owner_is_active=self._owners.is_queue(key_of(one.crm, "owner", one.owner_id)))

    def _named(self, territory: Territory) -> tuple[str, ...]:
        """A seller who is named by two of her ids has one turn, and one whom nobody knows has none."""
        return tuple(dict.fromkeys(self._owners.named(one) or f"unknown {one}" for one in territory.owners))

    def _of_sellers(self, counts: Mapping[str, int]) -> dict[str, int]:
        found: dict[str, int] = {}
        for key, leads in counts.items():
            seller = self._owners.seller(key)
            found[seller] = max(leads, found.get(seller, 0))
        return found

    def _why(self, told: Nobody, crms: Collection[str]) -> str:
        if not told.territory:
            return told.cause
        why = Counter(self._trouble(one, crms) for one in self._written[told.territory].owners)
        several = ", ".join(f"{times} {what}" for what, times in why.items())
        return f"nobody in `{told.territory}` can take her: {several}"

    def _trouble(self, name: str, crms: Collection[str]) -> str:
        return "on leave" if self._owners.named(name) in self._away else self._owners.trouble(name, crms)


def _key(one: Home) -> str:
    return key_of(one.crm, one.kind, one.id)
