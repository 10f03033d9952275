"""Blocklists that do not list you, although a reply names them: closed ones, and ones that refused to answer."""

from __future__ import annotations

from bounced.classify.fixes.fix import Fix

#: Lists that refused to answer. Before all others: the reply names the list as if it had answered.
REFUSED = (
    Fix(
        "Spamhaus query refused",
        (
            *("error open resolver", "public open resolver", "excessive number of queries", "returnc"),
            *("127.255.255.252", "127.255.255.254", "127.255.255.255"),
        ),
        "Spamhaus refused to answer the recipient's server, which takes that for a listing: you are not listed",
        "nothing on your side; tell the recipient's postmaster by another way to ask Spamhaus through a resolver of "
        "their own or with a key of its Data Query Service, and not to block by 127.255.255.x",
        "https://www.spamhaus.org/faqs/dnsbl-usage/",
        is_yours=False,
    ),
    Fix(
        "URIBL query refused",
        ("query refused see", "uribl.com refused.shtml"),
        "URIBL refused to answer the recipient's server, which takes that for a listing: you are not listed",
        "nothing on your side; tell the recipient's postmaster by another way to use a resolver of their own",
        "https://uribl.com/refused.shtml",
        is_yours=False,
    ),
)

#: Lists that are closed. After all others: a reply that names an open one, too, is about that.
CLOSED = (
    Fix(
        "NiX Spam",
        ("ix.dnsbl.manitu.net", "dnsbl.manitu.net", "nixspam", "nix spam"),
        "a server still asks a list that was closed in January 2025",
        "nothing on your side; tell the recipient's postmaster by another way to remove the list",
        "https://heise.de/-10248714",
        is_yours=False,
    ),
    Fix(
        "SORBS",
        ("dnsbl.sorbs.net", "sorbs.net", "www.sorbs.net", "spam.dnsbl.sorbs.net", "sorbs"),
        "a server still asks a list that was closed in June 2024",
        "nothing on your side; tell the recipient's postmaster by another way to remove the list",
        "https://www.techzine.eu/news/security/120916/proofpoint-discontinues-anti-spam-service-sorbs/",
        is_yours=False,
    ),
    Fix(
        "AHBL, NJABL, ORDB",
        ("dnsbl.ahbl.org", "rhsbl.ahbl.org", "ahbl.org", "dnsbl.njabl.org", "njabl.org", "relays.ordb.org", "ordb.org"),
        "a server still asks a list that was closed years ago",
        "nothing on your side; tell the recipient's postmaster by another way to remove the list",
        "https://reviewmyemails.com/emailalmanac/spam-filters-and-blocklists/major-blocklists-services/"
        "which-blocklists-have-shut-down-or-are-defunct",
        is_yours=False,
    ),
)
