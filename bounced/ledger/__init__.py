"""The SQLite file: one writer (``ledger``), read-only questions (``queries``), and what keeps it whole."""
