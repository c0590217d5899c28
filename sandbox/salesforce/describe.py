"""What describe says about the org's objects, in the keys and types of real answers.

A field that our user may not see is left out without a word, as in Salesforce.
"""

from __future__ import annotations

from email.utils import formatdate
from typing import Any
from zlib import crc32

import orjson

from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import TEXTS, Field, SObject, spaced

SOAP_TYPES = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double",
    "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime",
}  # fmt: skip
UNGROUPED = frozenset({"datetime", "double", "currency", "percent"})
ID_LENGTH = 18

# Keys that say the same for every object and every field of ours.
SOBJECT: dict[str, Any] = {
    "activateable": False, "associateEntityType": None, "associateParentEntity": None, "custom": False,
    "customSetting": False, "deepCloneable": False, "deprecatedAndHidden": False, "hasSubtypes": False,
    "isInterface": False, "isSubtype": False, "queryable": True, "retrieveable": True,
}  # fmt: skip
DETAIL: dict[str, Any] = {
    "actionOverrides": [], "childRelationships": [], "compactLayoutable": True, "defaultImplementation": None,
    "extendedBy": None, "extendsInterfaces": None, "implementedBy": None, "implementsInterfaces": None,
    "listviewable": None, "lookupLayoutable": None, "namedLayoutInfos": [], "networkScopeFieldName": None,
    "recordTypeInfos": [], "searchLayoutable": True, "sobjectDescribeOption": "FULL",
}  # fmt: skip
FIELD: dict[str, Any] = {
    "aiPredictionField": False, "autoNumber": False, "calculated": False, "calculatedFormula": None,
    "cascadeDelete": False, "compoundFieldName": None, "controllerName": None, "defaultValueFormula": None,
    "dependentPicklist": False, "deprecatedAndHidden": False, "displayLocationInDecimal": False,
    "encrypted": False, "extraTypeInfo": None, "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False, "highScaleNumber": False, "htmlFormatted": False,
    "inlineHelpText": None, "mask": None, "maskType": None, "queryByDistance": False,
    "referenceTargetField": None, "relationshipOrder": None, "restrictedDelete": False,
    "searchPrefilterable": False, "writeRequiresMasterRead": False,
}  # fmt: skip


def everything(org: Org, version: str) -> dict[str, Any]:
    """This is the list of all objects."""
    objects = [seen for name in org.tables if (seen := org.sobject(name))]
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [_summary(each, version) for each in sorted(objects, key=lambda each: each.name)],
    }


def one(sobject: SObject, version: str, base_url: str) -> dict[str, Any]:
    """This is everything about one object, its fields above all."""
    master = {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": "012000000000000AAA",
        "urls": {"layout": f"{_url(sobject, version)}/describe/layouts/012000000000000AAA"},
    }
    summary = _summary(sobject, version)
    pages = {
        "uiDetailTemplate": f"{base_url}/{{ID}}",
        "uiEditTemplate": f"{base_url}/{{ID}}/e",
        "uiNewRecord": f"{base_url}/{sobject.prefix}/e",
    }
    return {
        **summary,
        **DETAIL,
        "urls": {**summary["urls"], **pages},
        "recordTypeInfos": [master],
        "supportedScopes": [{"label": f"All {sobject.plural.lower()}", "name": "everything"}],
        "fields": [_field(each) for each in sobject.fields.values()],
    }


def etag(described: dict[str, Any]) -> str:
    """This changes whenever the answer does."""
    return f'"{crc32(orjson.dumps(described)):08x}"'


def changed_at(org: Org) -> str:
    """This is when the org's metadata, or what we may see of it, changed last."""
    return formatdate(org.described_at, usegmt=True)


def _url(sobject: SObject, version: str) -> str:
    return f"/services/data/{version}/sobjects/{sobject.name}"


def _summary(sobject: SObject, version: str) -> dict[str, Any]:
    deletable = sobject.field("IsDeleted") is not None
    writeable = any(field.createable for field in sobject.fields.values())
    url = _url(sobject, version)
    layouts = ("compactLayouts", "approvalLayouts", "layouts")
    return {
        **SOBJECT,
        "name": sobject.name,
        "label": spaced(sobject.name),
        "labelPlural": sobject.plural,
        "keyPrefix": sobject.prefix,
        "createable": writeable,
        "updateable": any(field.updateable for field in sobject.fields.values()),
        "deletable": deletable,
        "undeletable": deletable,
        "feedEnabled": deletable,
        "layoutable": deletable,
        "mergeable": sobject.field("MasterRecordId") is not None,
        "mruEnabled": deletable,
        "replicateable": deletable,
        "searchable": deletable,
        "triggerable": deletable,
        "urls": {
            "sobject": url,
            "describe": f"{url}/describe",
            "rowTemplate": f"{url}/{{ID}}",
            "listviews": f"{url}/listviews",
            "quickActions": f"{url}/quickActions",
            **{name: f"{url}/describe/{name}" for name in layouts},
        },
    }


def _field(field: Field) -> dict[str, Any]:
    is_id = field.type in ("id", "reference")
    is_text = field.type in TEXTS and not is_id
    is_long = field.type == "textarea" and not field.filterable
    return {
        **FIELD,
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "soapType": SOAP_TYPES.get(field.type, "xsd:string"),
        "length": field.length,
        "byteLength": ID_LENGTH if is_id else 3 * field.length if is_text else 0,
        "precision": field.precision,
        "scale": field.scale,
        "digits": 8 if field.type == "int" else 0,
        "createable": field.createable,
        "updateable": field.updateable,
        "nillable": field.nillable,
        "defaultedOnCreate": field.defaulted,
        "defaultValue": False if field.type == "boolean" else field.default,
        "custom": field.custom,
        "externalId": field.unique,
        "unique": field.unique,
        "caseSensitive": field.case_sensitive,
        "idLookup": field.type == "id" or field.unique or field.type == "email",
        "filterable": field.filterable,
        "sortable": field.filterable,
        "groupable": field.filterable and field.type not in UNGROUPED,
        "aggregatable": field.type != "boolean" and not is_long,
        "nameField": field.name == "Name",
        "namePointing": field.polymorphic,
        "polymorphicForeignKey": field.polymorphic,
        "permissionable": field.custom or (field.createable and field.nillable),
        "picklistValues": [
            {
                "active": True,
                "defaultValue": value == field.default,
                "label": value,
                "validFor": None,
                "value": value,
            }
            for value in field.values
        ],
        "restrictedPicklist": field.restricted,
        "referenceTo": list(field.refers),
        "relationshipName": field.relationship,
    }
