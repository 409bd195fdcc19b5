"""Reads that join features, by what they show: `home`, `wards`, `readings`, `visits`, `items`. They never write."""
