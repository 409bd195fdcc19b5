"""Reads for exports: `visits` (what each visit's log says, one fold each) and `records` (conclusions, tasks)."""
