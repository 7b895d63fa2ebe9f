"""The site: settings, front page, search, API root."""
