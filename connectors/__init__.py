"""The border to the CRMs: wire answers in, records and touches out; changes in, outcomes out."""
