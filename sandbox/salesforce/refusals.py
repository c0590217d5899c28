"""How Salesforce says no: for a whole request (`errorCode`), and for one record of many (`statusCode`)."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce import soql

NO_SUCH_COLUMN = (
    "No such column '{field}' on entity '{object}'. If you are attempting to use a custom field, be sure to"
    " append the '__c' after the custom field name. Please reference your WSDL or the describe call for the"
    " appropriate names."
)
NO_SUCH_RELATIONSHIP = (
    "Didn't understand relationship '{name}' in field path. If you are attempting to use a custom"
    " relationship, be sure to append the '__r' after the custom relationship name. Please reference your"
    " WSDL or the describe call for the appropriate names."
)
NO_SUCH_TYPE = (
    "sObject type '{object}' is not supported. If you are attempting to use a custom object, be sure to"
    " append the '__c' after the entity name. Please reference your WSDL or the describe call for the"
    " appropriate names."
)
NOT_WRITABLE = (
    "Unable to create/update fields: {fields}. Please check the security settings of this field and verify"
    " that it is read/write for your profile or permission set."
)


class RequestRefused(Exception):
    """The whole request is refused with one status and one error."""

    def __init__(self, status: int, code: str, message: str, fields: list[str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = [{"message": message, "errorCode": code} | ({} if fields is None else {"fields": fields})]


class RecordRefused(Exception):
    """One record is refused; its neighbours are not concerned."""

    def __init__(self, code: str, message: str, fields: list[str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = fields or []

    def as_result(self) -> dict[str, Any]:
        """This is the error as one record of a collection carries it."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields}

    def as_request(self) -> RequestRefused:
        """This is the same error where the record came alone."""
        gone = self.code in ("ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND")
        return RequestRefused(404 if gone else 400, self.code, self.message, self.fields)


def not_found(message: str = "The requested resource does not exist") -> RequestRefused:
    return RequestRefused(404, "NOT_FOUND", message)


def refused_query(error: soql.SoqlError, text: str) -> RequestRefused:
    """This is a refused query; errors about names and values show where they stand in the text."""
    plain = error.code in ("MALFORMED_QUERY", "QUERY_TOO_COMPLICATED")
    message = error.message if plain else soql.excerpt(text, error.at) + error.message
    return RequestRefused(400, error.code, message)
