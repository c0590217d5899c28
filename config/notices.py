"""Whom we tell otherwise than by a task of a lead's owner: managers, mail digests, a chat's webhook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from config.errors import Problem
from config.notices_model import By, EscalationModel, NoticesModel, is_address
from config.sla_model import SlaModel, TerritoryModel
from config.yaml_lines import Document, Place

MANAGER = "manager"  # stands for the manager whom the CRM names for an owner


@dataclass(frozen=True, slots=True)
class Escalation:
    """Whom a breach is told: users by the ids that the CRMs give them, or mail addresses."""

    by: By = "task"
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Smtp:
    """How mail is sent, and how long leads are gathered into one."""

    host: str
    sender: str
    port: int = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    every_minutes: int = 60


@dataclass(frozen=True, slots=True)
class Handoff:
    """How a territory hears of its leads."""

    by: By
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notices:
    """What is told otherwise than by a task. `handoffs` are those of territories, by name."""

    escalation: Escalation | None = None
    email: Smtp | None = None
    handoffs: Mapping[str, Handoff] = field(default_factory=dict)

    def uses(self, by: By) -> bool:
        """This tells whether somebody is told in this way."""
        escalates = self.escalation is not None and self.escalation.by == by
        return escalates or any(one.by == by for one in self.handoffs.values())


def notices_of(
    notices: NoticesModel | None, sla: SlaModel | None, territories: Sequence[TerritoryModel]
) -> Notices:
    """This is what the settings say."""
    email = notices.email if notices else None
    escalation = sla.escalation if sla else None
    return Notices(
        Escalation(escalation.by, escalation.to) if escalation else None,
        Smtp(**email.model_dump()) if email else None,
        {
            one.name: Handoff(one.handoff.by, one.handoff.to)
            for one in territories
            if one.handoff is not None and one.handoff.by != "task"
        },
    )


def notice_problems(
    document: Document,
    notices: NoticesModel | None,
    sla: SlaModel | None,
    territories: Sequence[TerritoryModel],
) -> list[Problem]:
    """This is what is wrong between the lines: mail without a server, or without anybody to get it."""
    told: list[tuple[Place, By, tuple[str, ...]]] = [
        (("territories", number, "handoff"), one.handoff.by, one.handoff.to)
        for number, one in enumerate(territories)
        if one.handoff is not None
    ]
    escalation = sla.escalation if sla else None
    found = list(_wrong_escalation(document, escalation)) if escalation else []
    if escalation:
        told.append((("sla", "escalation"), escalation.by, escalation.to))
    has_server = notices is not None and notices.email is not None
    for place, by, to in told:
        if by == "email" and not has_server:
            found.append(document.problem(place, "there is no mail server", "write `notices: email:`"))
        if by == "email" and not to:
            found.append(document.problem(place, "nobody would get the mail", "add `to:` with addresses"))
        if by == "webhook" and to:
            found.append(document.problem(place, "a webhook has no addresses", "leave out `to`"))
        if by == "task" and to and place[0] == "territories":
            found.append(document.problem(place, "a task goes to an owner", "leave out `to`"))
    return found


def _wrong_escalation(document: Document, one: EscalationModel) -> Iterator[Problem]:
    place = ("sla", "escalation", "to")
    if one.by == "task" and not one.to:
        yield document.problem(
            place[:2], "nobody would get the task", "add `to:` with ids of users, or `manager`"
        )
    if one.by == "email" and not all(is_address(to) for to in one.to):
        yield document.problem(place, "holds what is no mail address", "write them like sales@example.com")
