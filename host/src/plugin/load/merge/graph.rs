//! What a component's instances take from one another, and which of them become one.

use std::collections::BTreeSet;

use wasmparser::{Instance, TypeRef};

use super::{
    Fits, Unfit,
    module::Module,
    parts::{Core, Parts},
};

/// Where something comes from that an instance exports.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// An instance of a module, and the name there.
    Export(usize, &'a str),
    /// A function of the host: the number of its item.
    Host(usize),
}

/// What depends on what.
pub(super) struct Graph<'a> {
    pub(super) parts: &'a Parts<'a>,
    pub(super) modules: &'a [Module<'a>],
    /// Instances that become one.
    pub(super) members: BTreeSet<usize>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(parts: &'a Parts<'a>, modules: &'a [Module<'a>]) -> Fits<Graph<'a>> {
        let mut graph = Graph {
            parts,
            modules,
            members: BTreeSet::new(),
        };
        for instance in 0..parts.instances.len() {
            if graph.module(instance).is_ok() && graph.can_join(instance)? {
                graph.members.insert(instance);
            }
        }
        Ok(graph)
    }

    /// Whether all that it imports is there before the merged memory is.
    fn can_join(&self, instance: usize) -> Fits<bool> {
        if self.module(instance)?.stays {
            return Ok(false);
        }
        for (from, name, _) in &self.module(instance)?.imports {
            let early = match self.source(self.argument(instance, from)?, name)? {
                Source::Export(of, _) => self.members.contains(&of),
                Source::Host(item) => self.parts.early(item),
            };
            if !early {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a member fills the table of another.
    pub(super) fn shares_table(&self) -> bool {
        let mut members = self.members.iter();
        let table = |ty: &TypeRef| matches!(ty, TypeRef::Table(_));
        members.any(|member| match self.module(*member) {
            Ok(module) => module.imports.iter().any(|(_, _, ty)| table(ty)),
            Err(Unfit) => false,
        })
    }

    pub(super) fn instance(&self, instance: usize) -> Fits<&'a Instance<'a>> {
        match self
            .parts
            .core
            .get(*self.parts.instances.get(instance).ok_or(Unfit)?)
        {
            Some(Core::Instance(instance)) => Ok(instance),
            _ => Err(Unfit),
        }
    }

    /// The module that an instance is of.
    pub(super) fn module(&self, instance: usize) -> Fits<&'a Module<'a>> {
        match self.instance(instance)? {
            Instance::Instantiate { module_index, .. } => {
                self.modules.get(*module_index as usize).ok_or(Unfit)
            }
            Instance::FromExports(_) => Err(Unfit),
        }
    }

    /// The instance that another gets under a name.
    pub(super) fn argument(&self, instance: usize, name: &str) -> Fits<usize> {
        let Instance::Instantiate { args, .. } = self.instance(instance)? else {
            return Err(Unfit);
        };
        let argument = args.iter().find(|argument| argument.name == name);
        Ok(argument.ok_or(Unfit)?.index as usize)
    }

    /// Where an instance's export comes from.
    pub(super) fn source(&self, instance: usize, name: &'a str) -> Fits<Source<'a>> {
        let Instance::FromExports(exports) = self.instance(instance)? else {
            return Ok(Source::Export(instance, name));
        };
        let export = exports
            .iter()
            .find(|export| export.name == name)
            .ok_or(Unfit)?;
        self.source_of(self.parts.item(export.kind, export.index)?)
    }

    /// Where an item comes from.
    fn source_of(&self, item: usize) -> Fits<Source<'a>> {
        match &self.parts.core[item] {
            Core::Alias { instance, name, .. } => self.source(*instance as usize, name),
            Core::Canon(_) => Ok(Source::Host(item)),
            Core::Instance(_) => Err(Unfit),
        }
    }
}
