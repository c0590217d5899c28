"""Which partner brought whom: evidence, who holds the claim, and how that is said."""
