"""A fake HubSpot and a fake Salesforce over loopback HTTP, sharing no code with mqlsync."""
