# Two commands do everything: `make demo` and `make test`.
.PHONY: demo test bench check mutants

demo:
	@scripts/demo

test:
	@scripts/test

bench:
	@bench/run

check:
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --quiet -- -D warnings

# Hours; SHARD=0/8 tries every eighth change.
mutants:
	@scripts/mutants
