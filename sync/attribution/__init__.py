"""Attribution at work: everybody's touches, what they reached, and who gets the credit."""
