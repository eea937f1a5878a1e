# A dozen verbs; .ci/run calls the same ones. `make help` lists them.

.PHONY: help setup build run orders test bench bench-calls bench-plugins lint check plugins guests examples peers deny
.DEFAULT_GOAL := help

TARGET := $(or $(CARGO_TARGET_DIR),target)
WASM_TARGETS := wasm32-unknown-unknown wasm32-wasip2

# How plugins are built, and the packages below these folders.
for_wasm := --profile plugin --target wasm32-unknown-unknown --target-dir $(TARGET)/plugins
folders = $(notdir $(wildcard $(addsuffix /*,$(1))))

# All of the workspace but for benchmarks: one choice of packages, since others would have dependencies built anew with
# other features.
everything := --release --workspace --exclude wasmgate-bench

# Compiles our own crates in a quarter of the time, for tests of their parts and those that run the binary, which stays
# optimized.
quickly := $(foreach crate,wasmgate wasmgate-sdk wasmgate-tests soap-engine vtl-engine $(call folders,plugins),\
	--config profile.release.package.$(crate).opt-level=0)

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-13s %s\n", $$1, $$2 }' Makefile

setup: ## Add the targets that plugins are built for
	@rustup target add $(WASM_TARGETS) 2>/dev/null || $(MAKE) -s have-targets

build: setup ## Build the gateway, its built-in plugins in it
	cargo build $(everything) --bin wasmgate

run: build examples ## Start examples/quickstart and print what to try
	@sed -n 's/^curl /\ncurl /p' examples/quickstart/README.md
	cd examples/quickstart && $(abspath $(TARGET))/release/wasmgate serve

orders: build ## Start examples/orders, an API in front of real peers, and print what to try
	@examples/orders/run $(abspath $(TARGET))

test: build guests examples peers ## Everything that a contributor needs to trust a change
	cargo test $(everything) $(quickly) $(ONLY)

bench: build guests ## Measure the call paths of plugins
	cargo bench -p wasmgate-bench

bench-calls: guests ## Count instructions, page faults and system calls of one plugin call
	cargo build --release -p wasmgate-bench --bin count-calls
	tests/bench/count-calls $(TARGET)/release/count-calls

bench-plugins: setup ## Measure each built-in plugin: size, load, calls, memory
	cargo run --release -p wasmgate-bench --bin bench-plugins

lint: setup ## Formatting, clippy and docs
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings
	cargo clippy $(for_wasm) -p wasmgate-sdk --features wasmgate-sdk/facade \
		$(addprefix -p ,hello authorizer $(call folders,plugins tests/guests)) -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --release --no-deps --document-private-items \
		$(addprefix -p ,wasmgate wasmgate-sdk wasmgate-tests $(call folders,plugins))

check: lint deny test ## Lints, cargo deny and all tests

plugins: setup ## Build the built-in plugins as files
	$(call wasm,$(call folders,plugins),$(TARGET)/plugins)

guests: setup ## Build the plugins that misbehave, for the tests
	$(call wasm,$(call folders,tests/guests),$(TARGET)/guests)
	cargo build --profile plugin --target wasm32-wasip2 --target-dir $(TARGET)/plugins -p keeps_state
	@install -C -m 644 $(TARGET)/plugins/wasm32-wasip2/plugin/keeps_state.wasm $(TARGET)/guests/keeps_state.wasip2.wasm

examples: setup ## Build the plugins of the examples into their plugin directories
	$(call wasm,hello,examples/quickstart/plugins)
	$(call wasm,authorizer,examples/authorizer/plugins)

peers: ## Install the real peers that tests talk to, at the versions of their lock files
	@for peer in tests/peers/*/; do $(abspath .)/$${peer}install $(abspath $(TARGET))/peers/$$(basename $$peer) || exit 1; done

deny: ## Check licences, duplicate crates, sources and advisories
	.ci/deny

# Builds packages as plugins into a directory, where only what changed is written.
define wasm
cargo build $(for_wasm) $(addprefix -p ,$(1))
@mkdir -p $(2)
@for name in $(1); do install -C -m 644 $(TARGET)/plugins/wasm32-unknown-unknown/plugin/$$(echo $$name | tr - _).wasm $(2)/$$name.wasm; done
endef

# Where rustup cannot add a target (none here, or no network), say what is missing.
.PHONY: have-targets
have-targets:
	@for target in $(WASM_TARGETS); do test -d "$$(rustc --print sysroot)/lib/rustlib/$$target" || \
	{ echo "the target $$target is missing, and rustup could not add it: rustup target add $$target" >&2; exit 1; }; done
