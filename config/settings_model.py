"""How mqlsync.yaml must look: the keys, their types and limits, and where secrets may be sent."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.attribution import AttributionModel
from config.checked import Checked
from config.feedback import CustodyModel, FeedbackModel
from config.notices_model import NoticesModel
from config.reachable import is_loopback
from config.sla_model import SlaModel, Territories
from config.vocabulary import OWN_NAME, Kind, Text, Texts, listed
from config.zones import WEEKDAYS, Weekday, Zone

T = TypeVar("T")
Crm = Literal["salesforce", "hubspot"]
# These tell who somebody is, or what sales made of her.
TAKEN = frozenset({"email", "email_domain", "lifecycle_stage", "lead_status", "opted_out"})
Utm = Literal["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"]


def _origin(value: str) -> str:
    """Tokens go to this address, so it is encrypted or this very machine, and holds nothing else.

    The value is not repeated in messages: it may hold a password.
    """
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is no address; write https://host") from None
    if not host or parts.scheme not in ("https", "http"):
        raise ValueError("is no address; write https://host")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("would send secrets unencrypted; write https://")
    if "@" in parts.netloc or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("holds more than scheme and host; write https://host")
    return f"{parts.scheme}://{parts.netloc}"


def _https(value: str) -> str:
    """HubSpot signs this very address, so it must be the one that stands in the app's settings."""
    if not value.startswith("https://") or not urlsplit(value).hostname or "#" in value:
        raise ValueError("is no public address; write the https://… that the HubSpot app calls")
    return value


def _user_id(value: str) -> str:
    if not re.fullmatch(r"005[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?", value):
        raise ValueError("is no user of Salesforce; write the id, 15 or 18 characters that begin with 005")
    return value


def _time_of_day(value: object) -> object:
    """YAML takes 12:30 for a number in base sixty."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return time(value // 60, value % 60)
    if isinstance(value, str) and (found := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value)):
        return time(int(found[1]), int(found[2]))
    raise ValueError("is no time of day; write it like 02:30")


def _attribute_name(value: str) -> str:
    if not re.fullmatch(OWN_NAME, value):
        raise ValueError("is no name for an attribute; write small letters, digits and _")
    if value in TAKEN:
        raise ValueError("is read by itself and means more than a value; choose another name")
    return value


def _property(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        raise ValueError("is no internal name of a property; HubSpot shows it as </> beside the label")
    return value


def _field(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value):
        raise ValueError("is no API name of a field; write it like Need__c")
    return value


def _endpoint(value: str) -> str:
    host, mark, port = value.rpartition(":")
    if not mark or not host or not port.isdecimal() or not 0 <= int(port) <= 65_535:
        raise ValueError("is no address to listen on; write it like 127.0.0.1:8787")
    return value


def _domain(value: str) -> str:
    """The value is not repeated in messages: it may be somebody's address."""
    if "@" in value:
        raise ValueError("is an e-mail address; write only the part after the @")
    if "." not in value.strip(".") or any(mark in value for mark in ":/ \t"):
        raise ValueError("is no mail domain; write it like example.com")
    return value.casefold().strip(".")


def _database(value: str) -> str:
    scheme, mark, _ = value.partition("://")
    if not mark:
        if "?" in value:  # SQLAlchemy would take the rest for options
            raise ValueError("has a ? in its name; choose another file name")
        return value
    if scheme not in ("sqlite", "postgresql", "postgres", "postgresql+psycopg"):
        raise ValueError("is no database we know; write a file name, sqlite:///… or postgresql://…")
    return value


def _once(value: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(value)) != len(value):
        raise ValueError("names one of them twice; keep one")
    return value


def _nothing_is_empty(value: object) -> object:
    return {} if value is None else value


AttributeName = Annotated[Text, AfterValidator(_attribute_name)]
Origin = Annotated[Text, AfterValidator(_origin)]
Domain = Annotated[Text, AfterValidator(_domain)]
Database = Annotated[Text, AfterValidator(_database)]


class HubSpotModel(Checked):
    url: Origin = "https://api.hubapi.com"
    daily_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    lifecycle_stage: bool = False
    lead_status: bool = False
    forms: dict[Text, Kind] = Field(default_factory=dict)
    lists: dict[Text, Kind] = Field(default_factory=dict)
    utm_properties: dict[Utm, Texts] = Field(default_factory=dict)


class NightlyModel(Checked):
    at: Annotated[time, BeforeValidator(_time_of_day)] = time(2, 30)
    days: Annotated[
        tuple[Weekday, ...], BeforeValidator(listed), Field(min_length=1), AfterValidator(_once)
    ] = WEEKDAYS


class PartnersExportModel(Checked):
    folder: Text
    at: Annotated[time, BeforeValidator(_time_of_day)] = time(6, 0)
    days: Annotated[
        tuple[Weekday, ...], BeforeValidator(listed), Field(min_length=1), AfterValidator(_once)
    ] = ("mon",)


class WebhooksModel(Checked):
    public_url: Annotated[Text, AfterValidator(_https)]
    listen: Annotated[Text, AfterValidator(_endpoint)] = "127.0.0.1:8787"


class SalesforceModel(Checked):
    login_url: Origin
    username: Text | None = None
    daily_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    own_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    bulk_from: Annotated[int, Field(ge=0)] = 50_000
    default_owner: Annotated[Text, AfterValidator(_user_id)] | None = None
    lead_status: Text | None = None


class AttributeModel(Checked):
    hubspot: Annotated[Text, AfterValidator(_property)] | None = None
    salesforce: Annotated[Text, AfterValidator(_field)] | None = None

    @model_validator(mode="after")
    def _at_least_one(self) -> AttributeModel:
        if self.hubspot is None and self.salesforce is None:
            raise ValueError("names no field; write `hubspot:` or `salesforce:` and its internal name")
        return self

    @property
    def fields(self) -> dict[Crm, str]:
        named: tuple[tuple[Crm, str | None], ...] = (
            ("hubspot", self.hubspot),
            ("salesforce", self.salesforce),
        )
        return {crm: name for crm, name in named if name}


class ConnectionsModel(Checked):
    hubspot: Annotated[HubSpotModel | None, BeforeValidator(_nothing_is_empty)] = None
    salesforce: Annotated[SalesforceModel | None, BeforeValidator(_nothing_is_empty)] = None

    @model_validator(mode="after")
    def _at_least_one(self) -> ConnectionsModel:
        if self.hubspot is None and self.salesforce is None:
            raise ValueError("names no CRM; add `hubspot:` or `salesforce:` below it")
        return self


class SettingsModel(Checked):
    workspace: Text
    connections: ConnectionsModel
    database: Database = "mqlsync.db"
    interval_seconds: Annotated[int, Field(ge=5, le=86_400)] = 60
    home_crm: Annotated[
        tuple[Crm, ...], BeforeValidator(listed), Field(min_length=1), AfterValidator(_once)
    ] = ("salesforce", "hubspot")
    score_step: Annotated[int, Field(ge=1, le=1_000)] = 5
    blast_radius_percent: Annotated[int, Field(ge=0, le=100)] = 20
    blast_radius_min: Annotated[int, Field(ge=0)] = 10
    holdout_percent: Annotated[float, Field(ge=0, le=50)] = 0.0
    task_age_max_days: Annotated[int, Field(ge=0, le=3_650)] = 7
    own_domains: Annotated[tuple[Domain, ...], BeforeValidator(listed)] = ()
    time_zone: Zone = "UTC"
    nightly: NightlyModel = NightlyModel()
    partners_export: PartnersExportModel | None = None
    webhooks: WebhooksModel | None = None
    sla: SlaModel | None = None
    territories: Territories = ()
    notices: NoticesModel | None = None
    feedback: FeedbackModel = FeedbackModel()
    custody: CustodyModel = CustodyModel()
    attributes: dict[AttributeName, AttributeModel] = Field(default_factory=dict)
    attribution: AttributionModel = AttributionModel()
    definition: Text | None = None
    partners: Text | None = None
    channels: Text | None = None
