"""The desk's lists."""
