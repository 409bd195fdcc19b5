"""Writing workbooks: `sheets` is about the format, `campaign` about what stands in it."""

from app.exports.workbooks.campaign import Export, write

__all__ = ["Export", "write"]
