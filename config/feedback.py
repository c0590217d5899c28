"""`feedback:` and `custody:` of mqlsync.yaml: how the word of sales is taken, and whom partners may keep."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from pydantic import Field

from config.checked import Checked
from config.errors import Problem, nearest
from config.vocabulary import Text, Texts
from config.yaml_lines import Document
from scoring.handoff.custody import RECALL_DAYS, Terms
from scoring.handoff.reasons import BY_REASON, REASONS, Feedback, Follows, Reason, hours
from scoring.handoff.sla import Slas

Crm = Literal["salesforce", "hubspot"]
# What a lead status may mean, as the touch that it becomes; "" for one that means nothing.
MEANINGS = {
    "accepted": "sales_accepted",
    "rejected": "sales_rejected",
    "nurture": "sales_nurture",
    "recycled": "sales_recycled",
    "disqualified": "sales_disqualified",
    "nothing": "",
}
Meaning = Literal["accepted", "rejected", "nurture", "recycled", "disqualified", "nothing"]
Days = Annotated[int, Field(ge=0, le=3_650)]


class ReasonModel(Checked):
    """What is left out is as the shipped reason of this name has it."""

    label: Text | None = None
    follows: Follows | None = None
    days: Days | None = None
    advice: str | None = None

    def reason(self, name: str) -> Reason:
        shipped = next((one for one in REASONS if one.name == name), Reason(name, name, "rejected"))
        return Reason(
            name,
            self.label or shipped.label,
            self.follows or shipped.follows,
            shipped.days if self.days is None else self.days,
            shipped.advice if self.advice is None else self.advice,
        )


class FeedbackModel(Checked):
    accepted_after_hours: Annotated[float, Field(ge=0, le=8_760)] = 0.0
    """After so many hours an MQL that nobody refused or disputed counts as accepted; 0: never."""
    done_task_accepts: bool = False
    """Whether an MQL counts as accepted whose follow-up task somebody has completed."""
    programs: Texts | tuple[()] = ()
    """Users of the CRMs, by their ids, whose dispositions and lead statuses are no human's word."""
    reasons: Mapping[Text, ReasonModel] = Field(default_factory=dict)
    statuses: Mapping[Crm, Mapping[Text, Meaning]] = Field(default_factory=dict)

    def feedback(self) -> Feedback:
        """This is how the word of sales is taken; reasons of the workspace's own stand behind the shipped."""
        written = {name: one.reason(name) for name, one in self.reasons.items()}
        shipped = [written.pop(one.name, one) for one in REASONS]
        silence = hours(self.accepted_after_hours)
        reasons = (*shipped, *written.values())
        return Feedback(reasons, silence, self.done_task_accepts, frozenset(self.programs))

    def statuses_of(self, crm: Crm) -> tuple[tuple[str, str], ...]:
        """These are lead statuses of a CRM, each with the kind of touch that it is."""
        return tuple((status, MEANINGS[means]) for status, means in self.statuses.get(crm, {}).items())


class CustodyTermsModel(Checked):
    takes_mqls: bool = False
    """The partner has its MQLs in hand from the instant at which they qualify."""
    recall_days: Days | None = None


class CustodyModel(Checked):
    recall_days: Days = RECALL_DAYS
    """After so many working days of the partner a lead that it did not hand back is ours again; 0: never."""
    partners: Mapping[Text, CustodyTermsModel] = Field(default_factory=dict)

    def terms(self, partners: Mapping[str, str], slas: Slas | None) -> dict[str, Terms]:
        """These are the terms of every partner; `partners` gives their tiers by slug."""
        found = {}
        for slug, tier in partners.items():
            said = self.partners.get(slug, CustodyTermsModel())
            days = self.recall_days if said.recall_days is None else said.recall_days
            found[slug] = Terms(said.takes_mqls, days, slas.of(slug, tier).calendar if slas else None)
        return found


def feedback_problems(document: Document, feedback: FeedbackModel) -> list[Problem]:
    """This is what is wrong with the reasons: one of our own must say what follows from it."""
    shipped = {one.name for one in REASONS}
    problems = []
    for name, one in feedback.reasons.items():
        place = ("feedback", "reasons", name)
        if name not in shipped and one.follows is None:
            what = "is a reason of your own and does not say what follows"
            problems.append(document.problem(place, what, f"add `follows:`, or {nearest(name, shipped)}"))
        elif (one.follows == "custody") != (name == BY_REASON) and one.follows is not None:
            what = "only the reason with_partner can lead to custody, and to nothing else"
            problems.append(document.problem(place, what, "choose what else follows"))
    return problems


def custody_problems(document: Document, custody: CustodyModel, partners: Collection[str]) -> list[Problem]:
    """This is what is wrong with custody: terms of partners whom the registry does not know."""
    return [
        document.problem(
            ("custody", "partners", slug),
            f"no partner is `{slug}`",
            nearest(slug, partners) if partners else "add it to the partner registry",
        )
        for slug in custody.partners
        if slug not in partners
    ]
