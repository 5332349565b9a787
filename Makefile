# `make run` and `make test` are all that a newcomer needs; the work is done in scripts/.

# Starts a module with the first Python that is new enough and can make environments.
START = for python in python3 python3.13 python3.12 python3.11 python3.14 none; do \
		$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
			>/dev/null 2>&1 && break; \
	done; \
	if [ $$python = none ]; then \
		echo "Python 3.11 or newer with venv is needed (on Debian: apt install python3-venv)."; \
		exit 1; \
	fi; \
	exec $$python -m
PYTHON = .venv/bin/python
PYTEST = $(PYTHON) -m pytest -n logical --dist worksteal

.PHONY: run test test-long bench gaming lint catalogue lock vendor

# Serve the bank on this machine, with a demo district: http://127.0.0.1:8000 (or PORT=...).
run:
	@$(START) scripts.run

# All checks and all quick tests, on both engines and in a real browser.
test: lint
	@$(PYTEST)

# The same with the tests that take long, and more random examples.
test-long: lint
	@$(PYTEST) -m "long or not long" --hypothesis-profile=long

# How fast the book is, into docs/benchmarks.md; FULL=1 with 5 million transfers, PARTS=B,C only those.
bench: setup
	@$(PYTHON) -m bench $(if $(FULL),--full) $(if $(PARTS),--parts $(PARTS))

# What the checks against gaming catch in a generated season, into docs/gaming.md; takes some minutes.
gaming: setup
	@$(PYTHON) -m bench.gaming

# What needs no database: style, layout, types.
lint: setup
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

# Take new texts into the English catalogue, say which have no English yet, and compile it.
catalogue: setup
	@$(PYTHON) -m scripts.catalogue

.PHONY: setup
setup:
	@$(START) scripts.setup_tests

# Pin what requirements.in and requirements-dev.in ask for; UPGRADE=--upgrade takes newer ones.
LOCK = $(PYTHON) -m uv pip compile --no-config --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" $(UPGRADE)
lock: setup
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt

# Copy the front-end files that package.json pins into static/vendor and tests/vendor (needs npm).
vendor:
	npm ci --ignore-scripts
	@$(START) scripts.vendor
