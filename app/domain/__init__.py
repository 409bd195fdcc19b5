"""The rules of the product, pure: no Flask, no database, no clock, no randomness, no I/O.

`checklist`, `answers`, `operations`, `visits`, `wire`, `scoring` and `findings` have a twin of the same
name in `offline_client/src/domain`; the vectors in `tests/vectors` prove the two equal.
"""
