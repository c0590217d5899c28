"""A fake HubSpot portal: the wire format of the real one over the seeded world."""
