"""How often Python looks for garbage that hangs together in rings.

A page of rows is thousands of objects that all live until it is kept and are gone right after, by count of
references alone. Python's own pace walks over all of them, and over every module, again and again: that was
a sixth of a backfill's CPU. Rings are rare here, so they can wait.
"""

import gc

NEW_OBJECTS = 50_000  # three pages of 2,000 rows; Python's own number is 700


def collect_seldom() -> None:
    """This is for a process of ours, before it begins to read."""
    gc.set_threshold(NEW_OBJECTS, 10, 10)
