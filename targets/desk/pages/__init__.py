"""The pages of work at the desk: filling in, review, publication, sheets."""
