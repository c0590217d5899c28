"""What operators edit: files and environment to values."""
