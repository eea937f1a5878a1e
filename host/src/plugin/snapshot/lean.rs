//! Leaves out of a snapshot what no request calls: `configure` and `describe`, and hooks by their own exports where all are
//! called as bytes. Whatever is exported costs each instance, which looks up a few functions for it.

use wasm_encoder::{Component, ComponentSection, RawSection};
use wasmparser::ComponentExportSectionReader;

use crate::plugin::{
    Hook,
    sections::{Parsed, Section, sections},
};

/// Of a component's sections.
const INSTANCE: u8 = 5;
const EXPORT: u8 = 11;
/// A section with one instance that exports nothing. It stands in an export's place, so that others keep their numbers.
const NOTHING: RawSection<'_> = RawSection {
    id: INSTANCE,
    data: &[1, 1, 0],
};

/// The component without those exports.
pub(crate) fn lean(component: &[u8]) -> Parsed<Vec<u8>> {
    let sections = sections(component)?;
    let packed = exports(&sections)?.iter().any(|name| is(name, "packed"));
    let unneeded = |name: &str| {
        is(name, "setup") || packed && Hook::ALL.iter().any(|hook| is(name, hook.name()))
    };
    let mut lean = Vec::with_capacity(component.len());
    lean.extend(Component::HEADER);
    for section in &sections {
        // Tools write a section for each export. One with several is kept.
        match *exports(std::slice::from_ref(section))? {
            [name] if unneeded(name) => NOTHING.append_to_component(&mut lean),
            _ => section.raw().append_to_component(&mut lean),
        }
    }
    Ok(lean)
}

/// The names that sections export.
fn exports<'a>(sections: &[Section<'a>]) -> Parsed<Vec<&'a str>> {
    let mut names = Vec::new();
    for section in sections.iter().filter(|section| section.id == EXPORT) {
        for export in ComponentExportSectionReader::new(section.reader())? {
            names.push(export?.name.name);
        }
    }
    Ok(names)
}

/// Whether a name is that of an interface of the contract.
fn is(name: &str, interface: &str) -> bool {
    let ours = name.strip_prefix("wasmgate:plugin/");
    ours.and_then(|rest| rest.split_once('@'))
        .is_some_and(|(found, _version)| found == interface)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const SETUP: &str = "wasmgate:plugin/setup@0.1.0";
    const AUTHORIZER: &str = "wasmgate:plugin/authorizer@0.1.3";
    const PACKED: &str = "wasmgate:plugin/packed@0.1.0";
    const TYPES: &str = "wasmgate:plugin/types@0.1.0";

    /// What is left of a component that exports these, each in a section of its own, as tools write them.
    fn left(names: &[&str]) -> Vec<String> {
        let export = |name: &&str| format!("(instance) (export {name:?} (instance 0))");
        let exports: String = names.iter().map(export).collect();
        let component = wat::parse_str(format!("(component (instance) {exports})")).unwrap();
        let lean = lean(&component).unwrap();
        wasmparser::validate(&lean).unwrap();
        let left = exports_of(&lean);
        left.into_iter().map(str::to_owned).collect()
    }

    fn exports_of(component: &[u8]) -> Vec<&str> {
        exports(&sections(component).unwrap()).unwrap()
    }

    #[test]
    fn what_no_request_calls_is_left_out() {
        let all = [SETUP, AUTHORIZER, PACKED, TYPES, "run"];
        assert_eq!(left(&all), [PACKED, TYPES, "run"]);
    }

    #[test]
    fn hooks_that_are_not_called_as_bytes_stay() {
        assert_eq!(left(&[SETUP, AUTHORIZER, TYPES]), [AUTHORIZER, TYPES]);
    }
}
