"""What mail systems say when they refuse, delay or lose a message, and what that means.

1. A phrase is matched in folded text (bounced.smtp_text.fold): lower case, single spaces, ``'`` for any apostrophe,
   every address written as ``@``, without the codes that begin continuation lines.
2. A phrase begins where a word begins; it may end inside one, so that ``quota exceed`` covers its endings.
3. The first row that is found wins. Rows about the message and us precede rows about the recipient: a
   text that names both must not be held against the recipient.
4. CLEAR rows beat every status, VAGUE rows only a vague one, WEAK rows none.
"""

from __future__ import annotations

from bounced.phrases.languages import LANGUAGES
from bounced.phrases.message import MESSAGE
from bounced.phrases.providers import PROVIDERS
from bounced.phrases.recipient import RECIPIENT
from bounced.phrases.row import Phrase
from bounced.phrases.sender import SENDER
from bounced.phrases.transport import TRANSPORT
from bounced.phrases.vague import VAGUE, WEAK

CLEAR: tuple[Phrase, ...] = (*PROVIDERS, *MESSAGE, *SENDER, *RECIPIENT, *LANGUAGES, *TRANSPORT)

__all__ = ["CLEAR", "VAGUE", "WEAK", "Phrase"]
