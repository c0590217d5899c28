"""When sales decided, to the second, where the org tracks statuses; and when sales work at all."""

from __future__ import annotations

from typing import Any

from salesforce_fake import NOW, Fake, fake

from connectors.salesforce import Options
from connectors.salesforce.instants import DAY, SECOND, instant, written
from connectors.salesforce.meanings import Meanings

USER = "0055e000001AbCdAAK"
WORKING, CLOSED = "Working - Contacted", "Closed - Not Converted"
FIRST, LATER = NOW - 3 * DAY, NOW - DAY


def tracked(org: Fake, lead: str, status: Any, at: int, **fields: Any) -> str:
    row = {"LeadId": lead, "Field": "Status", "NewValue": status, "IsDeleted": False, "CreatedById": USER}
    stamps = dict.fromkeys(("CreatedDate", "SystemModstamp"), written(at))
    return org.crm.org.tables["LeadHistory"].add({**row, **stamps, **fields})


def working(org: Fake) -> str:
    """A lead on which sales is at work, and that somebody changed just now."""
    leads = org.crm.org.tables["Lead"]
    lead = max(org.there("Lead"))
    row = leads.find(lead) or {}
    changed = {"Status": WORKING, "SystemModstamp": org.crm.org.stamp(), "LastModifiedDate": written(NOW)}
    leads.put({**row, **changed, "ConvertedDate": None, "IsConverted": False})
    return lead


def decided(org: Fake, lead: str) -> list[tuple[str, int]]:
    """What sales decided about a lead, and when: each decision once."""
    told = [each for name, each in org.shelf.touches.items() if name.startswith(f"lead:{lead}:status:")]
    return sorted({(each.kind, each.occurred_at) for each in told}, key=lambda one: one[1])


def test_a_decision_is_as_old_as_the_history_says_and_not_as_the_leads_last_change() -> None:
    with fake() as org:
        lead = working(org)
        tracked(org, lead, WORKING, FIRST)
        org.read("lead_history", "leads")

        assert decided(org, lead) == [("sales_accepted", FIRST)]
        assert org.shelf.touches[f"lead:{lead}:status:{WORKING}"].referrer == f"salesforce:{USER}"


def test_without_history_a_decision_is_as_old_as_the_leads_last_change() -> None:
    with fake() as org:
        lead = working(org)
        org.read("lead_history", "leads")

        assert decided(org, lead) == [("sales_accepted", NOW)]


def test_what_was_decided_again_is_told_again() -> None:
    with fake() as org:
        lead = working(org)
        for status, at in ((WORKING, FIRST), (CLOSED, FIRST + DAY), (WORKING, LATER)):
            tracked(org, lead, status, at)
        org.read("lead_history", "leads")

        kinds = ("sales_accepted", "sales_rejected", "sales_accepted")
        assert decided(org, lead) == list(zip(kinds, (FIRST, FIRST + DAY, LATER), strict=True))


def test_what_is_no_decision_or_was_deleted_says_nothing() -> None:
    with fake() as org:
        lead = working(org)
        for status in ("Open - Not Contacted", None, ""):
            tracked(org, lead, status, FIRST)
        tracked(org, lead, CLOSED, FIRST, IsDeleted=True)
        tracked(org, lead, CLOSED, FIRST, Field="Rating")
        org.read("lead_history")

        assert decided(org, lead) == []


def test_an_orgs_own_words_for_decisions_count_whatever_their_case() -> None:
    meanings = Meanings(statuses=(("Recycled", "sales_recycled"),))
    with fake(options=Options(meanings=meanings)) as org:
        lead = working(org)
        tracked(org, lead, "RECYCLED", FIRST)
        org.read("lead_history")

        assert decided(org, lead) == [("sales_recycled", FIRST)]


def test_a_decision_that_was_tracked_after_the_last_poll_comes_with_the_next() -> None:
    with fake() as org:
        lead = working(org)
        org.read("lead_history")
        org.later(3_600)
        at = org.clock.now() // SECOND * SECOND
        tracked(org, lead, CLOSED, at)
        org.later(60)
        org.read("lead_history")

        assert decided(org, lead) == [("sales_rejected", at)]


def test_business_hours_and_holidays_are_read_as_they_stand() -> None:
    with fake() as org:
        org.read("business_hours", "holidays")
        tables = org.crm.org.tables
        for kind, name, fields in (
            ("calendar", "BusinessHours", {"TimeZoneSidKey": "time_zone", "MondayStartTime": "monday_start"}),
            ("holiday", "Holiday", {"ActivityDate": "on", "Name": "name"}),
        ):
            there = {row["Id"]: row for number in range(50) if (row := tables[name].get(number))}
            read = {row_id: row for (held, row_id), row in org.shelf.rows.items() if held == kind}

            assert there
            assert set(read) == set(there)
            for row_id, row in there.items():
                seen = {ours: str(row[theirs]) for theirs, ours in fields.items() if row.get(theirs)}
                assert {ours: read[row_id].attributes.get(ours) for ours in seen} == seen
                assert read[row_id].stamp == instant(row["SystemModstamp"])


def test_activities_are_asked_for_with_those_that_were_archived_long_ago() -> None:
    with fake() as org:
        org.read("tasks", "events")

        asked = {
            call.path.rpartition("/")[2] for call in org.stub.calls if " FROM " in call.query.get("q", "")
        }
        assert asked == {"queryAll"}
