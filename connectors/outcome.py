"""What became of one write. Handle it with `match` and `assert_never`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """The CRM confirmed it. `id` is the row it lives in now."""

    id: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not this time; the same write may work in `after_s` seconds. Also: the answer was lost."""

    reason: str
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rejected:
    """The CRM will never accept this as it is; `reason` holds its own words, `remedy` what to do.

    `id` is the row that stands there all the same, where half of it was done.
    """

    reason: str
    remedy: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing more can be written to this CRM now (revoked token, used-up quota): keep and go.

    `until` is the instant before which trying again is in vain; 0 = unknown.
    """

    reason: str
    remedy: str = ""
    until: int = 0


Outcome = Done | Retry | Rejected | Stop
