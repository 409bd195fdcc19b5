"""The kinds of official documents, put together from composed text.

Sources: Decree 30/2020/NĐ-CP, appendix I (layout) and III (abbreviations, forms 1.4, 1.5, 1.9); for site minutes the
two-party layout of inspection form 05: the unit on the left, the delegation on the right, two copies of equal value.
"""
