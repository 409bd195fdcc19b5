"""Reads of notices: `lists` for their person, `outbox` for administrators, `contacts` for how people are reached."""
