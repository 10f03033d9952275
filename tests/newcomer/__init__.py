"""A new Debian machine, from installing the package to purging it, as a new admin does it.

`python -m tests.newcomer` (`make newcomer`, as root) prints a transcript. The machines are real: Debian roots made by
mmdebstrap, booted by systemd-nspawn with a network of their own, on which what they change is kept in memory only.
"""
