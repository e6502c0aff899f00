# make            what there is
# make triage     run the runbook headless; see README.md for URL=, ERROR=, HOLD= …

.DEFAULT_GOAL := help
.PHONY: help triage lab test test-real lint typecheck pytest notebooks refresh readme clean
.PHONY: install browser products bench clients confusion languages mutations pages

# What the parts of this file take for themselves.
OURS := PYTHON VENV WORKERS JUNIT COUNT SEED NAMES MEGABYTES TARGETS

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What the caller wrote behind `make triage`, letter by letter: a pasted error may hold
# quotes and dollar signs, so make must not expand it and no shell may read it as code.
# Every option of the command is a variable here, so that none has to be named: --hold
# is HOLD=. A variable of the environment that happens to be called URL is not meant.
typed = $(if $(filter command,$(firstword $(origin $(1)))),$(1))
GIVEN := $(sort $(filter-out $(OURS),$(foreach each,$(.VARIABLES),$(call typed,$(each)))))
unexport $(GIVEN)

help:
	@echo 'make triage                   rehearse on the built-in fault lab'
	@echo 'make triage URL=https://host/mcp ERROR="…" HOLD=90 AUTH_ENV=NAME'
	@echo '                              triage a real server; every other option of'
	@echo '                              `streamtriage runbook` too: CA=, PROXY=, LAB= …'
	@echo 'make lab                      open the runbook in JupyterLab'
	@echo 'make test                     lint, types, tests, notebooks: a few minutes'
	@echo 'make test-real                the same for real: $(wordlist 1,4,$(REAL)),'
	@echo '                              $(wordlist 5,$(words $(REAL)),$(REAL)), properties;'
	@echo '                              each by itself: make test-browser'
	@echo 'make mutations                how many deliberate mistakes the tests notice;'
	@echo '                              OLD=DIR for those of an older checkout'
	@echo 'make refresh                  execute the runbooks anew, for examples/'
	@echo 'make readme                   put the real verdict and picture into README.md'
	@echo 'make confusion                write docs/confusion.md and its picture anew'
	@echo 'make languages                bring the catalogues of sentences up to date'
	@echo 'make pages                    write docs/errors anew, in each language'
	@echo 'make clients                  measure real clients anew; NAMES="codex …"'
	@echo 'make bench                    costs, as ratios, and docs/benchmarks.md;'
	@echo '                              MEGABYTES=2048 for a large log,'
	@echo '                              TARGETS=100 for a small fleet'
	@echo 'make clean                    remove what was built, and $(VENV)'

$(foreach each,$(GIVEN),$(eval triage: export TRIAGE_$(each) := $$(value $(each))))
triage: $(VENV)/.installed-notebook
	@set --; for each in $(GIVEN); do \
	  option=$$(echo "$$each" | tr 'A-Z_' 'a-z-'); \
	  eval "set -- \"\$$@\" \"--$$option=\$$TRIAGE_$$each\""; \
	done; \
	$(if $(filter URL LAB,$(GIVEN)),,set -- "$$@" --lab=half-open-stream-409;) \
	code=0; $(BIN)/python -m streamtriage runbook "$$@" || code=$$?; \
	case $$code in 0) ;; \
	  1) echo 'Exit code 1: a cause is present.' ;; \
	  2) echo 'Exit code 2: bad usage.' ;; \
	  3) echo 'Exit code 3: could not tell.' ;; \
	  *) echo "Exit code $$code: the tool itself failed." ;; esac >&2; \
	exit $$code

# In a copy of its own below out/: the runbooks stay as they are.
lab: $(VENV)/.installed-lab
	@copy=$$($(BIN)/python -m streamtriage.notebook.copies triage) && \
	echo "Your copy: $$copy" && \
	$(BIN)/jupyter lab $$([ "$$(id -u)" != 0 ] || echo --allow-root) "$$copy"

# A test that is met for real says of which part it is: @pytest.mark.real(part="browser").
REAL := products clients browser cluster servers metamorphic commands breaking again

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

# How many tests run at a time, and where a machine may read what became of them. Tests
# wait more than half of the time, so four keep two processors busy.
WORKERS ?= 4
JUNIT ?=
# In the order of the files: those with few tests are the long ones, and xdist would
# leave them all to the end, for one worker to finish alone.
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
  $(if $(JUNIT),--junitxml=$(JUNIT))
# To read all tests takes five seconds of each process that runs some of them.
naming = $(shell grep -rlF --include='test_*.py' '$(1)' tests | sort)
pytest notebooks $(addprefix test-,$(REAL)): export PATH := $(CURDIR)/$(BIN):$(PATH)
# Where Python is told to keep nothing that it compiled, each process that runs tests
# would rewrite and compile all of them again.
pytest notebooks $(addprefix test-,$(REAL) properties): export PYTHONDONTWRITEBYTECODE :=
# The examples name nothing, and are to rehearse.
pytest notebooks: export STREAMTRIAGE_REHEARSE := yes

pytest: $(VENV)/.installed-test
	$(PYTEST) -m 'not real' tests

# The examples are executed and compared with what is kept, but for what the file names.
notebooks: $(VENV)/.installed-test
	$(PYTEST) -p nbval.plugin examples --nbval --nbval-current-env \
	  --nbval-cell-timeout 120 --nbval-sanitize-with examples/nbval-sanitize.cfg

$(addprefix test-,$(REAL)): test-%: $(VENV)/.installed-test
	$(PYTEST) -m "real(part='$*')" $(call naming,real(part="$*"))
test-products test-cluster: products
test-browser test-commands: browser

# What holds for all text is tried with many texts, others each time.
test-properties: $(VENV)/.installed-test
	$(PYTEST) -m hypothesis --hypothesis-profile many $(call naming,from hypothesis import)

# How many deliberate mistakes in judges, thresholds and probes the tests notice; with
# OLD=, how many of the same the tests of an older checkout notice, which has a .venv.
COUNT ?= 40
SEED ?= 1
MINUTES ?= 60
mutations: $(VENV)/.installed-test
	cd tests && $(abspath $(BIN)/python) -m mutations --seed $(SEED) --count $(COUNT) \
	  --minutes $(MINUTES) $(if $(OLD),--repo '$(abspath $(OLD))' --as-in ..,--repo ..)

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
	$(BIN)/python -m streamtriage.apps.refresh

# What the first screen of README.md shows; the picture needs chromium.
readme: $(VENV)/.installed-test browser
	cd tests && $(abspath $(BIN)/python) -m notebook.readme

# Which causes each fault of the lab is judged as; the tests compare it.
confusion: $(VENV)/.installed-test
	cd tests && $(abspath $(BIN)/python) -m matrix

# The catalogues of sentences: what each language lacks, and the form that is read.
languages: $(VENV)/.installed-test
	$(BIN)/python tests/catalogues.py

# A page for each error and each cause, in each language.
pages: $(VENV)/.installed-test
	$(BIN)/python -m streamtriage.error_pages

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
	@cd benchmarks && $(abspath $(BIN)/python) fleet_cost.py --most $(TARGETS)
	@cd benchmarks && $(abspath $(BIN)/python) fleet_limits.py
	-@cd benchmarks && $(abspath $(BIN)/python) log_reading.py --megabytes $(MEGABYTES)

clean:
	rm -rf $(VENV) out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# It says what it does and for how long; see there.
INSTALL = $(PYTHON) install.py --into $(VENV)

# pip compiles what it copies, and an editable install copies nothing: every start would
# compile hundreds of modules again where PYTHONDONTWRITEBYTECODE is set.
COMPILE = @$(BIN)/python -m compileall -q lib

$(VENV)/.installed-notebook: pyproject.toml constraints.txt
	@$(INSTALL) notebook
	$(COMPILE)
	@touch $@

# Also what the fleet's runbook needs, which the triage does not wait for.
$(VENV)/.installed-lab: pyproject.toml constraints.txt
	@$(INSTALL) notebook,jupyterlab,fleet,exports
	$(COMPILE)
	@touch $@ $(VENV)/.installed-notebook

$(VENV)/.installed-test: pyproject.toml constraints.txt
	@$(INSTALL) notebook,jupyterlab,fleet,exports,s3,test
	$(COMPILE)
	@touch $@ $(VENV)/.installed-notebook $(VENV)/.installed-lab
