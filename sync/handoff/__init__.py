"""Handing leads over to sales: whose they are, the task, the clock."""
