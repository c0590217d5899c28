"""What happens to a lead that qualified: who takes it, by when, and what the task says."""
