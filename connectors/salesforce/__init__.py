"""Salesforce: REST through simple-salesforce's session."""
