"""The files for an administrator: well-formed, complete, and the same fields that the API would make."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from connectors.own import OWN_FIELDS
from connectors.salesforce.fields import OWN_PAIRS, TASK_KEY_FIELD
from connectors.salesforce.sfdx import MANIFEST, NAMESPACE, PROJECT, READ, SOURCE, files

SPACE = {"m": NAMESPACE}
SET = f"{SOURCE}/permissionsets/MQL_Sync.permissionset-meta.xml"


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

    assert sorted(members) == sorted([*there, "MQL_Sync"])
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


def test_only_our_own_fields_may_be_edited_and_nothing_deleted() -> None:
    permissions = parsed(SET)
    grants = {
        text(each, "field"): text(each, "editable")
        for each in permissions.findall("m:fieldPermissions", SPACE)
    }
    editable = {name for name, may_edit in grants.items() if may_edit == "true"}

    ours = {f"{source}.{name}" for source in ("Lead", "Contact") for name, _ in OWN_PAIRS}
    assert editable == ours | {f"Task.{TASK_KEY_FIELD}"}
    assert {f"Lead.{name}" for name in READ["Lead"]} <= grants.keys()
    assert set(texts(permissions, "objectPermissions/allowDelete")) == {"false"}
    assert set(texts(permissions, "objectPermissions/modifyAllRecords")) == {"false"}


def test_whoever_deploys_is_told_about_the_mapping_of_converted_leads() -> None:
    assert "Map Lead Fields" in files()["README.md"]
