"""The command that answers programs over HTTP, and the one that lets them in."""

from __future__ import annotations

import os
from importlib.util import find_spec

import click

from bounced.cli.common import config_option, known_tenant, load
from bounced.cli.help import Group
from bounced.daemon.api.tokens import TOKEN_SCOPES, created, tokens_path
from bounced.errors import EXIT_SUCCESS, UserError


@click.group(cls=Group, invoke_without_command=True, epilog="Example: bounced api")
@config_option
@click.pass_context
def api(context: click.Context, config_file: str | None) -> None:
    """Answer programs over HTTP: may this address be mailed, which may not, and why (docs/api.md).

    Without a command it listens on the sockets that systemd passes, or where [api] says.
    """
    if context.invoked_subcommand:
        return
    if not all(map(find_spec, ("starlette", "uvicorn", "httptools"))):
        raise UserError("needs the packages starlette, uvicorn and httptools: pip install 'bounced-daemon[http]'")
    from bounced.daemon import listen, log
    from bounced.daemon.api import server

    config = load(config_file)
    sockets = listen.inherited(os.environ) or [listen.listening(config.api.endpoint, is_local=False)]
    with log.started(config.log.format, f"{config.log.identifier}-api"):
        server.run(config, sockets)
    os._exit(EXIT_SUCCESS)


@api.command(epilog="Example: bounced api token shop --scope check --scope outbox")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(TOKEN_SCOPES),
    default=("check",),
    show_default=True,
    help="What may be asked with it; repeatable.",
)
@click.option("--tenant", default="", metavar="NAME", help="Whose data it shows. Default: no tenant's.")
@config_option
def token(name: str, scopes: tuple[str, ...], tenant: str, config_file: str | None) -> None:
    """Make a token for the program NAME and print it, once: only its digest is kept.

    To revoke it, delete its line in the file (tokens_file in [api]); the server notices.
    """
    config = load(config_file)
    click.echo(created(tokens_path(config), name, scopes, known_tenant(tenant, config.tenant)))
