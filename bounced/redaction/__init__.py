"""A mail without the people in it: fit for a bug report, and still read as before.

Kept: line ends, MIME structure, names of headers and fields, reply codes, statuses, and words that every mail system
may say (bounced.redaction.words). Addresses, hosts and IP addresses become others, the same ones by the same; every
other word becomes as many ``x``, every other digit ``0``.
"""

from bounced.redaction.mail import redact

__all__ = ["redact"]
