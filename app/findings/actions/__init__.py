"""What people do to a conclusion, by stage: `drafting`, `wording`, `reviewing`, `issuing`. Nothing here commits.

Every act takes the revision its author was looking at; a conclusion that has moved on meanwhile refuses it, so a
form sent twice changes nothing the second time. What the domain computed is never edited: people's words stand
beside it (`findings.text` beside `findings.computed_text`, `texts` beside `computed`).
"""
