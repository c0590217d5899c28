"""The shell: store, steps, outbox, daemon, command line."""
