"""The command that answers Postfix and Exim."""

from __future__ import annotations

import os

import click

from bounced.cli.common import config_option, load
from bounced.cli.help import command
from bounced.errors import EXIT_SUCCESS, UserError


@command("policy-server", epilog="Example: bounced policy-server --listen unix:/run/bounced/policy")
@click.option(
    "--listen",
    "endpoints",
    multiple=True,
    metavar="ENDPOINT",
    help="inet:HOST:PORT (of this machine) or unix:PATH; repeatable. Default: the sockets that systemd passes.",
)
@config_option
def policy_server(endpoints: tuple[str, ...], config_file: str | None) -> None:
    """Answer Postfix (check_policy_service) and Exim: refuse suppressed recipients, and never stop other mail.

    What to answer while the database cannot be read, for which mail, and what is a sub-address, is in [policy_server].
    """
    from bounced.daemon import log
    from bounced.daemon import policy_server as server

    config = load(config_file)
    sockets = server.inherited(os.environ) + [server.listening(endpoint) for endpoint in endpoints]
    if not sockets:
        raise UserError("nothing to listen on: use --listen, or start bounced-policy.socket (docs/readers.md)")
    with log.started(config.log.format, f"{config.log.identifier}-policy"):
        server.run(config, sockets)
    os._exit(EXIT_SUCCESS)
