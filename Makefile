# `make demo` runs real orders through the program; `make test` passes the tests. Both set up all that they need.
export PATH := $(CURDIR)/.uv/bin:$(PATH)
# Each of the hundreds of processes that tests start would compile all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE
RUN := uv run --frozen

.PHONY: demo preview chaos cloud review test test-under-load quick check engine-test mutants golden docs bench sync

demo: sync
	@$(RUN) python -m emulator demo

# What stops the program, and its warnings, in a moment: STACK=prod another stack, WATCH=1 again after each change.
preview: sync
	@$(RUN) python -m emulator preview

chaos: sync
	@$(RUN) python -m emulator.chaos

cloud: sync
	@$(RUN) python -m emulator up

# What the working tree does to the machines of BASE, as a pull request's comment says it, and as a page.
review: sync
	@python3 .github/scripts/review_machines.py $${BASE:-main} .orderflow/review dev staging prod; \
	  code=$$?; cat .orderflow/review/full.md && echo "On a page: .orderflow/review/review.html" && exit $$code

# Everything: `check` and all tests, side by side. MORE="-k webhook" is handed to pytest.
test: sync
	@$(RUN) python -m tests.suite test $(MORE)

# The same beside eight processes that compute and nothing else.
test-under-load: sync
	@$(RUN) python -m tests.suite loaded $(MORE)

# Lint, types, and the tests that need no cloud.
quick: sync
	@$(RUN) python -m tests.suite quick $(MORE)

check: sync
	@$(RUN) python -m tests.suite check

engine-test: sync
	$(RUN) pytest tests/engine

# Small breaks in the code that no test notices: SINCE=main in what changed, SEED=7 another sample. docs/mutants.md
mutants: sync
	$(RUN) python -m tests.mutants --seed $${SEED:-1} --count $${COUNT:-150} $${SINCE:+--since $$SINCE} \
	  $${AGAIN:+--again $$AGAIN} $${JSON:+--json $$JSON} $${MARKDOWN:+--markdown $$MARKDOWN}

docs: sync
	$(RUN) python -m asl.rules.doc > docs/rules.md
	$(RUN) python -m tests.components_page > docs/components.md
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
	$(RUN) python -m bench.express
	$(RUN) python -m bench.bulk
	$(RUN) python -m bench.check $(CORPUS)
	$(RUN) python -m bench.command_line
	$(RUN) python -m bench.running
	$(RUN) python -m bench.exploring
	$(RUN) python -m bench.testing
	$(RUN) python -m bench.hostile
	$(RUN) python -m bench.viewer

sync:
	@command -v uv >/dev/null || { python3 -m venv .uv && .uv/bin/pip install --quiet --require-hashes --requirement .github/uv/requirements.txt; }
	@uv sync --frozen --quiet
