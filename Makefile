# Two commands do everything: `make demo` and `make test`.
.PHONY: demo test bench check

demo:
	@scripts/demo

test:
	@scripts/test

bench:
	@bench/run

check:
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --quiet -- -D warnings
