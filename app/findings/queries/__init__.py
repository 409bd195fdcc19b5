"""Reads of conclusions, by what they read: `records`, `outcomes`, `notices`, `reviews`."""
