"""The process that watches mailboxes for years: accounts, polls, jobs, log, and the main thread above them."""
