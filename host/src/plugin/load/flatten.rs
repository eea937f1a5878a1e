//! Takes the wrapping off what `componentize-qjs` makes, so that a snapshot can be taken of it.
//!
//! The tool composes JavaScript's engine with a component that stands in for a loader of modules, which only its own
//! build needs, and on demand with another that stands in for WASI. Such a composition runs with a second memory, and
//! each instance of it would have to be configured anew: of nested components that hold modules there is no snapshot.
//! So the engine's component is taken out of it. WASI it then finds in the host. Of the loader it needs two functions,
//! and gets two of the contract's that have the same form: `import()` in a running plugin looks a module up by
//! `crypto.digest`, which refuses it, since there is no such hash.

use std::borrow::Cow;

use wasmparser::{
    BinaryReader, BinaryReaderError, ComponentAlias, ComponentAliasSectionReader,
    ComponentExternalKind, ComponentImportSectionReader, ComponentTypeRef,
};

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
const HEADER: usize = 8;
/// A section with one instance that exports nothing.
const NOTHING: &[u8] = &[1, 1, 0];

type Parsed<T> = Result<T, BinaryReaderError>;

/// The engine's component, or none where this is another one.
pub(super) fn flat(component: &[u8]) -> Option<Vec<u8>> {
    let inner = innermost(component, DEEPEST).ok()??;
    let instances = Instances::read(inner).ok()?;
    let mut flat = inner.get(..HEADER)?.to_vec();
    for section in sections(inner).ok()? {
        let (id, content) = instances.replaced(&section)?;
        flat.push(id);
        number(&mut flat, content.len());
        flat.extend_from_slice(&content);
    }
    Some(flat)
}

/// A section: what it holds, and its bytes.
struct Section<'a> {
    id: u8,
    content: &'a [u8],
}

fn sections(component: &[u8]) -> Parsed<Vec<Section<'_>>> {
    let mut reader = BinaryReader::new(component, 0);
    reader.read_bytes(HEADER)?;
    let mut sections = Vec::new();
    while !reader.eof() {
        let id = reader.read_u8()?;
        let size = reader.read_var_u32()? as usize;
        let content = reader.read_bytes(size)?;
        sections.push(Section { id, content });
    }
    Ok(sections)
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
        let imports = ComponentImportSectionReader::new(BinaryReader::new(self.content, 0))?;
        let instance = |ty| matches!(ty, ComponentTypeRef::Instance(_));
        imports
            .into_iter()
            .map(|import| import.map(|import| (import.name.name, instance(import.ty))))
            .collect()
    }

    /// What a section takes out of instances: the instance's number, and the function's name.
    fn functions(&self) -> Parsed<Vec<(usize, &str)>> {
        let aliases = ComponentAliasSectionReader::new(BinaryReader::new(self.content, 0))?;
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
        for Section { id, content } in sections(component)? {
            if id == IMPORT {
                let imports = ComponentImportSectionReader::new(BinaryReader::new(content, 0))?;
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

    /// What stands in the place of a section. None where that cannot be said.
    fn replaced<'s>(&self, section: &'s Section<'_>) -> Option<(u8, Cow<'s, [u8]>)> {
        let loader = |(instance, _): &(usize, _)| self.0.get(*instance) == Some(&LOADER);
        match section.id {
            IMPORT if section.imports().ok()? == [(LOADER, true)] => {
                Some((INSTANCE, NOTHING.into()))
            }
            ALIAS => match section.functions().ok()?.as_slice() {
                [one @ (_, name)] if loader(one) => Some((ALIAS, self.stand_in(name)?.into())),
                // The tool gives each a section of its own.
                several if several.iter().any(loader) => None,
                _ => Some((ALIAS, section.content.into())),
            },
            id => Some((id, section.content.into())),
        }
    }

    /// A section that takes the stand-in of a function out of the contract's instance.
    fn stand_in(&self, function: &str) -> Option<Vec<u8>> {
        let stand_in = STAND_INS.iter().find(|(name, ..)| *name == function);
        let (_, interface, export) = stand_in?;
        let instance = self.0.iter().position(|name| name.starts_with(interface))?;
        // One alias: a function, of an instance's exports.
        let mut section = vec![1, 1, 0];
        number(&mut section, instance);
        number(&mut section, export.len());
        section.extend(export.as_bytes());
        Some(section)
    }
}

/// Writes a number as the format has it: seven bits a byte, the lowest first.
fn number(bytes: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
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
