"""What every row stands on: the sandbox, child processes, load, tables."""
