"""A small internet for mail servers to bounce off, in name spaces of its own: names, addresses and refusals.

`private_namespaces()` takes the calling process, and what it starts, out of the machine's network: nothing that is
sent there leaves it. The addresses are those for documentation (RFC 5737), the domains nobody's (RFC 6761).
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingUDPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

OURS = "192.0.2.10"  # the mail server that is made to bounce
NEWSLETTER_HOST = "192.0.2.20"

#: MX host and address for each domain. A domain that is not here does not exist.
DOMAINS = {
    "sender.test": ("mail.sender.test", "192.0.2.11"),  # the mailbox for bounces, see returns.py
    "mx.sender.test": ("mx.sender.test", OURS),
    "news.sender.test": ("news.sender.test", NEWSLETTER_HOST),
    "example.org": ("mx.example.org", "198.51.100.1"),
    "example.net": ("mx.example.net", "198.51.100.2"),
    "example.com": ("mx.example.com", "203.0.113.3"),
    "small.test": ("mx.small.test", "203.0.113.4"),
    "strict.test": ("mx.strict.test", "203.0.113.5"),
    "tls.test": ("mx.example.org", "198.51.100.1"),
    "closed.test": ("mx.closed.test", "203.0.113.6"),  # nobody listens
    "loop.test": ("mx.sender.test", OURS),
    "null.test": ("", ""),  # RFC 7505
    "noaddress.test": ("mx.noaddress.test", ""),
}

#: What a recipient's server says at RCPT, by the recipient's local part.
AT_RCPT = {
    "unknown": "550 5.1.1 <{address}>: Recipient address rejected: User unknown in virtual mailbox table",
    "nobody-here": "550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n"
    "550-5.1.1 double-checking the recipient's email address for typos or\r\n"
    "550 5.1.1 unnecessary spaces. NoSuchUser q18si4130012 - smtp",
    "plain": "550 No such user here",
    "ünknown": "550 5.1.1 <{address}>: Recipient address rejected: User unknown",
    "disabled": "550 5.2.1 The email account that you tried to reach is disabled.",
    "full": "452 4.2.2 <{address}>: Mailbox full, over quota. Try again later",
    "full-for-good": "552 5.2.2 <{address}>: mailbox is full (quota exceeded)",
    "relay": "554 5.7.1 <{address}>: Relay access denied",
    "listed": "554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; "
    "https://dnsbl.example/query/ip/192.0.2.10",
    "spf": "550 5.7.23 <{address}>: Recipient address rejected: Message rejected due to: SPF fail - not authorized",
    "policy": "550 5.7.1 <{address}>: Recipient address rejected: Access denied by site policy",
    "greylisted": "450 4.2.0 <{address}>: Recipient address rejected: Greylisted, please come back in 300 seconds",
    "limited": "451 4.7.1 Too many messages from [192.0.2.10], slow down",
    "moved": "551 5.1.6 User not local; please try <new.address@example.com>",
    "later": "450 4.3.2 System not accepting network messages right now",
}

#: What it says after the message was sent.
AT_DATA = {
    "spam": "554 5.7.1 Message rejected as spam by content filter",
    "virus": "554 5.7.1 Virus found: Eicar-Test-Signature",
    "dmarc": "550 5.7.26 Unauthenticated email from sender.test is not accepted due to the domain's DMARC policy.",
    "big": "552 5.3.4 Error: message file too big",
}

LATER_ACCEPTS_AT = 5  # the attempt at which "later" is let in


@dataclass(slots=True)
class Refuser:
    """An SMTP server's answers (aiosmtpd's handler); ``mail`` is its answer to every MAIL, if any."""

    mail: str
    attempts: Counter[str]

    async def handle_MAIL(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.mail:
            return self.mail
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        local_part = address.rpartition("@")[0]
        self.attempts[address] += 1
        if local_part in AT_RCPT and not (local_part == "later" and self.attempts[address] >= LATER_ACCEPTS_AT):
            return AT_RCPT[local_part].format(address=address)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        refused = (AT_DATA[local] for address in envelope.rcpt_tos if (local := address.rpartition("@")[0]) in AT_DATA)
        return next(refused, "250 2.0.0 Ok: queued as 4F2A9C")


class NameServer(BaseRequestHandler):
    """Answers one query from DOMAINS: MX and A records, NODATA, or NXDOMAIN."""

    def handle(self) -> None:
        query, answers = self.request
        end = query.index(b"\0", 12)
        name, kind = labels(query[12:end]), int.from_bytes(query[end + 1 : end + 3], "big")
        answer = record(name, kind)
        exists = answer or name in DOMAINS or any(name == host and address for host, address in DOMAINS.values())
        flags = 0x8580 if exists else 0x8583  # authoritative; RFC 1035 4.1.1
        counts = [flags, 1, bool(answer), 0, 0]
        header = query[:2] + b"".join(int(count).to_bytes(2, "big") for count in counts)
        answers.sendto(header + query[12 : end + 5] + answer, self.client_address)


def labels(wire: bytes) -> str:
    """The name that a question's labels spell, lower-case."""
    parts = []
    while wire:
        parts.append(wire[1 : 1 + wire[0]])
        wire = wire[1 + wire[0] :]
    return b".".join(parts).decode("ascii", "replace").lower()


def record(name: str, kind: int) -> bytes:
    """The resource record that answers, empty when there is none."""
    if kind == 15 and name in DOMAINS:
        host = DOMAINS[name][0]
        data = (10 if host else 0).to_bytes(2, "big") + wire_name(host)
    elif kind == 1 and (address := dict(DOMAINS.values()).get(name)):
        data = bytes(map(int, address.split(".")))
    elif kind == 12 and (host := pointed_to(name)):
        data = wire_name(host)
    else:
        return b""
    return b"\xc0\x0c" + kind.to_bytes(2, "big") + b"\0\1" + bytes(4) + len(data).to_bytes(2, "big") + data


def wire_name(name: str) -> bytes:
    """A name as labels."""
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part) + b"\0"


def pointed_to(name: str) -> str:
    """The host that a name under in-addr.arpa points to, empty when there is none."""
    address = ".".join(reversed(name.removesuffix(".in-addr.arpa").split(".")))
    return next((host for host, its in DOMAINS.values() if its == address), "")


def private_namespaces() -> None:
    """Gives this process a network, mounts and a host name of its own."""
    new_network, new_mounts, new_names = 0x40000000, 0x00020000, 0x04000000
    if ctypes.CDLL(None, use_errno=True).unshare(new_network | new_mounts | new_names):
        raise OSError(ctypes.get_errno(), "cannot make name spaces: " + os.strerror(ctypes.get_errno()))
    run("mount", "--make-rprivate", "/")
    socket.sethostname("mx.sender.test")
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", f"{OURS}/32", "dev", "lo")
    # The others are reached here as well, yet are on no interface: a mail server must not take them for itself.
    for address in sorted({address for _, address in DOMAINS.values()} - {"", OURS}):
        run("ip", "route", "add", "local", address, "dev", "lo")


def own_names(directory: Path) -> None:
    """Lets this process, and what it starts, resolve names by `serving()` only."""
    (directory / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    (directory / "hosts").write_text(f"127.0.0.1 localhost\n{OURS} mx.sender.test mx\n")
    for name in ("resolv.conf", "hosts"):
        run("mount", "--bind", str(directory / name), f"/etc/{name}")


def run(*command: str) -> None:
    """Runs a command that has to succeed; what it prints is shown only when it does not."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout.strip()}")


@contextmanager
def serving() -> Iterator[None]:
    """The name server and the recipients' mail servers, until left."""
    with ExitStack() as stack:
        names = stack.enter_context(ThreadingUDPServer(("127.0.0.1", 53), NameServer))
        threading.Thread(target=names.serve_forever, daemon=True).start()
        stack.callback(names.shutdown)
        for domain in ("example.org", "example.net", "example.com", "small.test", "strict.test"):
            server = mail_server(domain)
            server.start()
            stack.callback(server.stop)
        yield


def mail_server(domain: str) -> Controller:
    """The mail server of a domain; one takes only tiny messages, another no sender at all."""
    host, address = DOMAINS[domain]
    mail = "550 5.7.1 <bounces@sender.test>: Sender address rejected: Access denied" if domain == "strict.test" else ""
    return Controller(
        Refuser(mail, Counter()),
        hostname=address,
        port=25,
        server_hostname=host,
        ident="ESMTP",
        data_size_limit=10_000 if domain == "small.test" else 10_000_000,
        enable_SMTPUTF8=domain != "example.com",
    )
