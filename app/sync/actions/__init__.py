"""Writes of sync: `push` adds to the log, `evidence` keeps photos, `installation` names the database's lineage."""
