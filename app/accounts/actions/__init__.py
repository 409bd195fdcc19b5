"""Writes of accounts, by what they change: `sessions`, `people`, `units`."""
