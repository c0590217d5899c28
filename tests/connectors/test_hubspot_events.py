"""An e-mail event that another one replaced is no deed any more, whether or not it was told before."""

from __future__ import annotations

from typing import Any

from hubspot_stub import Said, connector_to, nothing_known, serving

from connectors.hubspot import signals

OLD = {"id": "e1", "created": 5, "type": "OPEN", "recipient": "a@mail.example"}
NEW = {"id": "e2", "created": 6, "type": "OPEN", "recipient": "a@mail.example", "duration": 900}
OBSOLETE = {**OLD, "obsoletedBy": {"id": "e2", "created": 6}}


def pulled(*rows: Any) -> tuple[list[str], tuple[str, ...], int]:
    with serving(lambda _: Said(body={"events": list(rows), "hasMore": False})) as stub:
        page = connector_to(stub).pull("email_events", "", nothing_known)
    return [touch.source_id for touch in page.touches], page.withdrawn, len(page.unread)


def test_the_event_that_stands_counts_and_the_one_it_replaced_is_taken_back() -> None:
    before, none, _ = pulled(OLD)

    after, withdrawn, unread = pulled(NEW, OBSOLETE)

    assert (before, none) == (["email_event:e1:5"], ())
    assert (after, withdrawn, unread) == (["email_event:e2:6"], ("email_event:e1:5",), 0)


def test_an_event_that_says_that_nothing_replaced_it_stands() -> None:
    assert signals.of_email_event({**OLD, "obsoletedBy": None}) is not None
    assert signals.of_email_event(OBSOLETE) is None


def test_odd_rows_are_set_aside_and_the_others_are_read() -> None:
    told, withdrawn, unread = pulled(NEW, None, {"obsoletedBy": {"id": "x"}}, 7)

    assert (told, withdrawn) == (["email_event:e2:6"], ())
    assert unread == 2
