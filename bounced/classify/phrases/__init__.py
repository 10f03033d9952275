"""The words of mail systems that refuse, delay or lose a message, and what they mean.

1. A phrase is matched in folded text (bounced.classify.replies.fold): lower case, single spaces, ``'`` for any
   apostrophe, every address written as ``@``, without the codes that begin continuation lines.
2. A phrase begins where a word begins; it may end inside one, so that ``quota exceed`` covers its endings.
3. The first row that is found wins. Rows about the message and us precede rows about the recipient: a
   text that names both must not be held against the recipient.
4. CLEAR rows beat every status, VAGUE rows only a vague one, WEAK rows none.
"""

from __future__ import annotations

from bounced.classify.phrases.message import MESSAGE
from bounced.classify.phrases.phrase import Phrase
from bounced.classify.phrases.providers import PROVIDERS
from bounced.classify.phrases.recipient import RECIPIENT
from bounced.classify.phrases.sender import SENDER
from bounced.classify.phrases.translations import LANGUAGES
from bounced.classify.phrases.transport import TRANSPORT
from bounced.classify.phrases.vague import VAGUE, WEAK

CLEAR: tuple[Phrase, ...] = (*PROVIDERS, *MESSAGE, *SENDER, *RECIPIENT, *LANGUAGES, *TRANSPORT)

__all__ = ["CLEAR", "VAGUE", "WEAK", "Phrase"]
