"""The numbers: plans, areas, organizations, goals, indicators, baselines."""
