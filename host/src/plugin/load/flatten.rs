//! Takes the wrapping off what `componentize-qjs` makes, so that a snapshot can be taken of it.
//!
//! The tool composes JavaScript's engine with a component that stands in for a loader of modules, which only its own
//! build needs, and on demand with another that stands in for WASI. Such a composition runs with a second memory, and
//! each instance of it would have to be configured anew: of nested components that hold modules there is no snapshot.
//! So the engine's component is taken out of it. WASI it then finds in the host. Of the loader it needs two functions,
//! and gets two of the contract's that have the same form: `import()` in a running plugin looks a module up by
//! `crypto.digest`, which refuses it, since there is no such hash.

use wasm_encoder::{Alias, Component, ComponentAliasSection, ComponentExportKind, RawSection};
use wasmparser::{
    ComponentAlias, ComponentAliasSectionReader, ComponentExternalKind,
    ComponentImportSectionReader, ComponentTypeRef,
};

use crate::plugin::sections::{Parsed, Section, sections};

/// The import that shows the engine's component.
const LOADER: &str = "local:init/module-loader";
/// Functions of the loader, and those that stand in: all take texts, and give a text or an error in two words.
const STAND_INS: [(&str, &str, &str); 2] = [
    ("resolve", "wasmgate:plugin/crypto@", "digest"),
    ("load", "wasmgate:plugin/secrets@", "get"),
];
/// How deep it is wrapped: once, and once more with `--stub-wasi`.
const DEEPEST: usize = 2;

const COMPONENT: u8 = 4;
const INSTANCE: u8 = 5;
const ALIAS: u8 = 6;
const IMPORT: u8 = 10;
/// A section with one instance that exports nothing.
const NOTHING: RawSection<'_> = RawSection {
    id: INSTANCE,
    data: &[1, 1, 0],
};

/// The engine's component, or none where this is another one.
pub(super) fn flat(component: &[u8]) -> Option<Vec<u8>> {
    let inner = innermost(component, DEEPEST).ok()??;
    let instances = Instances::read(inner).ok()?;
    let mut flat = Component::new();
    for section in sections(inner).ok()? {
        instances.copy(&section, &mut flat)?;
    }
    Some(flat.finish())
}

/// The component that imports the loader, so many levels below this one at most.
fn innermost(component: &[u8], levels: usize) -> Parsed<Option<&[u8]>> {
    let sections = sections(component)?;
    for section in sections.iter().filter(|section| section.id == IMPORT) {
        if section.imports()?.iter().any(|(name, _)| *name == LOADER) {
            // A component that is not wrapped is left alone: somebody offers the loader on purpose.
            return Ok((levels < DEEPEST).then_some(component));
        }
    }
    let nested = sections.iter().filter(|section| section.id == COMPONENT);
    for section in nested.take_while(|_| levels > 0) {
        if let Some(found) = innermost(section.content, levels - 1)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

impl Section<'_> {
    /// The names of imports, and whether each is an instance.
    fn imports(&self) -> Parsed<Vec<(&str, bool)>> {
        let imports = ComponentImportSectionReader::new(self.reader())?;
        let instance = |ty| matches!(ty, ComponentTypeRef::Instance(_));
        imports
            .into_iter()
            .map(|import| import.map(|import| (import.name.name, instance(import.ty))))
            .collect()
    }

    /// What a section takes out of instances: the instance's number, and the function's name.
    fn functions(&self) -> Parsed<Vec<(usize, &str)>> {
        let aliases = ComponentAliasSectionReader::new(self.reader())?;
        let mut functions = Vec::new();
        for alias in aliases {
            if let ComponentAlias::InstanceExport {
                kind: ComponentExternalKind::Func,
                instance_index,
                name,
            } = alias?
            {
                functions.push((instance_index as usize, name));
            }
        }
        Ok(functions)
    }
}

/// The instances that a component imports, in the order in which they are numbered.
struct Instances<'a>(Vec<&'a str>);

impl<'a> Instances<'a> {
    fn read(component: &'a [u8]) -> Parsed<Instances<'a>> {
        let mut names = Vec::new();
        for section in sections(component)? {
            if section.id == IMPORT {
                let imports = ComponentImportSectionReader::new(section.reader())?;
                for import in imports {
                    let import = import?;
                    if matches!(import.ty, ComponentTypeRef::Instance(_)) {
                        names.push(import.name.name);
                    }
                }
            }
        }
        Ok(Instances(names))
    }

    /// Writes a section, or what stands in its place. None where that cannot be said.
    fn copy(&self, section: &Section<'_>, flat: &mut Component) -> Option<()> {
        let loader = |(instance, _): &(usize, _)| self.0.get(*instance) == Some(&LOADER);
        match section.id {
            IMPORT if section.imports().ok()? == [(LOADER, true)] => flat.section(&NOTHING),
            ALIAS => match section.functions().ok()?.as_slice() {
                [one @ (_, name)] if loader(one) => flat.section(&self.stand_in(name)?),
                // The tool gives each a section of its own.
                several if several.iter().any(loader) => return None,
                _ => flat.section(&section.raw()),
            },
            _ => flat.section(&section.raw()),
        };
        Some(())
    }

    /// A section that takes the stand-in of a function out of the contract's instance.
    fn stand_in(&self, function: &str) -> Option<ComponentAliasSection> {
        let stand_in = STAND_INS.iter().find(|(name, ..)| *name == function);
        let (_, interface, export) = stand_in?;
        let instance = self.0.iter().position(|name| name.starts_with(interface))?;
        let mut section = ComponentAliasSection::new();
        section.alias(Alias::InstanceExport {
            instance: u32::try_from(instance).ok()?,
            kind: ComponentExportKind::Func,
            name: export,
        });
        Some(section)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// What the tool makes: an engine that imports the loader between others, and the loader beside.
    const WRAPPED: &str = r#"(component
        (component $engine
            (type $digest (instance
                (export "digest" (func (param "a" string) (param "b" (list u8)) (result (result (list u8)))))))
            (import "wasmgate:plugin/crypto@0.1.0" (instance (type $digest)))
            (type $loader (instance
                (export "resolve" (func (param "a" string) (param "b" string) (result (result string))))
                (export "load" (func (param "a" string) (result (result string))))))
            (import "local:init/module-loader" (instance $loader (type $loader)))
            (type $secrets (instance
                (export "get" (func (param "a" string) (result (result string))))))
            (import "wasmgate:plugin/secrets@0.1.0" (instance (type $secrets)))
            (alias export $loader "resolve" (func))
            (core module)
            (alias export $loader "load" (func))
            (core module $m (memory (export "m") 1))
        )
        (component $other (core module (memory 1)))
    )"#;

    fn imports(component: &[u8]) -> Vec<String> {
        let sections = sections(component).unwrap();
        let imports = sections.iter().filter(|section| section.id == IMPORT);
        let names = imports.flat_map(|section| section.imports().unwrap());
        names.map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn engine_is_taken_out_of_its_wrapping() {
        let flat = flat(&wat::parse_str(WRAPPED).unwrap()).unwrap();
        let left = [
            "wasmgate:plugin/crypto@0.1.0",
            "wasmgate:plugin/secrets@0.1.0",
        ];
        assert_eq!(imports(&flat), left);
        wasmparser::Validator::new().validate_all(&flat).unwrap();
    }

    #[test]
    fn stand_ins_are_found_below_another_wrapping() {
        let twice = format!("(component {WRAPPED})");
        assert!(flat(&wat::parse_str(twice).unwrap()).is_some());
        let deeper = format!("(component (component {WRAPPED}))");
        assert!(flat(&wat::parse_str(deeper).unwrap()).is_none());
    }

    #[test]
    fn other_components_are_left_alone() {
        let engine = WRAPPED.split_once('\n').unwrap().1;
        let engine = engine.split_once("(component $other").unwrap().0;
        for other in [
            "(component)",
            "(component (component (core module)))",
            engine,
        ] {
            assert_eq!(flat(&wat::parse_str(other).unwrap()), None);
        }
        let without = WRAPPED.replace("wasmgate:plugin/secrets", "wasmgate:plugin/other");
        assert_eq!(flat(&wat::parse_str(without).unwrap()), None);
        assert_eq!(flat(b"\0asm cut"), None);
    }
}
