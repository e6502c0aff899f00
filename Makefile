# make            what there is
# make triage     run the runbook headless; see README.md for URL=, ERROR=, HOLD= …

.DEFAULT_GOAL := help
.PHONY: help triage lab test test-real lint typecheck pytest notebooks refresh readme clean
.PHONY: install browser products bench clients confusion mutations

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Pinned also where pip builds packages; the second name is for pip 25.3 and newer.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_BUILD_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

# What the caller wrote behind `make triage`, letter by letter: a pasted error may hold
# quotes and dollar signs, so make must not expand it and no shell may read it as code.
# A variable of the environment that happens to be called URL is not meant.
given = $(if $(filter command,$(firstword $(origin $(1)))),$(value $(1)))
unexport URL ERROR ACTION CLIENT CLIENT_VERSION HOLD AUTH_ENV HEADER CA LAB OUT

help:
	@echo 'make triage                   rehearse on the built-in fault lab'
	@echo 'make triage URL=https://host/mcp ERROR="…" HOLD=90 AUTH_ENV=NAME'
	@echo '                              triage a real server; also ACTION=, CLIENT=,'
	@echo '                              CLIENT_VERSION=, HEADER=, CA=, LAB=, OUT='
	@echo 'make lab                      open the runbook in JupyterLab'
	@echo 'make test                     lint, types, tests, notebooks: a few minutes'
	@echo 'make test-real                the same for real: $(wordlist 1,4,$(REAL)),'
	@echo '                              $(wordlist 5,9,$(REAL)), properties;'
	@echo '                              each by itself: make test-browser'
	@echo 'make mutations                how many deliberate mistakes the tests notice'
	@echo 'make refresh                  execute the committed runbooks again'
	@echo 'make readme                   put the real verdict and picture into README.md'
	@echo 'make confusion                write docs/confusion.md and its picture anew'
	@echo 'make clients                  measure real clients anew; NAMES="codex …"'
	@echo 'make bench                    costs, as ratios, and docs/benchmarks.md;'
	@echo '                              MEGABYTES=2048 for a large log,'
	@echo '                              TARGETS=100 for a small fleet'
	@echo 'make clean                    remove what was built, and $(VENV)'

triage: export TRIAGE_URL := $(call given,URL)
triage: export TRIAGE_ERROR := $(call given,ERROR)
triage: export TRIAGE_ACTION := $(call given,ACTION)
triage: export TRIAGE_CLIENT := $(call given,CLIENT)
triage: export TRIAGE_CLIENT_VERSION := $(call given,CLIENT_VERSION)
triage: export TRIAGE_HOLD := $(call given,HOLD)
triage: export TRIAGE_AUTH_ENV := $(call given,AUTH_ENV)
triage: export TRIAGE_HEADER := $(call given,HEADER)
triage: export TRIAGE_CA := $(call given,CA)
triage: export TRIAGE_LAB := $(call given,LAB)
triage: export TRIAGE_OUT := $(call given,OUT)
triage: $(VENV)/.installed-notebook
	@code=0; named='$(filter command,$(firstword $(origin URL)))'; \
	[ -n "$$named$$TRIAGE_LAB" ] || TRIAGE_LAB=half-open-stream-409; \
	$(BIN)/python -m streamtriage runbook \
	  $${named:+"--url=$$TRIAGE_URL"} \
	  $${TRIAGE_ERROR:+"--error=$$TRIAGE_ERROR"} \
	  $${TRIAGE_ACTION:+"--action=$$TRIAGE_ACTION"} \
	  $${TRIAGE_CLIENT:+"--client=$$TRIAGE_CLIENT"} \
	  $${TRIAGE_CLIENT_VERSION:+"--client-version=$$TRIAGE_CLIENT_VERSION"} \
	  $${TRIAGE_HOLD:+"--hold=$$TRIAGE_HOLD"} \
	  $${TRIAGE_AUTH_ENV:+"--auth-env=$$TRIAGE_AUTH_ENV"} \
	  $${TRIAGE_HEADER:+"--header=$$TRIAGE_HEADER"} \
	  $${TRIAGE_CA:+"--ca=$$TRIAGE_CA"} \
	  $${TRIAGE_LAB:+"--lab=$$TRIAGE_LAB"} \
	  $${TRIAGE_OUT:+"--out=$$TRIAGE_OUT"} || code=$$?; \
	case $$code in 0) ;; \
	  1) echo 'Exit code 1: a cause is present.' ;; \
	  2) echo 'Exit code 2: bad usage.' ;; \
	  3) echo 'Exit code 3: could not tell.' ;; \
	  *) echo "Exit code $$code: the tool itself failed." ;; esac >&2; \
	exit $$code

lab: $(VENV)/.installed-lab
	$(BIN)/jupyter lab $$([ "$$(id -u)" != 0 ] || echo --allow-root) runbooks/triage.ipynb

# A test that is met for real says of which part it is: @pytest.mark.real(part="browser").
REAL := products clients browser cluster servers metamorphic commands breaking

# Also by itself, so that parts that run side by side find it done.
install: $(VENV)/.installed-test

# .ci/run runs the parts of both side by side, and tells what each of them cost.
test: lint typecheck pytest notebooks
test-real: $(addprefix test-,$(REAL) properties)

lint: $(VENV)/.installed-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check

typecheck: $(VENV)/.installed-test
	$(BIN)/mypy

# How many tests run at a time, and where a machine may read what became of them.
WORKERS ?= 2
JUNIT ?=
# In the order of the files: those with few tests are the long ones, and xdist would
# leave them all to the end, for one worker to finish alone.
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
  $(if $(JUNIT),--junitxml=$(JUNIT))
pytest notebooks $(addprefix test-,$(REAL)): export PATH := $(CURDIR)/$(BIN):$(PATH)
# The committed runbooks name nothing, and are to rehearse.
pytest notebooks: export STREAMTRIAGE_REHEARSE := yes

pytest: $(VENV)/.installed-test
	$(PYTEST) -m 'not real' tests

# The runbooks are compared with what is committed, but for what the file names.
notebooks: $(VENV)/.installed-test
	$(PYTEST) -p nbval.plugin runbooks --nbval --nbval-current-env \
	  --nbval-cell-timeout 120 --nbval-sanitize-with runbooks/nbval-sanitize.cfg

$(addprefix test-,$(REAL)): test-%: $(VENV)/.installed-test
	$(PYTEST) -m "real(part='$*')" tests
test-products test-cluster: products
test-browser test-commands: browser

# What holds for all text is tried with many texts, others each time.
test-properties: $(VENV)/.installed-test
	$(PYTEST) -m hypothesis --hypothesis-profile many tests

# How many deliberate mistakes in judges, thresholds and probes the tests notice.
COUNT ?= 40
SEED ?= 1
mutations: $(VENV)/.installed-test
	cd tests && $(abspath $(BIN)/python) -m mutations --repo .. --seed $(SEED) \
	  --count $(COUNT)

# A browser comes from Debian only; where it cannot, its test is skipped and counted.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo 'Installing chromium for the browser test.'; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -qq -y --no-install-recommends chromium; } >/dev/null || \
	  echo 'WARNING: chromium could not be installed: THE BROWSER TEST IS SKIPPED.' >&2; \
	else \
	  echo 'WARNING: no chromium, and no root to install it: THE BROWSER TEST IS SKIPPED.' >&2; \
	fi

# So do the proxies that the tests put in front of servers. Where systemd runs, their
# packages would start services on the machine's own ports, so none is installed there.
# A program whose package has another name stands before it with a colon.
PRODUCTS := nginx haproxy squid apache2 caddy lighttpd varnishd:varnish nghttpx:nghttp2-proxy
products:
	@missing=; for each in $(PRODUCTS); do \
	  PATH="$$PATH:/usr/sbin:/sbin" command -v $${each%:*} >/dev/null || \
	  missing="$$missing $${each#*:}"; \
	done; \
	[ -z "$$missing" ] || \
	if [ "$$(id -u)" = 0 ] && [ ! -d /run/systemd/system ] && command -v apt-get >/dev/null; then \
	  echo "Installing$$missing for the tests with real products."; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
	    apt-get install -qq -y --no-install-recommends $$missing; } >/dev/null || \
	  echo "WARNING:$$missing could not be installed: THEIR TESTS ARE SKIPPED." >&2; \
	else \
	  echo "WARNING: no$$missing, and no right to install it: THEIR TESTS ARE SKIPPED." >&2; \
	fi

refresh: $(VENV)/.installed-test
	$(BIN)/python -m streamtriage.notebook.refresh

# What the first screen of README.md shows; the picture needs chromium.
readme: $(VENV)/.installed-test browser
	cd tests && $(abspath $(BIN)/python) -m notebook.readme

# Which causes each fault of the lab is judged as; the tests compare it.
confusion: $(VENV)/.installed-test
	cd tests && $(abspath $(BIN)/python) -m matrix

# How real clients ask, what they do after a fault, and whom they trust: installs them,
# runs each on loopback alone, and writes their files in knowledge/clients/.
clients: $(VENV)/.installed-test
	cd tests && $(abspath $(BIN)/python) -m real_clients $(NAMES)

# What a triage costs, as ratios; nothing fails for being slow.
MEGABYTES ?= 256
TARGETS ?= 500
bench: $(VENV)/.installed-test
	@cd benchmarks && $(abspath $(BIN)/python) page.py
	@cd benchmarks && $(abspath $(BIN)/python) triage_cost.py
	@cd benchmarks && $(abspath $(BIN)/python) stream_parsing.py
	@cd benchmarks && $(abspath $(BIN)/python) endless_stream.py
	@cd benchmarks && $(abspath $(BIN)/python) fleet.py --most $(TARGETS)
	-@cd benchmarks && $(abspath $(BIN)/python) log_reading.py --megabytes $(MEGABYTES)

clean:
	rm -rf $(VENV) out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo 'Python 3.11 or newer is needed: make PYTHON=python3.12 …' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# pip compiles what it copies, and an editable install copies nothing: every start would
# compile hundreds of modules again where PYTHONDONTWRITEBYTECODE is set.
COMPILE = @$(BIN)/python -m compileall -q lib

$(VENV)/.installed-notebook: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -q -e '.[notebook,lab]'
	$(COMPILE)
	@touch $@

# Also what the fleet's runbook needs, which the triage does not wait for.
$(VENV)/.installed-lab: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -q -e '.[notebook,jupyterlab,lab,fleet,exports]'
	$(COMPILE)
	@touch $@ $(VENV)/.installed-notebook

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -q -e '.[notebook,jupyterlab,lab,fleet,exports,s3,test]'
	$(COMPILE)
	@touch $@ $(VENV)/.installed-notebook $(VENV)/.installed-lab
