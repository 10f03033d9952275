"""`bounced web`: the database and the report in a browser, by Datasette."""

from __future__ import annotations

import secrets
from importlib.util import find_spec

import click

from bounced.cli.common import config_option, load, read_only
from bounced.cli.help import command
from bounced.errors import UserError

#: The port without --port.
PORT = 8119

#: Octets of the password, which is a new one each time.
PASSWORD_OCTETS = 16


@command(epilog="Example: bounced web")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="Port; 0 is a free one.")
@config_option
def web(port: int, config_file: str | None) -> None:
    """Show the report and the database in a browser, on this machine only and read-only (docs/web.md).

    Prints the URL, with a password that is valid until it ends.
    """
    if not all(map(find_spec, ("datasette", "altair", "vl_convert"))):
        raise UserError("needs the packages datasette, altair and vl-convert: pip install 'bounced-daemon[web]'")
    from bounced.cli.web import server
    from bounced.daemon.listen import listening

    config = load(config_file)
    with read_only(config):
        pass  # says what is wrong with the database before anybody asks
    socket = listening(f"inet:127.0.0.1:{port}")
    password = secrets.token_urlsafe(PASSWORD_OCTETS)
    click.echo(f"http://bounced:{password}@127.0.0.1:{socket.getsockname()[1]}/")
    server.run(config, socket, password)
