"""Where `bounced scan` reads and parses: here, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from bounced.classify.tables import Tables
from bounced.config import Config, rules, sender
from bounced.errors import EXIT_MAILBOX, UserError
from bounced.sources import Mailbox
from bounced.sources.parts import Divisible
from bounced.workers import Workers
from bounced.workers.pools import Stopped

#: Makes the mailbox that is drained of the one that was named.
Placing = Callable[[Mailbox], Mailbox]


@contextmanager
def parsing(config: Config, tables: Tables, dask: str | None) -> Iterator[tuple[Workers, Placing]]:
    """The workers, those of the cluster at ``dask`` unless that is ``None``. Raises UserError when they are lost."""
    started = partial(Workers, sender(config), rules(config), tables=tables)
    if dask is None:
        with started(config.workers or None) as workers:
            yield workers, lambda mailbox: mailbox
    else:
        with _on_cluster(dask, config.workers or None, started) as placed:
            yield placed


@contextmanager
def _on_cluster(dask: str, count: int | None, started: Callable[..., Workers]) -> Iterator[tuple[Workers, Placing]]:
    try:
        from bounced.pipeline.spread import Spread
        from bounced.workers.cluster import Cluster
    except ImportError:
        raise UserError("--dask needs an extra: pip install 'bounced-daemon[cluster]'") from None
    cluster = Cluster(dask, count)
    try:
        with started(cluster.count, pool=cluster) as workers:
            yield (
                workers,
                lambda mailbox: Spread(mailbox, cluster, workers) if isinstance(mailbox, Divisible) else mailbox,
            )
    except Stopped as error:
        advice = "run it again: it continues, and counts nothing twice"
        raise UserError(f"{error}; {advice}", exit_code=EXIT_MAILBOX) from error
