"""The words of mail systems that refuse, delay or lose a message, and what they mean.

1. A phrase is matched in folded text (bounced.classify.replies.fold): lower case, single spaces, ``'`` for any
   apostrophe, blanks for hyphens, colons and slashes, every address written as ``@`` and ours as ``sender``, without
   the codes that begin continuation lines.
2. A phrase begins where a word begins; it may end inside one, so that ``quota exceed`` covers its endings.
3. The most specific evidence decides (bounced.classify.phrases.phrase.Rank), and of overlapping phrases the longest
   counts. Of equals the first row wins: rows about the message and us precede rows about the recipient, since a text
   that names both must not be held against the recipient.
4. Words about a mailbox are held against it only where no noun before them names the sender.
"""

from __future__ import annotations

from bounced.classify.phrases.clauses import CLAUSES, NOUNS
from bounced.classify.phrases.foreign import FOREIGN
from bounced.classify.phrases.foreign_sender import FOREIGN_HOST
from bounced.classify.phrases.message import MESSAGE
from bounced.classify.phrases.phrase import Phrase, Rank
from bounced.classify.phrases.providers import PROVIDERS
from bounced.classify.phrases.recipient import RECIPIENT
from bounced.classify.phrases.sender import SENDER
from bounced.classify.phrases.translations import LANGUAGES
from bounced.classify.phrases.transport import TRANSPORT
from bounced.classify.phrases.vague import HINTS, NOTHING, VAGUE, WEAK

PHRASES: tuple[Phrase, ...] = (
    *(NOTHING + PROVIDERS + MESSAGE + SENDER + RECIPIENT + LANGUAGES + TRANSPORT),
    *(CLAUSES + FOREIGN_HOST + HINTS + FOREIGN + VAGUE + WEAK),
)

__all__ = ["NOUNS", "PHRASES", "Phrase", "Rank"]
