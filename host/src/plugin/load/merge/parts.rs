//! A component's parts: what is of components, and what is of its core modules.

use wasm_encoder::{
    ComponentAliasSection, Encode,
    reencode::{ReencodeComponent, RoundtripReencoder},
};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentAliasSectionReader,
    ComponentCanonicalSectionReader, ComponentExportSectionReader, ComponentExternalKind,
    ComponentImportSectionReader, ComponentInstance, ComponentInstanceSectionReader, ComponentType,
    ComponentTypeRef, ComponentTypeSectionReader, ExternalKind, Instance, InstanceSectionReader,
};

use super::{Fits, Unfit};
use crate::plugin::sections::{Section, sections};

/// An item of the component's core index spaces.
pub(super) enum Core<'a> {
    Instance(Instance<'a>),
    Alias {
        kind: ExternalKind,
        instance: u32,
        name: &'a str,
    },
    /// A function of the host, for modules to import.
    Canon(CanonicalFunction),
}

/// What stands from the first function that is lifted on.
pub(super) enum After {
    Raw((u8, Vec<u8>)),
    Lift(CanonicalFunction),
}

#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) modules: Vec<&'a [u8]>,
    /// Sections without modules, their instances and what is taken of them or lowered for them.
    pub(super) before: Vec<(u8, Vec<u8>)>,
    pub(super) core: Vec<Core<'a>>,
    /// Items by their number as an instance, and as a function, table, memory or global.
    pub(super) instances: Vec<usize>,
    spaces: [Vec<usize>; 4],
    pub(super) after: Vec<After>,
}

impl<'a> Parts<'a> {
    pub(super) fn read(component: &'a [u8]) -> Fits<Parts<'a>> {
        let mut parts = Parts::default();
        for section in sections(component)? {
            parts.add(&section)?;
        }
        Ok(parts)
    }

    fn add(&mut self, section: &Section<'a>) -> Fits<()> {
        match section.id {
            // Names of what gets other numbers.
            0 => (),
            1 => self.modules.push(section.content),
            2 => {
                for instance in InstanceSectionReader::new(section.reader())? {
                    self.instances.push(self.core.len());
                    self.core.push(Core::Instance(instance?));
                }
            }
            6 => {
                for alias in ComponentAliasSectionReader::new(section.reader())? {
                    self.alias(alias?)?;
                }
            }
            8 => {
                for function in ComponentCanonicalSectionReader::new(section.reader())? {
                    self.canon(function?)?;
                }
            }
            _ if names_core(section)? => return Err(Unfit),
            id => self.raw((id, section.content.to_vec())),
        }
        Ok(())
    }

    fn raw(&mut self, section: (u8, Vec<u8>)) {
        match self.after.is_empty() {
            true => self.before.push(section),
            false => self.after.push(After::Raw(section)),
        }
    }

    fn alias(&mut self, alias: ComponentAlias<'a>) -> Fits<()> {
        match alias {
            ComponentAlias::CoreInstanceExport {
                kind,
                instance_index: instance,
                name,
            } => {
                self.spaces[space(kind).ok_or(Unfit)?].push(self.core.len());
                self.core.push(Core::Alias {
                    kind,
                    instance,
                    name,
                });
            }
            ComponentAlias::Outer { .. } => return Err(Unfit),
            ComponentAlias::InstanceExport { kind, .. } => {
                if kind == ComponentExternalKind::Module {
                    return Err(Unfit);
                }
                let mut section = ComponentAliasSection::new();
                section.alias(RoundtripReencoder.component_alias(alias)?);
                self.raw((6, content(&section)));
            }
        }
        Ok(())
    }

    fn canon(&mut self, function: CanonicalFunction) -> Fits<()> {
        match function {
            CanonicalFunction::Lift { .. } => self.after.push(After::Lift(function)),
            CanonicalFunction::Lower { .. } | CanonicalFunction::ResourceDrop { .. }
                if self.after.is_empty() =>
            {
                self.spaces[0].push(self.core.len());
                self.core.push(Core::Canon(function));
            }
            _ => return Err(Unfit),
        }
        Ok(())
    }

    /// The item of a number.
    pub(super) fn item(&self, kind: ExternalKind, index: u32) -> Fits<usize> {
        let items = &self.spaces[space(kind).ok_or(Unfit)?];
        items.get(index as usize).copied().ok_or(Unfit)
    }

    /// Whether a function of the host needs nothing of any module.
    pub(super) fn early(&self, item: usize) -> bool {
        let needs = |option: &CanonicalOption| {
            matches!(
                option,
                CanonicalOption::Memory(_) | CanonicalOption::Realloc(_)
            )
        };
        match &self.core[item] {
            Core::Canon(function) => !options(function).iter().any(needs),
            _ => false,
        }
    }
}

/// Whether a section names what stands in a core index space; of those that stay as they are none may.
fn names_core(section: &Section<'_>) -> Fits<bool> {
    Ok(match section.id {
        5 => {
            let instances = ComponentInstanceSectionReader::new(section.reader())?;
            let instances: Vec<_> = instances.into_iter().collect::<Result<_, _>>()?;
            instances.iter().any(|instance| match instance {
                ComponentInstance::Instantiate { args, .. } => args
                    .iter()
                    .any(|arg| arg.kind == ComponentExternalKind::Module),
                ComponentInstance::FromExports(exports) => exports
                    .iter()
                    .any(|export| export.kind == ComponentExternalKind::Module),
            })
        }
        7 => {
            let types = ComponentTypeSectionReader::new(section.reader())?;
            let types: Vec<_> = types.into_iter().collect::<Result<_, _>>()?;
            types
                .iter()
                .any(|ty| matches!(ty, ComponentType::Resource { .. }))
        }
        10 => {
            let imports = ComponentImportSectionReader::new(section.reader())?;
            let imports: Vec<_> = imports.into_iter().collect::<Result<_, _>>()?;
            imports
                .iter()
                .any(|import| matches!(import.ty, ComponentTypeRef::Module(_)))
        }
        11 => {
            let exports = ComponentExportSectionReader::new(section.reader())?;
            let exports: Vec<_> = exports.into_iter().collect::<Result<_, _>>()?;
            exports
                .iter()
                .any(|export| export.kind == ComponentExternalKind::Module)
        }
        // A start function could need what is lifted.
        9 => true,
        _ => false,
    })
}

/// What a function is lifted or lowered by.
pub(super) fn options(function: &CanonicalFunction) -> &[CanonicalOption] {
    match function {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => {
            options
        }
        _ => &[],
    }
}

/// The number of a kind's index space.
pub(super) fn space(kind: ExternalKind) -> Option<usize> {
    match kind {
        ExternalKind::Func => Some(0),
        ExternalKind::Table => Some(1),
        ExternalKind::Memory => Some(2),
        ExternalKind::Global => Some(3),
        _ => None,
    }
}

/// A section's content, without its size in front.
fn content(section: &impl Encode) -> Vec<u8> {
    let mut bytes = Vec::new();
    section.encode(&mut bytes);
    let size = bytes.iter().position(|byte| byte & 0x80 == 0);
    bytes.split_off(size.map_or(0, |size| size + 1))
}
