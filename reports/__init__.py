"""Pure: facts and verdicts to numbers."""
