"""Slow streams take turns; none is forgotten, and none holds up what is read at each poll."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.protocol import Stream
from sync.clock import SECOND
from sync.turns import AT_ONCE, due

NEWS = Stream("news")
SLOW = tuple(Stream(name, 300) for name in ("a", "b", "c", "d", "e"))


def test_what_has_no_clock_is_read_at_each_poll_and_the_rest_when_its_time_has_come() -> None:
    waited = {NEWS: 0, SLOW[0]: 299 * SECOND, SLOW[1]: 300 * SECOND}

    assert due(waited) == [NEWS, SLOW[1]]


def test_streams_that_are_due_together_are_read_a_few_at_a_time_the_longest_overdue_first() -> None:
    waited = {NEWS: 0, **{each: (300 + place) * SECOND for place, each in enumerate(SLOW)}}

    assert due(waited) == [NEWS, *SLOW[-AT_ONCE:]]


def test_who_has_waited_for_twice_her_time_waits_no_longer() -> None:
    assert due(dict.fromkeys(SLOW, 599 * SECOND)) == list(SLOW[:AT_ONCE])
    assert due(dict.fromkeys(SLOW, 600 * SECOND)) == list(SLOW)


def test_a_stream_that_never_caught_up_is_read_on() -> None:
    assert due(dict.fromkeys((NEWS, *SLOW))) == [NEWS, *SLOW]


@given(
    st.lists(st.sampled_from([300, 900, 1_800, 3_600, 21_600]), min_size=1, max_size=14),
    st.integers(10, 4_000),
)
def test_nobody_waits_much_longer_than_twice_her_time(clocks: list[int], interval_s: int) -> None:
    streams = [Stream(str(place), every_s) for place, every_s in enumerate(clocks)]
    caught_up = dict.fromkeys(streams, 0)

    for now in range(interval_s, 100 * interval_s, interval_s):
        read = due({each: (now - caught_up[each]) * SECOND for each in streams})
        waited = {each: now - caught_up[each] for each in streams}
        assert all(waited[each] <= 2 * each.every_s + interval_s for each in streams)
        caught_up |= dict.fromkeys(read, now)
