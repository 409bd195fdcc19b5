"""Writes of accounts, by what they change: `sessions`, `devices`, `incidents`, `people`, `units`."""
