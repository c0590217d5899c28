"""How whom we tell by mail or webhook must look in mqlsync.yaml: `notices:`, escalations, hand-offs."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.checked import Checked
from config.reachable import is_loopback
from config.vocabulary import Text, Texts, listed

By = Literal["task", "email", "webhook"]
ADDRESS_MAX = 254
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def is_address(value: str) -> bool:
    return _ADDRESS.fullmatch(value) is not None and len(value) <= ADDRESS_MAX


def _address(value: str) -> str:
    """The value is not repeated in messages: it may be somebody's."""
    if not is_address(value):
        raise ValueError("is no mail address; write it like sales@example.com")
    return value


Address = Annotated[Text, AfterValidator(_address)]
Addresses = Annotated[tuple[Address, ...], BeforeValidator(listed)]


class SmtpModel(Checked):
    host: Text
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    sender: Annotated[Address, Field(alias="from")]
    username: Text | None = None
    every_minutes: Annotated[int, Field(ge=1, le=1_440)] = 60

    @model_validator(mode="after")
    def _nobody_listens(self) -> Self:
        if self.tls == "none" and not is_loopback(self.host):
            raise ValueError("would send names of leads unencrypted; write `tls: starttls` or `tls: tls`")
        return self


class NoticesModel(Checked):
    email: SmtpModel | None = None


class EscalationModel(Checked):
    by: By = "task"
    to: Texts | tuple[()] = ()


class HandoffModel(Checked):
    by: By
    to: Addresses = ()
