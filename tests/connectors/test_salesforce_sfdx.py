"""The files for an administrator: well-formed, complete, and the same fields that the API would make."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree

import pytest

from connectors.own import OWN_FIELDS
from connectors.salesforce.fields import OWN_PAIRS, TASK_KEY_FIELD
from connectors.salesforce.sfdx import MANIFEST, NAMESPACE, PROJECT, READ, SOURCE, files

SPACE = {"m": NAMESPACE}
SET = f"{SOURCE}/permissionsets/MQL_Sync.permissionset-meta.xml"
SALES = f"{SOURCE}/permissionsets/MQL_Sync_Sales.permissionset-meta.xml"


def parsed(path: str) -> ElementTree.Element:
    return ElementTree.fromstring(files()[path])


def text(element: ElementTree.Element, path: str) -> str | None:
    return element.findtext("/".join(f"m:{name}" for name in path.split("/")), namespaces=SPACE)


def texts(element: ElementTree.Element, path: str) -> list[str]:
    found = element.findall("/".join(f"m:{name}" for name in path.split("/")), SPACE)
    return [each.text or "" for each in found]


def test_every_file_of_metadata_is_well_formed_and_in_its_namespace() -> None:
    for path, content in files().items():
        if path.endswith(".xml"):
            assert ElementTree.fromstring(content).tag.startswith(f"{{{NAMESPACE}}}"), path


def test_the_project_names_a_folder_that_is_there_and_the_version_we_speak() -> None:
    project = json.loads(files()[PROJECT])

    assert project["sourceApiVersion"] == "67.0"
    (folder,) = project["packageDirectories"]
    assert any(path.startswith(folder["path"] + "/") for path in files())


def test_the_manifest_lists_exactly_what_is_there() -> None:
    manifest = parsed(MANIFEST)
    members = texts(manifest, "types/members")
    there = [
        f"{path.split('/')[-3]}.{path.split('/')[-1].removesuffix('.field-meta.xml')}"
        for path in files()
        if path.endswith(".field-meta.xml")
    ]

    assert sorted(members) == sorted([*there, "MQL_Sync", "MQL_Sync_Sales"])
    assert len(there) == 2 * len(OWN_FIELDS) + 1
    assert texts(manifest, "types/name") == ["CustomField", "PermissionSet"]


def test_fields_are_described_as_the_api_would_make_them() -> None:
    for name, own in OWN_PAIRS:
        field = parsed(f"{SOURCE}/objects/Contact/fields/{name}.field-meta.xml")
        assert (text(field, "fullName"), text(field, "label")) == (name, own.label)
        assert texts(field, "valueSet/valueSetDefinition/value/fullName") == list(own.choices)
        assert text(field, "length") == ("255" if own.type == "text" else None)


def test_the_key_of_tasks_lives_on_activity_and_is_a_unique_external_id() -> None:
    field = parsed(f"{SOURCE}/objects/Activity/fields/{TASK_KEY_FIELD}.field-meta.xml")

    assert [text(field, name) for name in ("unique", "externalId", "caseSensitive")] == ["true"] * 3


# What the Metadata API asks for, by the type of a field; without it a deployment fails.
REQUIRED = {
    "Text": {"length"},
    "Number": {"precision", "scale"},
    "DateTime": set(),
    "Picklist": {"valueSet"},
}
ALLOWED = {"fullName", "label", "type", "description", "unique", "externalId", "caseSensitive"}
GRANT = {"editable", "field", "readable"}
OF_OBJECT = {
    *("allowCreate", "allowDelete", "allowEdit", "allowRead", "modifyAllRecords"),
    *("object", "viewAllRecords"),
}


def names(element: ElementTree.Element) -> list[str]:
    return [each.tag.removeprefix(f"{{{NAMESPACE}}}") for each in element]


def test_every_field_has_what_its_type_asks_for_and_nothing_that_it_does_not_know() -> None:
    fields = [path for path in files() if path.endswith(".field-meta.xml")]
    for path in fields:
        field = parsed(path)
        required = REQUIRED[text(field, "type") or ""]
        assert set(names(field)) >= {"fullName", "label", "type", *required}, path
        assert set(names(field)) <= ALLOWED | required, path
        assert len(names(field)) == len(set(names(field))), path
        assert path.endswith(f"/{text(field, 'fullName')}.field-meta.xml")
        assert len(text(field, "label") or "") <= 40, path
        assert 0 < int(text(field, "length") or 255) <= 255, path
        assert int(text(field, "precision") or 18) <= 18, path
        for value in field.iterfind(".//m:value", SPACE):
            assert names(value) == ["default", "fullName", "label"], path


@pytest.mark.parametrize("path", [SET, SALES])
def test_a_permission_set_has_the_form_that_the_metadata_api_reads(path: str) -> None:
    permissions = parsed(path)

    assert text(permissions, "label")
    runs = [name for name, _ in groupby(names(permissions))]
    assert len(runs) == len(set(runs))  # elements of one name must stand together
    for grant in permissions.findall("m:fieldPermissions", SPACE):
        assert set(names(grant)) == GRANT
        assert text(grant, "readable") == "true"  # who may edit must read
        assert text(grant, "field") not in NEVER_GRANTED
    for each in permissions.findall("m:objectPermissions", SPACE):
        assert set(names(each)) == OF_OBJECT
        assert text(each, "allowRead") == "true"
    granted = texts(permissions, "fieldPermissions/field")
    assert len(granted) == len(set(granted))


# Fields that every record must have: a deployment that grants one is refused.
NEVER_GRANTED = {"Lead.LastName", "Lead.Company", "Lead.Status", "Lead.OwnerId", "Contact.LastName"}


def editable(path: str) -> set[str | None]:
    grants = parsed(path).findall("m:fieldPermissions", SPACE)
    return {text(each, "field") for each in grants if text(each, "editable") == "true"}


def both(names: Sequence[str]) -> set[str]:
    return {f"{source}.{name}" for source in ("Lead", "Contact") for name in names}


def test_our_user_may_edit_exactly_what_we_write_and_sales_exactly_what_is_theirs() -> None:
    permissions = parsed(SET)
    granted = set(texts(permissions, "fieldPermissions/field"))
    written = both([name for name, own in OWN_PAIRS if not own.is_theirs])
    theirs = both([name for name, own in OWN_PAIRS if own.is_theirs])

    assert editable(SET) == written | {f"Task.{TASK_KEY_FIELD}"}
    assert editable(SALES) == theirs
    assert theirs <= granted
    assert set(texts(parsed(SALES), "fieldPermissions/field")) == written | theirs
    assert {f"Lead.{name}" for name in READ["Lead"]} <= granted
    assert set(texts(permissions, "objectPermissions/allowDelete")) == {"false"}
    assert set(texts(permissions, "objectPermissions/modifyAllRecords")) == {"false"}
    assert not texts(parsed(SALES), "objectPermissions/object")


def test_whoever_deploys_is_told_about_the_mapping_of_converted_leads() -> None:
    assert "Map Lead Fields" in files()["README.md"]
