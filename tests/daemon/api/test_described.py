"""The description is true: whatever it allows is answered as it says, and whatever it does not is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bounced import __version__
from bounced.daemon.api.description import PATH, described
from bounced.daemon.api.endpoints import ENDPOINTS
from tests.support.api import Host

#: Of a text that the description calls an address, the server may say that it is none.
UNDECIDED = "positive_data_acceptance"

#: 415 and 431 are refusals too: of a body that is not JSON, and of a URL that is too long.
CONFIGURATION = """
[checks]
negative_data_rejection.expected-statuses = ["4xx"]
[generation]
max-examples = 25
deterministic = true
database = "none"
"""


def test_the_description_is_served_to_anybody(served: Host) -> None:
    answer = served.ask(PATH)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == described()
    assert answer.json["info"]["version"] == __version__
    assert {(path, method.upper()) for path, methods in answer.json["paths"].items() for method in methods} == {
        (endpoint.path, endpoint.method) for endpoint in ENDPOINTS
    }


def test_the_server_is_as_described(served: Host, token: str, tmp_path: Path) -> None:
    """Schemathesis asks it: every status, type and member of an answer, and every request that is not allowed."""
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION)
    url = f"http://127.0.0.1:{served.port}{PATH}"
    words = ["--config-file", str(configuration), "run", url, "--header", f"Authorization: Bearer {token}"]
    checks = ["--checks", "all", "--exclude-checks", UNDECIDED, "--phases", "examples,coverage,fuzzing", "--no-color"]
    command = [str(Path(sys.executable).with_name("schemathesis")), *words, *checks]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert f"Selected: {len(ENDPOINTS)}/{len(ENDPOINTS)}" in done.stdout
