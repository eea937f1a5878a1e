# A dozen verbs; .ci/run calls the same ones. `make help` lists them.

.PHONY: help setup build release run orders test bench bench-quick bench-growth bench-peers bench-time bench-calls bench-plugins plugins-table lint check plugins guests examples engine peers deny counts soak
.DEFAULT_GOAL := help

TARGET := $(or $(CARGO_TARGET_DIR),target)
WASM_TARGETS := wasm32-unknown-unknown wasm32-wasip2

# How plugins are built, and the packages below these folders.
for_wasm := --profile plugin --target wasm32-unknown-unknown --target-dir $(TARGET)/plugins
folders = $(notdir $(wildcard $(addsuffix /*,$(1))))

# One choice of packages, since another would have dependencies built anew with other features.
everything := --release --workspace

# Compiles our own crates in a quarter of the time, for tests of their parts and those that run the binary, which stays
# optimized.
quickly := $(foreach crate,wasmgate wasmgate-sdk wasmgate-tests soap-engine vtl-engine $(call folders,plugins),\
	--config profile.release.package.$(crate).opt-level=0)

# Has clippy compile our own crates, and warnings end that. `cargo clippy` would check all dependencies once more, which
# takes eight minutes; so they are those that tests need compiled anyway. With `LINTED=yes`, `make test` runs tests as
# `make lint` has compiled them, so that CI compiles them once; the gateway that they start is another build.
by_clippy := RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__

# With `RELEASE=yes`, what `make release` made is measured.
of_release = $(if $(RELEASE),WASMGATE_BINARY=$(abspath $(TARGET))/profiled/release/wasmgate)

# What is linted as it is built for plugins.
in_wasm = hello authorizer $(call folders,plugins tests/guests)

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-13s %s\n", $$1, $$2 }' Makefile

setup: ## Add the targets that plugins are built for
	@rustup target add $(WASM_TARGETS) 2>/dev/null || $(MAKE) -s have-targets

build: setup ## Build the gateway, its built-in plugins in it
	cargo build $(everything) --bin wasmgate

release: build guests bench-peers ## Build a gateway whose code is laid out by what load runs, into target/profiled (see CONTRIBUTING.md)
	cargo build $(everything) --bin train
	host/profile/build $(abspath $(TARGET))

run: build examples ## Start examples/quickstart and print what to try
	@sed -n 's/^curl /\ncurl /p' examples/quickstart/README.md
	cd examples/quickstart && $(abspath $(TARGET))/release/wasmgate serve

orders: build ## Start examples/orders, an API in front of real peers, and print what to try
	@examples/orders/run $(abspath $(TARGET))

test: build guests examples peers ## Everything that a contributor needs to trust a change
	$(if $(LINTED),$(by_clippy)) cargo test $(everything) $(quickly) $(ONLY)

counts: build guests examples peers ## Hold requests and calls to the instructions and system calls they took (RENEW=yes writes them anew)
	$(if $(RENEW),UPDATE=1) cargo test $(everything) $(quickly) --test counts -- --nocapture

bench: build guests bench-peers ## Compare with nginx, HAProxy, Caddy and Envoy (ROW="part of a name" for one row; RELEASE=yes of `make release`)
	cargo build $(everything) --bin compare
	$(of_release) $(TARGET)/release/compare $(if $(ROW),"$(ROW)",--write)

bench-quick: build guests bench-peers ## The main rows of that, in two minutes
	cargo build $(everything) --bin compare
	$(of_release) $(TARGET)/release/compare --quick

bench-growth: build guests bench-peers ## Measure what costs more as there is more of it: memory, time of a request
	cargo build $(everything) --bin growth
	$(TARGET)/release/growth --write

bench-peers: # Install what wasmgate is compared with
	tests/bench/peers/install $(abspath $(TARGET))/bench-peers

bench-time: build guests bench-plugins ## Time the call paths of plugins, and each built-in one
	cargo bench --workspace --bench calls

bench-calls: guests ## Count instructions, page faults and system calls of one plugin call
	cargo build $(everything) --bin count-calls
	tests/bench/count-calls $(TARGET)/release/count-calls

bench-plugins: setup ## Measure each built-in plugin: size, load, calls, memory
	cargo build $(everything) --bin bench-plugins
	$(TARGET)/release/bench-plugins

plugins-table: build peers ## Measure an authorizer in each language, and write README.md's table
	cargo build $(everything) --bin plugins-table
	$(TARGET)/release/plugins-table

soak: build guests ## Mixed load with reloads and swaps for MINUTES, ten unless said: memory flat, no failed request
	SOAK=$$(($(or $(MINUTES),10) * 60)) cargo test $(everything) $(quickly) --test soak -- --nocapture

lint: setup ## Formatting, clippy and docs
	cargo fmt --all --check
	$(by_clippy) cargo build $(everything) $(quickly) --all-targets
	cargo clippy $(for_wasm) -p wasmgate-sdk --features wasmgate-sdk/facade $(addprefix -p ,$(in_wasm)) -- -D warnings
	RUSTDOC=$(CURDIR)/.ci/rustdoc $(by_clippy) cargo test $(everything) $(quickly) --doc
	RUSTDOCFLAGS="-D warnings" cargo doc $(for_wasm) --no-deps --document-private-items \
		$(addprefix -p ,$(call folders,plugins))

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

engine: peers ## Make the engine of scripts anew: the same sources make the same bytes
	ZIG=$(abspath $(TARGET))/peers/languages/bin/python-zig host/script/build $(abspath $(TARGET))/peers/quickjs/sources \
		host/script/engine.wasm
	cd host/script && sha256sum build *.[ch] ../../sdk/c/wasmgate.h ../../sdk/c/wasmgate_host.c engine.wasm > engine.sums

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
