"""A message without the people in it: fit for a bug report, and still parsed as before.

Kept: line ends, MIME structure, names of headers and fields, reply codes, statuses, and the words of mail systems
(bounced.redaction.words). Addresses, hosts and IP addresses are replaced, the same one always by the same; every
other word becomes as many ``x``, every other digit ``0``.
"""

from bounced.redaction.mail import redact

__all__ = ["redact"]
