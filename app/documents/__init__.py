"""Documents as bytes, pure: domain values in, the same bytes out for the same values. No clock, no database."""
