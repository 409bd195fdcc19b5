"""Reads of accounts, by what they read: `sessions`, `people`, `units`."""
