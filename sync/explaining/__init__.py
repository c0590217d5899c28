"""`mqlsync explain`: why a lead stands where it stands."""
