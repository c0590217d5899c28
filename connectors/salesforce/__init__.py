"""Salesforce: an island of its own. `connect` is the way in, `Options` what differs between orgs."""

from connectors.salesforce.connector import SalesforceConnector, connect
from connectors.salesforce.fields import OriginFields
from connectors.salesforce.meanings import Meanings, MemberRule
from connectors.salesforce.streams import Options

__all__ = ["Meanings", "MemberRule", "Options", "OriginFields", "SalesforceConnector", "connect"]
