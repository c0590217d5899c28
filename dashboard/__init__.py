"""Pure: reports to HTML."""
