"""Pure arithmetic: touches and attributes in, verdicts out."""
