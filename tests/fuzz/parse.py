"""Coverage-guided fuzzing of the pure core with atheris: see docs/fuzzing.md. pytest does not collect this.

Stops at the first mail that makes anything raise, a decoder included (which the core itself would only note down).
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["bounced", "flufl"]):
    from bounced.classify import classify
    from bounced.identify import Sender
    from bounced.identify.sender import TrustAnchors
    from bounced.model import Report
    from bounced.parse import NEVER, parse_or_raise

SENDER = Sender(
    campaign="X-Campaign-ID",
    recipient="X-Recipient",
    headers=("List-Id",),
    verp=("b-{user}={domain}@s.test",),
    anchors=TrustAnchors(own_domains=("s.test",), authserv_ids=("mx.test",)),
)


def try_one(content: bytes) -> None:
    """Raises when the mail in ``content`` made anything raise, a decoder included."""
    parsed = parse_or_raise(content, SENDER, (), NEVER)
    if parsed.kind == "unreadable" and parsed.decoder:
        raise AssertionError(parsed.problem)


if __name__ == "__main__":
    classify(Report(diagnostic_code="550"))  # builds the tables, which takes seconds here and is no mail's fault
    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()
