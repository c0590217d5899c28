"""What commands say about findings and cycles, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

MARKS = {"ok": "✓", "changed": "+", "warning": "!", "error": "✗"}

if TYPE_CHECKING:
    from connectors.protocol import Finding
    from sync.apply import Applied
    from sync.cycle import Summary


def of_findings(crm: str, findings: Sequence[Finding]) -> Iterator[str]:
    """This is a line for each thing that `check` or `provision` looked at, and one for what to do."""
    wide = max((len(finding.subject) for finding in findings), default=0)
    for finding in findings:
        text = finding.text.removeprefix(f"{crm} ")  # what came of a failed call names the CRM, too
        yield f"{MARKS[finding.state]} {finding.state:8} {crm}  {finding.subject:{wide}}  {text}"
        if finding.remedy:
            yield f"{'':11}→ {finding.remedy}"


def of_cycle(summary: Summary) -> Iterator[str]:
    """This is what a cycle read, judged and wrote, and whether something waits for a human."""
    saved = summary.pulled.saved
    yield (
        f"read {saved.records} records ({saved.changed} changed) and {saved.touches} touches, "
        f"{saved.unread} put aside; judged {summary.judged} people"
    )
    if summary.checked.people:
        checked = summary.checked
        yield f"judged {checked.people} people anew; the verdict of {checked.differed} was another"
    yield of_applied(summary.applied)
    yield "calls: " + ", ".join(_calls(summary, name, calls) for name, calls in summary.calls.items())
    if summary.plan_state == "held":
        yield "A plan is held for you: look at it with `mqlsync plan`, release it with `mqlsync apply`."


def _calls(summary: Summary, name: str, calls: int) -> str:
    day = summary.days.get(name)
    told = f" ({day['used']} of {day['limit']} of the day used, {day['left']} left for us)" if day else ""
    return f"{name} {calls}{told}"


def of_applied(applied: Applied) -> str:
    """This is what was written, and what was not."""
    changed = f", changed {applied.tasks_changed}" if applied.tasks_changed else ""
    changed += f", told {applied.escalated} broken promises" if applied.escalated else ""
    return (
        f"wrote {applied.fields} fields in {applied.records} records and {applied.tasks} tasks{changed}; "
        f"{applied.rejected} refused, {applied.postponed} later, {applied.overtaken} overtaken"
    )
