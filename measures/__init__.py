"""The words: source text, sections, corrections, citations, principles, weaknesses, policies, measures."""
