"""The pages of work at the desk: what waits, filling in, review."""
