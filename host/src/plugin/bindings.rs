//! The contract in Rust: what `wit/` says, generated.
//!
//! Hooks take borrowed records, so that nothing of a request is copied before it is lowered into the guest.

wasmtime::component::bindgen!({
    path: "../wit",
    world: "all",
    imports: {
        // The one import that waits. Every other answers at once, without a future.
        "wasmgate:plugin/http.fetch": async,
    },
    exports: { default: async },
    ownership: Borrowing { duplicate_if_necessary: true },
});
