//! Makes one core module of those that share a component's memory, as Python's and JavaScript's runtimes do.
//!
//! Their tools link libraries while a component is instantiated: each is a module of its own, and fills its part of a
//! common table with thousands of functions, anew for each instance. That was half of what a pristine call took. A module
//! that has its table for itself gets its functions when they are first called; and calls from one library to another,
//! and its memory, are then its own.
//!
//! Modules are merged up to those that need what is lowered by the merged memory, such as `wit-component`'s fix-ups.
//! What merges badly (start functions, resources with destructors, several memories) is left as it is.

use std::collections::BTreeMap;

use wasm_encoder::{
    Alias, CanonicalFunctionSection, Component, ComponentAliasSection, ExportKind, InstanceSection,
    ModuleArg, ModuleSection, RawSection,
    reencode::{Reencode, ReencodeComponent, RoundtripReencoder},
};
use wasmparser::{CanonicalFunction, CanonicalOption, ExternalKind, Instance};

use self::{
    graph::{Graph, Source},
    module::{Merger, Module},
    parts::{Core, Parts},
};

mod graph;
mod module;
mod parts;

/// Why modules cannot be merged. Nobody is told: the component works as it is.
#[derive(Debug)]
struct Unfit;

impl From<wasmparser::BinaryReaderError> for Unfit {
    fn from(_: wasmparser::BinaryReaderError) -> Unfit {
        Unfit
    }
}

impl<E> From<wasm_encoder::reencode::Error<E>> for Unfit {
    fn from(_: wasm_encoder::reencode::Error<E>) -> Unfit {
        Unfit
    }
}

type Fits<T> = Result<T, Unfit>;

/// The component with its modules merged; none where there is nothing to merge, or no way to.
pub(super) fn merged(component: &[u8]) -> Option<Vec<u8>> {
    let parts = Parts::read(component).ok()?;
    let modules = parts.modules.iter().map(|bytes| Module::read(bytes));
    let modules: Vec<_> = modules.collect::<Fits<_>>().ok()?;
    let graph = Graph::new(&parts, &modules).ok()?;
    // A module that has its table for itself gains nothing.
    match graph.shares_table() {
        true => Writer::write(&graph).ok(),
        false => None,
    }
}

/// Writes the component anew: what is of components as it was, what is of modules in the order in which it is needed.
struct Writer<'a> {
    graph: &'a Graph<'a>,
    component: Component,
    /// New numbers of items, of what the merged instance exports, and of the instances made of that.
    items: BTreeMap<usize, u32>,
    exported: BTreeMap<(usize, String), u32>,
    shown: BTreeMap<(u32, String), u32>,
    /// How many there are of each kind, instances last.
    counts: [u32; 5],
    merged: u32,
    /// New numbers of modules that stay.
    kept: BTreeMap<u32, u32>,
}

impl<'a> Writer<'a> {
    fn write(graph: &'a Graph<'a>) -> Fits<Vec<u8>> {
        let mut writer = Writer {
            graph,
            component: Component::new(),
            items: BTreeMap::new(),
            exported: BTreeMap::new(),
            shown: BTreeMap::new(),
            counts: [0; 5],
            merged: 0,
            kept: BTreeMap::new(),
        };
        let merger = writer.merger()?;
        writer.modules(&merger.module()?)?;
        for section in &graph.parts.before {
            writer.raw(section);
        }
        writer.merged(&merger)?;
        for instance in 0..graph.parts.instances.len() {
            if graph.module(instance).is_ok() && !graph.members.contains(&instance) {
                writer.item(graph.parts.instances[instance])?;
            }
        }
        writer.rest()?;
        Ok(writer.component.finish())
    }

    /// The members, and all that anybody else wants of them as exports.
    fn merger(&self) -> Fits<Merger<'a>> {
        let graph = self.graph;
        let mut merger = Merger::default();
        for member in &graph.members {
            let module = graph.module(*member)?;
            let source =
                |from: &'a str, name: &'a str| graph.source(graph.argument(*member, from)?, name);
            merger.add(*member, module, source)?;
        }
        for item in &graph.parts.core {
            if let Core::Alias { instance, name, .. } = item
                && let Source::Export(of, name) = graph.source(*instance as usize, name)?
                && graph.members.contains(&of)
            {
                merger.export(of, name)?;
            }
        }
        for instance in 0..graph.parts.instances.len() {
            let Ok(module) = graph.module(instance) else {
                continue;
            };
            for (from, name, _) in &module.imports {
                if let Source::Export(of, name) =
                    graph.source(graph.argument(instance, from)?, name)?
                    && graph.members.contains(&of)
                    && !graph.members.contains(&instance)
                {
                    merger.export(of, name)?;
                }
            }
        }
        Ok(merger)
    }

    /// The merged module first, then those that stay.
    fn modules(&mut self, merged: &wasm_encoder::Module) -> Fits<()> {
        self.component.section(&ModuleSection(merged));
        for instance in 0..self.graph.parts.instances.len() {
            if self.graph.members.contains(&instance) {
                continue;
            }
            if let Instance::Instantiate { module_index, .. } = self.graph.instance(instance)? {
                let next = self.kept.len() as u32 + 1;
                if self.kept.insert(*module_index, next).is_none() {
                    let bytes = self.graph.parts.modules[*module_index as usize];
                    self.component.section(&RawSection { id: 1, data: bytes });
                }
            }
        }
        Ok(())
    }

    fn raw(&mut self, (id, data): &(u8, Vec<u8>)) {
        self.component.section(&RawSection { id: *id, data });
    }

    /// The merged module's instance, and before it what that imports.
    fn merged(&mut self, merger: &Merger<'a>) -> Fits<()> {
        let mut imports = Vec::new();
        for (number, item) in merger.imports().enumerate() {
            imports.push((number.to_string(), ExportKind::Func, self.item(item)?));
        }
        let mut section = InstanceSection::new();
        section.export_items(
            imports
                .iter()
                .map(|(name, kind, index)| (name.as_str(), *kind, *index)),
        );
        let given = self.instances(&section);
        let mut section = InstanceSection::new();
        section.instantiate(0, [(module::HOST, ModuleArg::Instance(given))]);
        self.merged = self.instances(&section);
        Ok(())
    }

    fn instances(&mut self, section: &InstanceSection) -> u32 {
        self.component.section(section);
        self.count(4)
    }

    fn count(&mut self, kind: usize) -> u32 {
        self.counts[kind] += 1;
        self.counts[kind] - 1
    }

    /// The new number of an item, written where it is not there yet.
    fn item(&mut self, item: usize) -> Fits<u32> {
        if let Some(index) = self.items.get(&item) {
            return Ok(*index);
        }
        let index = match &self.graph.parts.core[item] {
            Core::Alias {
                kind,
                instance,
                name,
            } => match self.graph.source(*instance as usize, name)? {
                Source::Host(item) => self.item(item)?,
                Source::Export(of, name) => self.export(*kind, of, name)?,
            },
            Core::Canon(function) => self.canon(function.clone())?,
            Core::Instance(instance) => self.instance(instance)?,
        };
        self.items.insert(item, index);
        Ok(index)
    }

    /// What an instance exports, as an item of the component.
    fn export(&mut self, kind: ExternalKind, of: usize, name: &str) -> Fits<u32> {
        let known = (of, name.to_owned());
        if let Some(index) = self.exported.get(&known) {
            return Ok(*index);
        }
        let (instance, name) = match self.graph.members.contains(&of) {
            true => (self.merged, module::exported(of, name)),
            false => (self.item(self.graph.parts.instances[of])?, name.to_owned()),
        };
        let kind_number = parts::space(kind).ok_or(Unfit)?;
        let alias = Alias::CoreInstanceExport {
            instance,
            kind: RoundtripReencoder.export_kind(kind)?,
            name: &name,
        };
        let mut section = ComponentAliasSection::new();
        section.alias(alias);
        self.component.section(&section);
        let index = self.count(kind_number);
        self.exported.insert(known, index);
        Ok(index)
    }

    /// A function of the host, with what it lowers by.
    fn canon(&mut self, function: CanonicalFunction) -> Fits<u32> {
        let options = parts::options(&function).to_vec();
        let numbers = self.numbers(&options)?;
        let mut section = CanonicalFunctionSection::new();
        numbers
            .clone()
            .parse_component_canonical(&mut section, function)?;
        self.component.section(&section);
        Ok(self.count(0))
    }

    /// The new numbers of what options name.
    fn numbers(&mut self, options: &[CanonicalOption]) -> Fits<Numbers> {
        let mut numbers = Numbers::default();
        for option in options {
            match *option {
                CanonicalOption::Memory(index) => {
                    let item = self.graph.parts.item(ExternalKind::Memory, index)?;
                    numbers.memories.insert(index, self.item(item)?);
                }
                CanonicalOption::Realloc(index) | CanonicalOption::PostReturn(index) => {
                    numbers.functions.insert(index, self.function(index)?);
                }
                CanonicalOption::UTF8 | CanonicalOption::UTF16 | CanonicalOption::CompactUTF16 => {}
                _ => return Err(Unfit),
            }
        }
        Ok(numbers)
    }

    fn function(&mut self, index: u32) -> Fits<u32> {
        let item = self.graph.parts.item(ExternalKind::Func, index)?;
        self.item(item)
    }

    /// An instance that stays, or one that is made of items.
    fn instance(&mut self, instance: &Instance<'a>) -> Fits<u32> {
        let mut section = InstanceSection::new();
        match instance {
            Instance::Instantiate { module_index, args } => {
                let mut given = Vec::new();
                for argument in args {
                    let index =
                        self.given(*module_index, argument.name, argument.index as usize)?;
                    given.push((argument.name, ModuleArg::Instance(index)));
                }
                section.instantiate(self.kept[module_index], given);
            }
            Instance::FromExports(exports) => {
                let mut items = Vec::new();
                for export in exports {
                    let item = self.graph.parts.item(export.kind, export.index)?;
                    let kind = RoundtripReencoder.export_kind(export.kind)?;
                    items.push((export.name, kind, self.item(item)?));
                }
                section.export_items(items);
            }
        }
        Ok(self.instances(&section))
    }

    /// What a module that stays gets under a name: the instance, or what it wants of a member.
    fn given(&mut self, module: u32, name: &str, instance: usize) -> Fits<u32> {
        if !self.graph.members.contains(&instance) {
            return self.item(self.graph.parts.instances[instance]);
        }
        let known = (module, name.to_owned());
        if let Some(index) = self.shown.get(&known) {
            return Ok(*index);
        }
        let imports = &self.graph.modules[module as usize].imports;
        let mut items = Vec::new();
        for (_, name, ty) in imports.iter().filter(|(from, ..)| *from == name) {
            let kind = module::kind(*ty).ok_or(Unfit)?;
            let index = self.export(kind, instance, name)?;
            items.push((*name, RoundtripReencoder.export_kind(kind)?, index));
        }
        let mut section = InstanceSection::new();
        section.export_items(items);
        let index = self.instances(&section);
        self.shown.insert(known, index);
        Ok(index)
    }

    /// What is lifted, and all behind it.
    fn rest(&mut self) -> Fits<()> {
        for part in &self.graph.parts.after {
            match part {
                parts::After::Raw(section) => self.raw(section),
                parts::After::Lift(lift) => {
                    let CanonicalFunction::Lift {
                        core_func_index, ..
                    } = lift
                    else {
                        return Err(Unfit);
                    };
                    let mut numbers = self.numbers(parts::options(lift))?;
                    numbers
                        .functions
                        .insert(*core_func_index, self.function(*core_func_index)?);
                    let mut section = CanonicalFunctionSection::new();
                    numbers.parse_component_canonical(&mut section, lift.clone())?;
                    self.component.section(&section);
                }
            }
        }
        Ok(())
    }
}

/// New numbers of what a function is lifted or lowered by.
#[derive(Clone, Default)]
struct Numbers {
    functions: BTreeMap<u32, u32>,
    memories: BTreeMap<u32, u32>,
}

impl Reencode for Numbers {
    type Error = Unfit;

    fn function_index(&mut self, index: u32) -> Result<u32, wasm_encoder::reencode::Error<Unfit>> {
        known(&self.functions, index)
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, wasm_encoder::reencode::Error<Unfit>> {
        known(&self.memories, index)
    }
}

impl ReencodeComponent for Numbers {}

fn known(
    numbers: &BTreeMap<u32, u32>,
    index: u32,
) -> Result<u32, wasm_encoder::reencode::Error<Unfit>> {
    let unfit = wasm_encoder::reencode::Error::UserError(Unfit);
    numbers.get(&index).copied().ok_or(unfit)
}

#[cfg(test)]
mod tests;
