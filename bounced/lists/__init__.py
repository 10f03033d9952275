"""Lists of addresses in the formats of other programs: text to entries, and back.

A format is a file in ``formats/`` and a row in FORMATS, with a sample in samples/lists/. Pure, but for the files that
bounced.lists.target writes.
"""
