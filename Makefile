# What a stranger types. Everything is set up in .venv inside the checkout;
# `make test` may also install system packages (see tests/setup.sh), and says so.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The packages with code that only Windows runs: types are checked as there, too.
ON_WINDOWS := hosts.windows contexts service retrieve

.PHONY: setup demo demo-windows test lint types floors bench causes fuzz pictures wire rules reference docs docs-serve msi msi-pins sizing clean

setup: $(READY)

$(READY): pyproject.toml collector/farmsight_collector/web/libraries/package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "farmsight needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) (once; some minutes on a slow network) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(READY)

demo: $(READY)
	@$(BIN)/farmsight lab up --scenario demo || [ $$? -eq 130 ] # Ctrl-C is how a demo ends

# The real Windows agent, as a service under Wine, beside a collector here.
demo-windows: $(READY)
	@sh tests/setup.sh
	@$(BIN)/python -m tests.windows.demo || [ $$? -eq 130 ]

test: $(READY)
	@sh tests/setup.sh
	@mkdir -p build && : > build/not-run.txt
	FARMSIGHT_NOT_RUN=build/not-run.txt $(BIN)/python -m pytest -n 2 --reruns 1 -raR --ignore tests/e2e
	FARMSIGHT_NOT_RUN=build/not-run.txt $(BIN)/python -m pytest --reruns 1 -raR tests/e2e
	@if [ -s build/not-run.txt ]; then echo "tests that did not run here:"; cat build/not-run.txt; else echo "every tier ran"; fi

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	cd proto && ../$(BIN)/buf lint && ../$(BIN)/buf breaking --against baseline.binpb

types: $(READY)
	$(BIN)/mypy
	$(BIN)/mypy --cache-dir .mypy_cache/on-windows --platform win32 --follow-imports silent $(ON_WINDOWS:%=-p farmsight_agent.%)

# The unit and component tests on the lowest versions that pyproject.toml allows.
floors: $(READY)
	@test -x .venv-floors/bin/python || $(PYTHON) -m venv .venv-floors
	$(BIN)/uv pip install --quiet --python .venv-floors/bin/python --resolution lowest-direct --editable '.[collector]'
	$(BIN)/uv pip install --quiet --python .venv-floors/bin/python pytest pytest-timeout pytest-rerunfailures pytest-asyncio pytest-xdist hypothesis cryptography-vectors aiosmtpd \
		tree-sitter tree-sitter-powershell
	.venv-floors/bin/python -m pytest -q -n 2 --reruns 1 -raR tests/agent tests/collector tests/contract

# ROWS="analyze agent" measures only these.
bench: $(READY)
	$(BIN)/python -m tests.bench $(ROWS)

# What a collector needs for so many agents, measured here: the table of docs/sizing.md. AGENTS=5000 connects as many.
AGENTS ?= 1000
sizing: $(READY)
	$(BIN)/python -m tests.bench.sizing --agents $(AGENTS)

# Every scenario of the lab alone and in pairs: is the planted fault the first cause? EVERY=10 takes each tenth pair only.
EVERY ?= 1
causes: $(READY)
	$(BIN)/python -m tests.causes --every $(EVERY)

# SECONDS for each target, TARGETS="certutil netsh" for only these. Not a part of the tests: those try a moment of it.
SECONDS ?= 20
fuzz: $(READY)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/uv pip install --quiet --python $(BIN)/python -r pyproject.toml --extra fuzz || true
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(TARGETS)

# Each view in both themes and narrow, as build/pictures/*.png, to be looked at.
pictures: $(READY)
	@sh tests/setup.sh
	$(BIN)/python -m pytest -q tests/browser/test_views.py
	@ls build/pictures

# Rewrites the generated Python; the tests fail when it is not fresh.
wire: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh proto/generate.sh

# Rewrites the references of rules and of the trace's hops from these themselves.
rules: $(READY)
	$(BIN)/python -m farmsight_collector.rules.reference docs
	$(BIN)/python -m farmsight_collector.signin.reference > docs/trace.md
	$(BIN)/python -m farmsight_collector.correlate.page > docs/between-servers.md
	$(BIN)/python -m farmsight_collector.export.prometheus.reference > docs/metrics.md
	$(BIN)/python deploy/grafana/build.py > deploy/grafana/farmsight.json

# Rewrites the references of commands, settings, exit codes, the contract, and of what is collected.
reference: $(READY)
	$(BIN)/python -m docs.tools.write

# The pages as a site below build/site, to be opened from the disk; a warning, a dead link or a stale page ends it.
docs: $(READY)
	$(BIN)/python -m docs.tools.check
	$(BIN)/python -m sphinx -q -E -W --keep-going -b html -d build/site-cache docs build/site
	@echo "open build/site/index.html, or: make docs-serve"

docs-serve: docs
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory build/site 8000

# The Windows agent as one package below dist. A release takes the embeddable zip of python.org:
#   make msi RUNTIME=python-3.13.9-embed-amd64.zip RUNTIME_SHA256=... [RUNTIME_CA=roots.pem]
#   [SIGN="-certs cert.pem -key key.pem -ts http://timestamp.example.com"]; see docs/install-windows.md.
export SIGN
msi: $(READY)
	@sh tests/setup.sh windows-package
	@PYTHONPATH=deploy/packaging:deploy/windows/msi $(BIN)/python -m farmsight_msi $(if $(VERSION),--version $(VERSION)) \
		$(if $(RUNTIME),--runtime $(RUNTIME) --runtime-sha256 "$(RUNTIME_SHA256)") \
		$(if $(RUNTIME_CA),--runtime-ca $(RUNTIME_CA)) $(if $(SIGN),--sign "$$SIGN")

# Rewrites the pins of what the package holds beside the agent; look at what changed, and test it, before you commit.
msi-pins: $(READY)
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate --only-binary :all: \
		--python-platform x86_64-pc-windows-msvc --python-version 3.11 pyproject.toml -o deploy/windows/msi/pins.txt

# The Debian packages of agent and collector: dist/*.deb. VERSION=1.2.0 names another version, ARCHITECTURE=arm64 another machine.
PACKAGING := PYTHONPATH=deploy/packaging:deploy/linux/deb
deb: $(READY)
	@$(PACKAGING) $(BIN)/python -m farmsight_deb $(if $(VERSION),--version $(VERSION)) $(if $(ARCHITECTURE),--architecture $(ARCHITECTURE))

# Resolves the dependencies that the packages carry anew, and writes down their hashes.
deb-pins: $(READY)
	@$(PACKAGING) $(BIN)/python -m farmsight_deb.pins

# Both packages on a Debian of its own, booted by its systemd: install, enrol, sandbox, upgrade, removal. As root. SUITE=trixie, jammy, noble.
deb-check: $(READY)
	@command -v mmdebstrap >/dev/null || apt-get -q -q install -y --no-install-recommends mmdebstrap iproute2
	@$(PACKAGING) $(BIN)/python -m tests.packages.check $(if $(SUITE),--suite $(SUITE))

# How exposed the units leave the services, as systemd counts it: 0 is not at all, 10 is wholly.
unit-security:
	@for unit in agent collector; do \
	  systemd-analyze security --offline=true --no-pager deploy/linux/farmsight-$$unit.service 2>/dev/null | tail -1; done

# Wheel and source archive: dist/farmsight-*. `pipx install FILE` is an agent, `pipx install 'FILE[collector]'` a collector.
wheels: $(READY)
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || echo 1700000000)} $(BIN)/uv build --quiet --out-dir dist .
	@cd dist && for file in farmsight-*.whl farmsight-*.tar.gz; do sha256sum $$file | tee $$file.sha256; done

# A released wheel against this tree, both ways: make compat PREVIOUS=farmsight-0.1.0-py3-none-any.whl
compat: $(READY)
	@$(BIN)/python -m tests.compat $(PREVIOUS)

clean:
	rm -rf $(VENV) .venv-floors .farmsight .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
