"""The desk's lists and rows, a file a subject."""
