"""The `mqlsync partners` commands: files that partners send, and what partners are sent."""
