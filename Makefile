# `make demo` and `make test` do all the set-up themselves.

VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin
SHARED = ../shared/corpus
CASES = ../shared/cases
SECONDS ?= 600
MESSAGES ?= 20000
KILLS ?= 30
RECIPIENTS ?= 20000
SEED ?= 1
SERVER ?= dovecot
PACK ?= pack.toml
CORE_TESTS = tests/core tests/sent tests/sources/test_files.py tests/ledger/lookup \
	$(addprefix tests/ledger/test_,append.py decisions.py fingerprint.py health.py named_by.py replay.py sent.py suppressions.py)

.PHONY: servers demo test lint cover score cases bench bench-imap bench-scale bench-sinks simulate fuzz soak large steps guards samples pack deb wheel newcomer clean

demo: $(VENV)/installed    ## a mail server, the daemon and the messages of samples/
	$(BIN)/python -m demo

test: $(VENV)/installed    ## all tests; those of servers that are not installed are skipped
	$(BIN)/python -m pytest

servers:                   ## Courier, Cyrus, Exim, MariaDB, Mailman … for the tests, not installed
	.ci/servers

lint: $(VENV)/installed    ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

cover: $(VENV)/installed   ## every branch of the pure core is tested
	$(BIN)/coverage run -m pytest $(CORE_TESTS)
	$(BIN)/coverage report

score: $(VENV)/installed   ## accuracy on real reports
	@if [ -d $(SHARED) ]; then \
	  $(BIN)/bounced parse --json $(SHARED)/mails | $(SHARED)/score.py $(SHARED)/expected.jsonl; \
	  $(BIN)/bounced parse --json $(SHARED)/mails | $(BIN)/python -m benchmarks.classes $(SHARED)/expected.jsonl; \
	  $(BIN)/bounced parse --json $(SHARED)/ordinary | \
	    $(BIN)/python -c 'import json,sys; bad=[m["file"] for m in map(json.loads, sys.stdin) if any(e.get("action") in ("failed","delayed") for e in m["events"])]; print("false failures on ordinary messages:", len(bad), *bad)'; \
	else echo "skipped: there is no $(SHARED) next to this checkout"; fi

cases: $(VENV)/installed   ## accuracy on reports as servers print them today
	@if [ -d $(CASES) ]; then $(BIN)/bounced parse --json $(CASES)/mails | $(CASES)/score.py; \
	else echo "skipped: there is no $(CASES) next to this checkout"; fi

pack: $(VENV)/installed    ## the built-in tables as a pack (docs/packs.md), in PACK
	$(BIN)/python -c 'from bounced.classify.tables import BUILT_IN; from bounced.config.pack import written; \
	  print(written(BUILT_IN), end="")' > $(PACK)

bench: $(VENV)/installed   ## what everything costs, as ratios; half an hour
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.parse

bench-scale: $(VENV)/installed ## what a ledger of 100,000 to 10,000,000 events costs; 5 GB of disk
	$(BIN)/python -m benchmarks.scale

bench-sinks: $(VENV)/installed ## 100,000 changes to a URL that fails half of the time and is restarted
	$(BIN)/python -m benchmarks.delivering
	$(BIN)/python -m benchmarks.delivering --changes 100000 --failing 0.5 --restarts 20

bench-imap: $(VENV)/installed ## draining a local Dovecot, and delivery to suppression
	$(BIN)/python -m benchmarks.drain
	$(BIN)/python -m benchmarks.latency

simulate: $(VENV)/installed ## a year of a newsletter host, by several rules, RECIPIENTS, SEED, half an hour
	$(BIN)/python -m benchmarks.simulate --recipients $(RECIPIENTS) --seeds $(SEED)

soak: $(VENV)/installed    ## MESSAGES messages, every kind of fault, KILLS kills (docs/faults.md), on SERVER
	$(BIN)/python -m tests.soak --messages $(MESSAGES) --kills $(KILLS) --seed $(SEED) --server $(SERVER)

large: $(VENV)/installed   ## a poll of a folder with 500,000 messages, on Dovecot and Courier
	BOUNCED_LARGE_FOLDER=500000 $(BIN)/python -m pytest -s tests/sources/imap/test_large_folder.py

steps: $(VENV)/installed   ## SIGKILL at every line of a message's path, to the sinks, the log and people, and of an erasure; hours
	BOUNCED_STRIDE=1 $(BIN)/python -m pytest -s tests/pipeline/test_every_step.py tests/daemon/test_sink_steps.py tests/cli/test_erasure_steps.py \
		tests/daemon/test_alarm_steps.py tests/daemon/test_changes.py::test_a_kill_at_any_step_repeats_lines_and_loses_none

guards: $(VENV)/installed  ## remove each guard of docs/faults.md: its test must fail; half an hour
	$(BIN)/python -m tests.guards

samples: $(VENV)/installed ## regenerate the samples from real mail servers; as root, on Debian
	for server in postfix exim sendmail opensmtpd courier dma; do \
	  $(BIN)/python samples/make/$$server.py samples/$$server || exit; \
	done

fuzz: $(VENV)/installed    ## fuzz the parser for SECONDS (docs/fuzzing.md)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'atheris >= 3'
	mkdir -p .fuzz/mails .fuzz/finds
	$(BIN)/python tests/fuzz/parse.py -max_total_time=$(SECONDS) -timeout=2 -rss_limit_mb=1500 -max_len=20000 \
	  -dict=tests/fuzz/mail.dict -artifact_prefix=.fuzz/finds/ .fuzz/mails samples $(wildcard $(SHARED)/mails)

deb:                       ## the Debian package, in dist/, for the Debian release of this machine; needs python3-venv
	contrib/debian/build dist

wheel: $(VENV)/installed   ## a wheel, in dist/, fit for a package index
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'build >= 1.2' 'twine >= 6'
	$(BIN)/python -m build --wheel --outdir dist
	$(BIN)/python -m twine check --strict dist/*.whl

newcomer: $(VENV)/installed ## install, use, upgrade, restore and purge on new Debian 12 and 13 machines; as root
	$(BIN)/python -m tests.newcomer

clean:                     ## remove what the targets above made
	rm -rf $(VENV) artifacts dist .demo .fuzz .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

$(VENV)/installed: pyproject.toml bounced/__init__.py
	@$(PYTHON) -c 'import bounced' # stops here if it is too old
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@
