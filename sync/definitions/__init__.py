"""`mqlsync definitions`: the files, the versions the store keeps, and how they are shown."""
