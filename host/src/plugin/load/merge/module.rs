//! Several core modules as one.

use std::collections::BTreeMap;

use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, EntityType, ExportKind,
    ExportSection, FunctionSection, GlobalSection, ImportSection, MemorySection, TableSection,
    TypeSection,
    reencode::{Error, Reencode},
};
use wasmparser::{ExternalKind, FunctionBody, Operator, Parser, Payload, SectionLimited, TypeRef};

use super::{Fits, Unfit, graph::Source};

/// Under which name the merged module imports all that it does.
pub(super) const HOST: &str = "host";

/// The name of what the instance of that number exports.
pub(super) fn exported(of: usize, name: &str) -> String {
    format!("{of}:{name}")
}

/// The kind of something imported.
pub(super) fn kind(ty: TypeRef) -> Option<ExternalKind> {
    match ty {
        TypeRef::Func(_) => Some(ExternalKind::Func),
        TypeRef::Table(_) => Some(ExternalKind::Table),
        TypeRef::Memory(_) => Some(ExternalKind::Memory),
        TypeRef::Global(_) => Some(ExternalKind::Global),
        _ => None,
    }
}

/// A module as it was.
#[derive(Default)]
pub(super) struct Module<'a> {
    /// Whether there is something in it that cannot be merged, such as a start function: it would run too late.
    pub(super) stays: bool,
    pub(super) imports: Vec<(&'a str, &'a str, TypeRef)>,
    exports: BTreeMap<&'a str, (ExternalKind, u32)>,
    types: Option<wasmparser::TypeSectionReader<'a>>,
    functions: Vec<u32>,
    tables: Option<wasmparser::TableSectionReader<'a>>,
    memories: Option<wasmparser::MemorySectionReader<'a>>,
    globals: Vec<wasmparser::Global<'a>>,
    elements: Option<wasmparser::ElementSectionReader<'a>>,
    data: Option<wasmparser::DataSectionReader<'a>>,
    code: Vec<FunctionBody<'a>>,
}

impl<'a> Module<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Fits<Module<'a>> {
        let mut module = Module::default();
        for payload in Parser::new(0).parse_all(bytes) {
            module.add(payload?)?;
        }
        Ok(module)
    }

    fn add(&mut self, payload: Payload<'a>) -> Fits<()> {
        match payload {
            Payload::TypeSection(types) => self.types = Some(types),
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    self.imports.push((import.module, import.name, import.ty));
                }
            }
            Payload::FunctionSection(functions) => {
                self.functions = functions.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::TableSection(tables) => self.tables = Some(tables),
            Payload::MemorySection(memories) => self.memories = Some(memories),
            Payload::GlobalSection(globals) => {
                self.globals = globals.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    self.exports
                        .insert(export.name, (export.kind, export.index));
                }
            }
            Payload::ElementSection(elements) => self.elements = Some(elements),
            Payload::DataSection(data) => self.data = Some(data),
            Payload::CodeSectionEntry(body) => self.code.push(body),
            Payload::Version { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::DataCountSection { .. }
            | Payload::CustomSection(_)
            | Payload::End(_) => (),
            _ => self.stays = true,
        }
        Ok(())
    }
}

fn count<T>(section: Option<&SectionLimited<'_, T>>) -> u32 {
    section.map_or(0, SectionLimited::count)
}

/// A function's number in the merged module, once it is known how many are imported.
#[derive(Clone, Copy)]
enum Function {
    Imported(u32),
    Own(u32),
}

#[derive(Clone, Copy)]
struct Global {
    index: u32,
    /// Where it never changes.
    value: Option<i32>,
}

/// New numbers of what one module has.
struct Member<'a> {
    module: &'a Module<'a>,
    functions: Vec<Function>,
    tables: Vec<u32>,
    memories: Vec<u32>,
    globals: Vec<Global>,
    types: u32,
    elements: u32,
    data: u32,
}

#[derive(Clone, Copy)]
enum Entity {
    Function(Function),
    Table(u32),
    Memory(u32),
    Global(Global),
}

/// How much there is so far.
#[derive(Clone, Copy, Default)]
struct Counts {
    types: u32,
    functions: u32,
    tables: u32,
    memories: u32,
    globals: u32,
    elements: u32,
    data: u32,
}

/// Gathers modules, each after those that it imports from.
#[derive(Default)]
pub(super) struct Merger<'a> {
    members: BTreeMap<usize, Member<'a>>,
    counts: Counts,
    /// Functions of the host by their item: the number of the import, and its type in the merged module.
    host: BTreeMap<usize, (u32, u32)>,
    exports: BTreeMap<String, Entity>,
}

impl<'a> Merger<'a> {
    /// Adds the module of an instance; `source` tells where its imports come from.
    pub(super) fn add(
        &mut self,
        instance: usize,
        module: &'a Module<'a>,
        source: impl Fn(&'a str, &'a str) -> Fits<Source<'a>>,
    ) -> Fits<()> {
        let counts = self.counts;
        let mut member = Member {
            module,
            functions: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            types: counts.types,
            elements: counts.elements,
            data: counts.data,
        };
        for (from, name, ty) in &module.imports {
            let entity = match (source(from, name)?, ty) {
                (Source::Export(of, name), _) => self.find(of, name)?,
                (Source::Host(item), TypeRef::Func(ty)) => {
                    let next = self.host.len() as u32;
                    let (number, _) = self.host.entry(item).or_insert((next, counts.types + ty));
                    Entity::Function(Function::Imported(*number))
                }
                _ => return Err(Unfit),
            };
            member.push(entity);
        }
        member.own(module, counts);
        self.counts = Counts {
            types: counts.types + types(module)?,
            functions: counts.functions + module.functions.len() as u32,
            tables: counts.tables + count(module.tables.as_ref()),
            memories: counts.memories + count(module.memories.as_ref()),
            globals: counts.globals + module.globals.len() as u32,
            elements: counts.elements + count(module.elements.as_ref()),
            data: counts.data + count(module.data.as_ref()),
        };
        self.members.insert(instance, member);
        Ok(())
    }

    fn find(&self, instance: usize, name: &str) -> Fits<Entity> {
        let member = self.members.get(&instance).ok_or(Unfit)?;
        let (kind, index) = member.module.exports.get(name).ok_or(Unfit)?;
        member.entity(*kind, *index as usize).ok_or(Unfit)
    }

    /// Exports what the instance of that number exports.
    pub(super) fn export(&mut self, of: usize, name: &str) -> Fits<()> {
        let entity = self.find(of, name)?;
        self.exports.insert(exported(of, name), entity);
        Ok(())
    }

    /// The items of the functions that the merged module imports, in its order.
    pub(super) fn imports(&self) -> impl Iterator<Item = usize> {
        let mut imports: Vec<_> = self
            .host
            .iter()
            .map(|(item, (number, _))| (*number, *item))
            .collect();
        imports.sort_unstable();
        imports.into_iter().map(|(_, item)| item)
    }

    /// The merged module.
    pub(super) fn module(&self) -> Fits<wasm_encoder::Module> {
        if self.counts.memories != 1 {
            return Err(Unfit);
        }
        let mut sections = Sections::default();
        for item in self.imports() {
            let (number, ty) = self.host[&item];
            sections
                .imports
                .import(HOST, &number.to_string(), EntityType::Function(ty));
        }
        for member in self.members.values() {
            let imported = self.host.len() as u32;
            sections.add(member.module, &mut Renumber { member, imported })?;
        }
        for (name, entity) in &self.exports {
            let (kind, index) = self.exported(*entity);
            sections.exports.export(name, kind, index);
        }
        Ok(sections.module(self.counts.data))
    }

    fn exported(&self, entity: Entity) -> (ExportKind, u32) {
        match entity {
            Entity::Function(function) => {
                (ExportKind::Func, function.index(self.host.len() as u32))
            }
            Entity::Table(index) => (ExportKind::Table, index),
            Entity::Memory(index) => (ExportKind::Memory, index),
            Entity::Global(global) => (ExportKind::Global, global.index),
        }
    }
}

/// How many types there are: a group may hold several.
fn types(module: &Module<'_>) -> Fits<u32> {
    let mut count = 0;
    for group in module.types.clone().into_iter().flatten() {
        count += group?.types().len() as u32;
    }
    Ok(count)
}

impl Function {
    fn index(self, imported: u32) -> u32 {
        match self {
            Function::Imported(index) => index,
            Function::Own(index) => imported + index,
        }
    }
}

impl<'a> Member<'a> {
    fn push(&mut self, entity: Entity) {
        match entity {
            Entity::Function(function) => self.functions.push(function),
            Entity::Table(index) => self.tables.push(index),
            Entity::Memory(index) => self.memories.push(index),
            Entity::Global(global) => self.globals.push(global),
        }
    }

    /// What the module has of its own comes behind its imports.
    fn own(&mut self, module: &Module<'a>, counts: Counts) {
        let functions = counts.functions..counts.functions + module.functions.len() as u32;
        self.functions.extend(functions.map(Function::Own));
        let tables = counts.tables..counts.tables + count(module.tables.as_ref());
        self.tables.extend(tables);
        let memories = counts.memories..counts.memories + count(module.memories.as_ref());
        self.memories.extend(memories);
        for (index, global) in (counts.globals..).zip(&module.globals) {
            let value = constant(global);
            self.globals.push(Global { index, value });
        }
    }

    fn entity(&self, kind: ExternalKind, index: usize) -> Option<Entity> {
        Some(match kind {
            ExternalKind::Func => Entity::Function(*self.functions.get(index)?),
            ExternalKind::Table => Entity::Table(*self.tables.get(index)?),
            ExternalKind::Memory => Entity::Memory(*self.memories.get(index)?),
            ExternalKind::Global => Entity::Global(*self.globals.get(index)?),
            _ => return None,
        })
    }
}

/// The value of a global that is a number and never changes.
fn constant(global: &wasmparser::Global<'_>) -> Option<i32> {
    let mut operators = global.init_expr.get_operators_reader();
    match operators.read().ok()? {
        Operator::I32Const { value } if !global.ty.mutable => Some(value),
        _ => None,
    }
}

/// Writes what a module has under its new numbers.
struct Renumber<'a> {
    member: &'a Member<'a>,
    imported: u32,
}

type Renumbered = Result<u32, Error<Unfit>>;

fn number<T: Copy>(numbers: &[T], index: u32) -> Result<T, Error<Unfit>> {
    let unfit = Error::UserError(Unfit);
    numbers.get(index as usize).copied().ok_or(unfit)
}

impl Reencode for Renumber<'_> {
    type Error = Unfit;

    fn type_index(&mut self, index: u32) -> Renumbered {
        Ok(self.member.types + index)
    }

    fn function_index(&mut self, index: u32) -> Renumbered {
        number(&self.member.functions, index).map(|function| function.index(self.imported))
    }

    fn table_index(&mut self, index: u32) -> Renumbered {
        number(&self.member.tables, index)
    }

    fn memory_index(&mut self, index: u32) -> Renumbered {
        number(&self.member.memories, index)
    }

    fn global_index(&mut self, index: u32) -> Renumbered {
        number(&self.member.globals, index).map(|global| global.index)
    }

    fn element_index(&mut self, index: u32) -> Renumbered {
        Ok(self.member.elements + index)
    }

    fn data_index(&mut self, index: u32) -> Renumbered {
        Ok(self.member.data + index)
    }

    /// Where a library's part of table and memory begins, its module reads in a global of another: here it is a number.
    fn const_expr(
        &mut self,
        expression: wasmparser::ConstExpr<'_>,
    ) -> Result<ConstExpr, Error<Unfit>> {
        if let Some(value) = self.folded(&expression)? {
            return Ok(ConstExpr::i32_const(value));
        }
        let mut operators = expression.get_operators_reader();
        while !operators.eof() {
            // Of its own module's globals too: they would have to stand before this one.
            if let Operator::GlobalGet { .. } = operators.read()? {
                return Err(Error::UserError(Unfit));
            }
        }
        wasm_encoder::reencode::utils::const_expr(self, expression)
    }
}

impl Renumber<'_> {
    /// What an expression of numbers gives; none where it is another one.
    fn folded(&self, expression: &wasmparser::ConstExpr<'_>) -> Result<Option<i32>, Error<Unfit>> {
        let mut operators = expression.get_operators_reader();
        let mut stack: Vec<i32> = Vec::new();
        loop {
            let next = match operators.read()? {
                Operator::I32Const { value } => Some(value),
                Operator::GlobalGet { global_index } => {
                    number(&self.member.globals, global_index)?.value
                }
                Operator::I32Add => two(&mut stack, i32::wrapping_add),
                Operator::I32Sub => two(&mut stack, i32::wrapping_sub),
                Operator::I32Mul => two(&mut stack, i32::wrapping_mul),
                Operator::End => return Ok(stack.pop()),
                _ => None,
            };
            match next {
                Some(next) => stack.push(next),
                None => return Ok(None),
            }
        }
    }
}

fn two(stack: &mut Vec<i32>, operation: fn(i32, i32) -> i32) -> Option<i32> {
    let (right, left) = (stack.pop()?, stack.pop()?);
    Some(operation(left, right))
}

/// The merged module's sections.
#[derive(Default)]
struct Sections {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    globals: GlobalSection,
    exports: ExportSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
}

impl Sections {
    fn add(&mut self, module: &Module<'_>, renumber: &mut Renumber<'_>) -> Fits<()> {
        if let Some(types) = module.types.clone() {
            renumber.parse_type_section(&mut self.types, types)?;
        }
        for ty in &module.functions {
            self.functions.function(renumber.type_index(*ty)?);
        }
        if let Some(tables) = module.tables.clone() {
            renumber.parse_table_section(&mut self.tables, tables)?;
        }
        if let Some(memories) = module.memories.clone() {
            renumber.parse_memory_section(&mut self.memories, memories)?;
        }
        for global in &module.globals {
            renumber.parse_global(&mut self.globals, global.clone())?;
        }
        if let Some(elements) = module.elements.clone() {
            renumber.parse_element_section(&mut self.elements, elements)?;
        }
        for body in &module.code {
            renumber.parse_function_body(&mut self.code, body.clone())?;
        }
        if let Some(data) = module.data.clone() {
            renumber.parse_data_section(&mut self.data, data)?;
        }
        Ok(())
    }

    fn module(&self, data: u32) -> wasm_encoder::Module {
        let mut module = wasm_encoder::Module::new();
        module
            .section(&self.types)
            .section(&self.imports)
            .section(&self.functions)
            .section(&self.tables)
            .section(&self.memories)
            .section(&self.globals)
            .section(&self.exports)
            .section(&self.elements)
            .section(&DataCountSection { count: data })
            .section(&self.code)
            .section(&self.data);
        module
    }
}
