"""Permission sets, what they grant, and the rows that may exist once only."""

from __future__ import annotations

from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import RecordRefused
from sandbox.salesforce.tables import Row

TABLES = frozenset({"PermissionSet", "FieldPermissions", "PermissionSetAssignment"})


def changed(org: Org, name: str) -> None:
    """This lets a change of permissions take effect."""
    if name in TABLES:
        org.permissions_changed()


def check(org: Org, name: str, row: Row) -> None:
    """This refuses a second row that says the same, and a grant for a field that is not there."""
    if name == "PermissionSet":
        if _twin(org, name, row, "Name"):
            message = "duplicate value found: Name duplicates value on record with id: "
            raise RecordRefused(
                "DUPLICATE_DEVELOPER_NAME", message + _twin(org, name, row, "Name")[:15], ["Name"]
            )
    elif name == "PermissionSetAssignment":
        if _twin(org, name, row, "AssigneeId", "PermissionSetId"):
            assignee, permission_set = row["AssigneeId"][:15], row["PermissionSetId"][:15]
            message = (
                f"Duplicate PermissionSetAssignment.  Assignee: {assignee}; Permission Set: {permission_set}"
            )
            raise RecordRefused("DUPLICATE_VALUE", message, ["AssigneeId", "PermissionSetId"])
        row["IsActive"] = True
    elif name == "FieldPermissions":
        _check_grant(org, row)


def _check_grant(org: Org, row: Row) -> None:
    object_name, _, field = row["Field"].partition(".")
    sobject = org.sobject(object_name)
    known = sobject and (sobject.field(field) or org.hidden(sobject.name, field))
    if object_name != row["SobjectType"] or not known:
        values = f"Field Name: bad value for restricted picklist field: {row['Field']}"
        raise RecordRefused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", values, ["Field"])
    if twin := _twin(org, "FieldPermissions", row, "ParentId", "Field"):
        message = f"duplicate value found: <unknown> duplicates value on record with id: {twin[:15]}"
        raise RecordRefused("DUPLICATE_VALUE", message)
    row["PermissionsRead"] = row["PermissionsRead"] or row["PermissionsEdit"]


def _twin(org: Org, name: str, row: Row, *fields: str) -> str:
    """This is the id of a row that agrees in all these fields, or nothing."""
    wanted = [str(row[field]).lower() for field in fields]
    for other in org.tables[name].written():
        if [str(other[field]).lower() for field in fields] == wanted:
            return str(other["Id"])
    return ""
