"""Writing with care: what others changed of ours, what a CRM refused, taking a run back, holding out."""
