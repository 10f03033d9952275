"""bounced: watches bounce and complaint mailboxes and writes down who must not be mailed any more."""

__version__ = "0.1.0"
