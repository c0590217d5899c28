"""What qualified means: definitions as values, what they ask, and which one counts when."""
