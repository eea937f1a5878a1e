//! The contract as Rust, generated from `wit/`. Authors see the modules around it instead.
//!
//! Each hook is a world of its own, so that a plugin's component type names the hooks that it exports and no other.
#![allow(missing_docs, unsafe_code, unreachable_pub, clippy::all)]

wit_bindgen::generate!({
    path: "wit",
    world: "wasmgate:plugin/imports",
    generate_unused_types: true,
});

pub mod setup {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package wasmgate:sdk; world sdk-setup { export wasmgate:plugin/setup@0.1.0; }",
        pub_export_macro: true,
        export_macro_name: "export_setup",
    });
}

pub mod authorizer {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package wasmgate:sdk; world sdk-authorizer { export wasmgate:plugin/authorizer@0.1.0; }",
        with: { "wasmgate:plugin/types@0.1.0": crate::bindings::wasmgate::plugin::types },
        pub_export_macro: true,
        export_macro_name: "export_authorizer",
    });
}

pub mod request_filter {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package wasmgate:sdk; world sdk-request-filter { export wasmgate:plugin/request-filter@0.1.0; }",
        with: { "wasmgate:plugin/types@0.1.0": crate::bindings::wasmgate::plugin::types },
        pub_export_macro: true,
        export_macro_name: "export_request_filter",
    });
}

pub mod response_filter {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package wasmgate:sdk; world sdk-response-filter { export wasmgate:plugin/response-filter@0.1.0; }",
        with: { "wasmgate:plugin/types@0.1.0": crate::bindings::wasmgate::plugin::types },
        pub_export_macro: true,
        export_macro_name: "export_response_filter",
    });
}

pub mod validator {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package wasmgate:sdk; world sdk-validator { export wasmgate:plugin/validator@0.1.0; }",
        with: { "wasmgate:plugin/types@0.1.0": crate::bindings::wasmgate::plugin::types },
        pub_export_macro: true,
        export_macro_name: "export_validator",
    });
}

pub mod mapper {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package wasmgate:sdk; world sdk-mapper { export wasmgate:plugin/mapper@0.1.0; }",
        with: { "wasmgate:plugin/types@0.1.0": crate::bindings::wasmgate::plugin::types },
        pub_export_macro: true,
        export_macro_name: "export_mapper",
    });
}

pub mod function {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package wasmgate:sdk; world sdk-function { export wasmgate:plugin/function@0.1.0; }",
        with: { "wasmgate:plugin/types@0.1.0": crate::bindings::wasmgate::plugin::types },
        pub_export_macro: true,
        export_macro_name: "export_function",
    });
}

pub mod observer {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package wasmgate:sdk; world sdk-observer { export wasmgate:plugin/observer@0.1.0; }",
        with: { "wasmgate:plugin/types@0.1.0": crate::bindings::wasmgate::plugin::types },
        pub_export_macro: true,
        export_macro_name: "export_observer",
    });
}

pub mod packed {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package wasmgate:sdk; world sdk-packed { export wasmgate:plugin/packed@0.1.0; }",
        pub_export_macro: true,
        export_macro_name: "export_packed",
    });
}
