"""One workspace's settings: mqlsync.yaml as values, and the files that it names.

Everything relative is relative to the workspace's folder, never to where somebody happens to stand.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from config.attribution import Attribution
from config.channels import load_sites
from config.checked import checked
from config.definitions import DEFAULTS, Written, counts, load_definitions
from config.errors import ConfigError, Problem
from config.feedback import custody_problems, feedback_problems
from config.mail_domains import domain_lists
from config.notices import Notices, notice_problems, notices_of
from config.partners import Registry, load_partners, load_registry
from config.settings_model import Crm, Database, SettingsModel, WebhooksModel
from config.sla import sla_problems, slas_of, territories_of, unknown_partners
from config.yaml_lines import Document, read_yaml
from config.zones import WEEKDAYS
from scoring.context import Context
from scoring.definitions.definition import Definition
from scoring.definitions.kinds import HostList
from scoring.handoff.sla import Slas
from scoring.handoff.territory import Territory
from scoring.touches import ATTRIBUTE_FIELDS, NAMED_FIELD

FILE = "mqlsync.yaml"
DATABASE = "MQLSYNC_DATABASE"
PUBLIC_HOSTS = ("free_mail", "disposable")  # as `domains.yaml` calls them


@dataclass(frozen=True, slots=True)
class HubSpot:
    """How a portal is used. `daily_share` of its calls are ours; the standard fields that may be moved
    are those named here. `forms` and `lists` say by patterns of names what it means to submit or to join
    one, `utm_properties` where the portal keeps what campaigns said."""

    url: str = "https://api.hubapi.com"
    daily_share: float = 0.8
    lifecycle_stage: bool = False
    lead_status: bool = False
    forms: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    utm_properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Salesforce:
    """How an org is used. With a `username` we come as that user, by a key; a first load of `bulk_from` rows
    goes by the Bulk API (0 = none does); `default_owner` gets tasks that nobody else can do; `lead_status`
    is the status that a lead moves on to when it becomes MQL."""

    login_url: str = ""
    username: str | None = None
    daily_share: float = 0.8
    own_share: float = 0.5
    bulk_from: int = 50_000
    default_owner: str | None = None
    lead_status: str | None = None


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Where we listen to HubSpot, and the address under which it knows us."""

    host: str
    port: int
    public_url: str


@dataclass(frozen=True, slots=True)
class Nightly:
    """When everybody is judged anew: at this time of these weekdays (their names), in this zone."""

    at: time = time(2, 30)
    days: tuple[str, ...] = WEEKDAYS
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class PartnersExport:
    """When every partner's report is written, and where to."""

    folder: Path
    schedule: Nightly


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decided. `hubspot_url` and `salesforce_login_url` are None where not connected.

    `home_crm` holds connected CRMs only, the preferred one first. `score_step` is in points.
    `attributes` are further fields of the CRMs, by the names that definitions may use. `statuses` are lead
    statuses that mean something here, each with the kind of touch that it is.
    """

    folder: Path
    workspace: str
    database_url: str = field(repr=False)  # may hold a password
    hubspot_url: str | None
    salesforce_login_url: str | None
    home_crm: tuple[Crm, ...]
    interval_seconds: int
    score_step: int
    holdout_percent: float
    blast_radius_percent: int
    blast_radius_min: int
    task_age_max_days: int
    own_domains: tuple[str, ...]
    definition_file: Path
    partners_file: Path
    channels_file: Path
    hubspot: HubSpot = HubSpot()
    salesforce: Salesforce = Salesforce()
    nightly: Nightly = Nightly()
    partners_export: PartnersExport | None = None
    webhooks: Webhooks | None = None
    territories: tuple[Territory, ...] = ()
    notices: Notices = field(default_factory=Notices)
    attributes: Mapping[str, Mapping[Crm, str]] = field(default_factory=dict)
    statuses: Mapping[Crm, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    attribution: Attribution = field(default_factory=Attribution)

    def fields_of(self, crm: Crm) -> tuple[tuple[str, str], ...]:
        """These are the further fields that are read from a CRM, each with its name in a record."""
        return tuple(
            (where[crm], name if name in ATTRIBUTE_FIELDS else f"{NAMED_FIELD}{name}")
            for name, where in self.attributes.items()
            if crm in where
        )

    @property
    def stand_ins(self) -> Mapping[str, str]:
        """These are the users who get tasks that nobody else can do, by CRM."""
        return {"salesforce": self.salesforce.default_owner} if self.salesforce.default_owner else {}

    def public_hosts(self) -> tuple[HostList, ...]:
        """These are the hosts at which anybody may have a mailbox, and our own: nobody's company."""
        lists = domain_lists(self.folder)
        return (*(lists[name] for name in PUBLIC_HOSTS if name in lists), HostList("own", self.own_domains))

    def definitions(self) -> tuple[Written, ...]:
        """This is everything that "qualified" means here, with what the files say beside it."""
        registry = self.registry()
        found = load_definitions(
            self.folder, own=self.definition_file, partners=registry.partners, attributes=self.attributes
        )
        if problems := list(registry.problems([one.definition for one in found], self.attributes)):
            raise ConfigError(problems)
        return found

    def registry(self) -> Registry:
        """This is who markets with us, and by which rules they claim leads."""
        return load_registry(self.partners_file)

    def definition(self) -> Definition:
        """This is what "qualified" means for those whom no narrower definition concerns."""
        found = [one.definition for one in self.definitions() if one.definition.scope.kind == "own"]
        return next((one for one in found if counts(one)), found[0])

    def slas(self) -> Slas | None:
        """This is by when sales follows up, in working hours; None where the workspace keeps no calendar."""
        document = read_yaml(self.folder / FILE)
        model = checked(document, SettingsModel)
        if model.sla is None:
            return None
        return slas_of(document, model.sla, model.territories, load_partners(self.partners_file))

    def context(self) -> Context:
        """This is what the workspace knows besides its people."""
        registry = self.registry()
        document = read_yaml(self.folder / FILE)
        model = checked(document, SettingsModel)
        tiers = {one.slug: one.tier for one in registry.partners}
        problems = custody_problems(document, model.custody, tiers)
        problems += unknown_partners(document, self.territories, tiers)
        if problems:
            raise ConfigError(problems)
        slas = self.slas() if tiers else None
        return Context(
            own_domains=self.own_domains,
            partners=registry.partners,
            claim_rules=registry.rules,
            sites=load_sites(self.channels_file),
            feedback=model.feedback.feedback(),
            custody=model.custody.terms(tiers, slas),
        )


def load_settings(folder: Path) -> Settings:
    """This reads the workspace's mqlsync.yaml; a `ConfigError` lists everything that is wrong with it."""
    folder = folder.resolve()
    document = read_yaml(folder / FILE)
    model = checked(document, SettingsModel)
    connections = model.connections
    home_crm = tuple(crm for crm in model.home_crm if getattr(connections, crm) is not None)
    named = {"definition": model.definition, "partners": model.partners, "channels": model.channels}
    problems = _missing_files(document, folder, named)
    problems += sla_problems(document, model.sla, model.territories)
    problems += feedback_problems(document, model.feedback)
    problems += notice_problems(document, model.notices, model.sla, model.territories)
    if not home_crm:
        problems.append(
            document.problem(("home_crm",), "names no CRM that is connected", "name one of `connections`")
        )
    if problems:
        raise ConfigError(problems)
    return Settings(
        folder=folder,
        workspace=model.workspace,
        database_url=_database_url(folder, _database_in_environment() or model.database),
        hubspot_url=connections.hubspot.url if connections.hubspot else None,
        salesforce_login_url=connections.salesforce.login_url if connections.salesforce else None,
        home_crm=home_crm,
        interval_seconds=model.interval_seconds,
        score_step=model.score_step,
        holdout_percent=model.holdout_percent,
        blast_radius_percent=model.blast_radius_percent,
        blast_radius_min=model.blast_radius_min,
        task_age_max_days=model.task_age_max_days,
        own_domains=model.own_domains,
        definition_file=_file(folder, model.definition, "definition.yaml"),
        partners_file=_file(folder, model.partners, "partners.yaml"),
        channels_file=_file(folder, model.channels, "channels.yaml"),
        hubspot=HubSpot(**connections.hubspot.model_dump()) if connections.hubspot else HubSpot(),
        salesforce=Salesforce(**connections.salesforce.model_dump())
        if connections.salesforce
        else Salesforce(),
        nightly=Nightly(model.nightly.at, model.nightly.days, model.time_zone),
        partners_export=_partners_export(folder, model),
        webhooks=_webhooks(model.webhooks),
        territories=territories_of(model.territories),
        notices=notices_of(model.notices, model.sla, model.territories),
        attributes={name: one.fields for name, one in model.attributes.items()},
        attribution=model.attribution.attribution(),
        statuses={crm: model.feedback.statuses_of(crm) for crm in model.feedback.statuses},
    )


def _partners_export(folder: Path, model: SettingsModel) -> PartnersExport | None:
    asked = model.partners_export
    if asked is None:
        return None
    return PartnersExport(folder / asked.folder, Nightly(asked.at, asked.days, model.time_zone))


def _webhooks(model: WebhooksModel | None) -> Webhooks | None:
    if model is None:
        return None
    host, _, port = model.listen.rpartition(":")
    return Webhooks(host.strip("[]"), int(port), model.public_url)


def _missing_files(document: Document, folder: Path, named: dict[str, str | None]) -> list[Problem]:
    return [
        document.problem((key,), f"there is no file `{name}`", "check its name; it is relative to this file")
        for key, name in named.items()
        if name is not None and not (folder / name).is_file()
    ]


def _file(folder: Path, named: str | None, usual: str) -> Path:
    """This is the file that is named, else the usual one in the folder, else the shipped one."""
    if named is not None:
        return folder / named
    return folder / usual if (folder / usual).is_file() else DEFAULTS / usual


def _database_in_environment() -> str | None:
    value = os.environ.get(DATABASE)
    if not value:
        return None
    try:
        return TypeAdapter[str](Database).validate_python(value)
    except ValidationError as error:
        what, _, remedy = error.errors()[0]["msg"].removeprefix("Value error, ").partition("; ")
        raise ConfigError([Problem("environment", 0, DATABASE, what, remedy)]) from None


def _database_url(folder: Path, database: str) -> str:
    """PostgreSQL is spoken through psycopg 3, which is the driver that the extra `postgres` installs."""
    scheme, mark, rest = database.partition("://")
    if not mark:
        return f"sqlite:///{folder / database}"
    if scheme != "sqlite":
        return f"postgresql+psycopg://{rest}"
    name = rest.removeprefix("/")
    if not name or name.startswith((":memory:", "file:")):
        return database
    return f"sqlite:///{folder / name}"
