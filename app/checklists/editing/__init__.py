"""Drafts as an author works on them: YAML text and forms are two views of one document. All of it is pure."""
