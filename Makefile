# `make demo` runs real orders through the program; `make test` passes the tests. Both set up all that they need.
export PATH := $(CURDIR)/.uv/bin:$(PATH)
RUN := uv run --frozen

ACTIONLINT := $(shell command -v actionlint || echo go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12)

.PHONY: demo preview chaos cloud review test engine-test mutants check golden docs bench sync

demo: sync
	@$(RUN) python -m emulator demo

# What stops the program, and its warnings, in a moment: STACK=prod another stack, WATCH=1 again after each change.
preview: sync
	@$(RUN) python -m emulator preview

chaos: sync
	@$(RUN) python -m emulator.chaos

cloud: sync
	@$(RUN) python -m emulator up

# What the working tree does to the machines of BASE, as a pull request's comment says it.
review: sync
	@python3 .github/scripts/review_machines.py $${BASE:-main} .orderflow/review dev staging prod; \
	  code=$$?; cat .orderflow/review/full.md && exit $$code

test: check
	$(RUN) pytest

engine-test: sync
	$(RUN) pytest tests/engine

# Small breaks in the code that no test notices: SINCE=main in what changed, SEED=7 another sample. docs/mutants.md
mutants: sync
	$(RUN) python -m tests.mutants --seed $${SEED:-1} --count $${COUNT:-150} $${SINCE:+--since $$SINCE} \
	  $${AGAIN:+--again $$AGAIN} $${JSON:+--json $$JSON} $${MARKDOWN:+--markdown $$MARKDOWN}

check: sync
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) pyright
	$(RUN) bandit --quiet --configfile pyproject.toml --recursive asl components handlers orderflow workflows __main__.py
	@mkdir -p .build && uv export --frozen --quiet --no-emit-project --no-hashes --output-file .build/requirements.txt >/dev/null
	$(RUN) python .github/scripts/audit_packages.py .build/requirements.txt
	@command -v actionlint >/dev/null || command -v go >/dev/null || { echo "no actionlint to check .github/workflows with: install it, or Go"; exit 1; }
	$(ACTIONLINT)

docs: sync
	$(RUN) python -m asl.rules.doc > docs/rules.md
	$(RUN) python -m tests.authorization.reference > asl/integrations/actions.txt
	$(RUN) python -m tests.authorization.handed_over > asl/integrations/handed_over.txt

golden: sync
	UPDATE_GOLDEN=1 $(RUN) pytest tests/infra tests/unit -k "golden or generated"

bench: sync
	$(RUN) python -m bench.resolve
	$(RUN) python -m bench.program
	$(RUN) python -m bench.grants
	$(RUN) python -m bench.engine
	$(RUN) python -m bench.throughput
	$(RUN) python -m bench.hot_stock
	$(RUN) python -m bench.check $(CORPUS)
	$(RUN) python -m bench.command_line
	$(RUN) python -m bench.running
	$(RUN) python -m bench.exploring
	$(RUN) python -m bench.hostile

sync:
	@command -v uv >/dev/null || { python3 -m venv .uv && .uv/bin/pip install --quiet --require-hashes --requirement .github/uv/requirements.txt; }
	@uv sync --frozen --quiet
