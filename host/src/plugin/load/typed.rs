//! The component type of a core module whose export and import names say which parts of the contract it speaks.
//!
//! Languages without a binding generator of their own export `wasmgate:plugin/authorizer@0.1.0#authorize` by its name,
//! and need nothing else: whether the functions have the right form is checked when the component is made.

use std::collections::BTreeSet;

use wasmparser::{Parser, Payload};
use wit_component::StringEncoding;
use wit_parser::{PackageId, Resolve, SourceMap};

use super::{NotAComponent, surface::PACKAGE};

/// The module with its type as a custom section, of a world that has this name as its package too; `contract` is the
/// files of `wit/`.
pub(super) fn typed(
    name: &str,
    module: &[u8],
    contract: &[(&str, &str)],
) -> Result<Vec<u8>, NotAComponent> {
    let world = World::read(module)?;
    if world.exports.is_empty() && world.imports.is_empty() {
        return Err(NotAComponent::NoContract);
    }
    let mut resolve = Resolve::default();
    let mut typed = module.to_vec();
    let package = world.push(name, &mut resolve, contract)?;
    resolve
        .select_world(&[package], Some(name))
        .and_then(|world| {
            let utf8 = StringEncoding::UTF8;
            wit_component::embed_component_metadata(&mut typed, &resolve, world, utf8)
        })
        .map_err(refused)?;
    Ok(typed)
}

/// The interfaces of the contract that a module imports and exports.
#[derive(Default)]
struct World {
    imports: BTreeSet<String>,
    exports: BTreeSet<String>,
}

impl World {
    fn read(module: &[u8]) -> Result<World, NotAComponent> {
        let invalid =
            |error: wasmparser::BinaryReaderError| NotAComponent::Invalid(error.to_string());
        let mut world = World::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload.map_err(invalid)? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let from = import.map_err(invalid)?.module;
                        world.imports.extend(ours(from));
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let function = export.map_err(invalid)?.name.split_once('#');
                        world
                            .exports
                            .extend(function.and_then(|(from, _)| ours(from)));
                    }
                }
                _ => {}
            }
        }
        Ok(world)
    }

    /// As a world beside the contract.
    fn push(
        &self,
        name: &str,
        resolve: &mut Resolve,
        contract: &[(&str, &str)],
    ) -> Result<PackageId, NotAComponent> {
        let mut files = SourceMap::new();
        for (name, text) in contract {
            files.push_str(name, *text);
        }
        let files = files.parse().map_err(|(_, error)| refused(error))?;
        resolve.push_group(files).map_err(refused)?;
        let imports = self.imports.iter().map(|name| format!("import {name};"));
        let exports = self.exports.iter().map(|name| format!("export {name};"));
        let world: String = imports.chain(exports).collect();
        let world = format!("package made:{name}; world {name} {{ {world} }}");
        resolve.push_source(name, &world).map_err(refused)
    }
}

/// An interface of the contract.
fn ours(name: &str) -> Option<String> {
    name.starts_with(PACKAGE).then(|| name.to_owned())
}

fn refused(error: impl std::fmt::Display) -> NotAComponent {
    NotAComponent::Encode(format!("{error:#}"))
}
