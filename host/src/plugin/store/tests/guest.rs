//! Plugins for tests: core modules, written by hand.

use serde_json::{Value, json};
use wit_component::StringEncoding;

/// An authorizer whose `configure` leaves a mark, by which every call knows that it ran.
pub(super) struct Guest {
    pub(super) description: Value,
    /// What `configure` answers.
    pub(super) answer: Value,
    pub(super) accepts: bool,
    /// Runs at the beginning of `configure`.
    pub(super) configure: &'static str,
    /// The principal that `authorize` grants; nothing of it where `configure` has not run.
    pub(super) principal: &'static str,
    /// The code of the refusal that `authorize` gives in place of a grant; or empty.
    pub(super) refusal: &'static str,
    /// More of the module.
    pub(super) more: &'static str,
    pub(super) version: &'static str,
    /// Its memory: pages at first, and at most.
    pub(super) pages: &'static str,
}

impl Default for Guest {
    fn default() -> Guest {
        Guest {
            description: json!({ "name": "guest", "version": "1.0.0", "hooks": ["authorizer"] }),
            answer: json!({ "entries": [{ "authorizer": {} }] }),
            accepts: true,
            configure: "",
            principal: "somebody",
            refusal: "",
            more: "",
            version: "0.1.0",
            pages: "2",
        }
    }
}

impl Guest {
    /// The core module, with the section that says which contract it speaks.
    pub(super) fn build(&self) -> Vec<u8> {
        let mut module = self.module();
        let mut resolve = wit_parser::Resolve::default();
        let contract = contract(self.version);
        let package = resolve.push_str("contract.wit", &contract).unwrap();
        let world = resolve
            .select_world(&[package], Some("authorizer-plugin"))
            .unwrap();
        wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
            .unwrap();
        module
    }

    pub(super) fn module(&self) -> Vec<u8> {
        let Guest {
            configure,
            more,
            version,
            pages,
            ..
        } = self;
        let description = self.description.to_string();
        let answer = self.answer.to_string();
        let (described, answered) = (description.len(), answer.len());
        let refused = u32::from(!self.accepts);
        let granted = self.principal.len();
        let denied = self.refusal.len();
        let is_refusal = u32::from(denied > 0);
        let text = format!(
            r#"(module
            (memory (export "memory") {pages})
            (global $heap (mut i32) (i32.const 65536))
            (data (i32.const 8192) "{}")
            (data (i32.const 4096) "{}")
            (data (i32.const 3072) "{}")
            (data (i32.const 3584) "{}")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
                (global.set $heap (i32.add (local.get $at) (local.get 3)))
                (local.get $at))
            (func (export "wasmgate:plugin/setup@{version}#describe") (result i32)
                (i32.store (i32.const 1024) (i32.const 8192))
                (i32.store (i32.const 1028) (i32.const {described}))
                (i32.const 1024))
            (func (export "wasmgate:plugin/setup@{version}#configure") (param i32 i32) (result i32)
                {configure}
                (i32.store (i32.const 1040) (i32.const {refused}))
                (i32.store (i32.const 1044) (i32.const 4096))
                (i32.store (i32.const 1048) (i32.const {answered}))
                (i32.store (i32.const 2048) (i32.const {granted}))
                (i32.const 1040))
            (func (export "wasmgate:plugin/authorizer@{version}#authorize") (param i32) (result i32)
                (i32.store (i32.const 1200) (i32.const {is_refusal}))
                (if (i32.load (i32.const 1200))
                    (then
                        (i32.store (i32.const 1204) (i32.const 3584))
                        (i32.store (i32.const 1208) (i32.const {denied})))
                    (else
                        (i32.store (i32.const 1204) (i32.const 3072))
                        (i32.store (i32.const 1208) (i32.load (i32.const 2048)))))
                (i32.const 1200))
            {more})"#,
            escape(&description),
            escape(&answer),
            escape(self.principal),
            escape(self.refusal),
        );
        wat::parse_str(text).unwrap()
    }
}

/// The contract, as it would be in a version.
fn contract(version: &str) -> String {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).unwrap();
    let files = folder.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let text = files.collect::<String>();
    let text = text.replace("package wasmgate:plugin@0.1.0;", "");
    format!("package wasmgate:plugin@{version};\n{text}")
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
