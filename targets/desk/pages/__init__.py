"""The pages of the desk beside its lists."""
