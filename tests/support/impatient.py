"""Runs `bounced` as it is, but that the daemon looks for problems every second instead of every minute."""

from __future__ import annotations

from datetime import timedelta

from bounced.cli import main
from bounced.config import Schedule
from bounced.daemon.alarms import watch

if __name__ == "__main__":
    watch.INTERVAL = Schedule(timedelta(seconds=1))
    main()
