"""HubSpot: dated REST paths through the official client's transport."""
