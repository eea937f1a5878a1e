//! A template, read once and rendered often.

use crate::{
    error::{RenderError, SyntaxError},
    input::Input,
    limits::Limits,
    mention::{self, Mentions},
    parser::{self, Names},
    render::{LoopSlots, Renderer, provided},
    tree::Block,
    value::{MapRef, Value},
};

/// A template that can be rendered.
#[derive(Debug)]
pub struct Template {
    names: Names,
    block: Block,
    loops: LoopSlots,
}

/// What a template is rendered with.
#[derive(Debug)]
pub struct Scope<'s> {
    /// `$input`
    pub input: &'s Input<'s>,
    /// Other variables by name, `context` and `stageVariables` in the usual case.
    pub variables: Vec<(&'s str, MapRef)>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Where it is none: the first mistake, and its place.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut names = Names::default();
        let block = parser::parse(text, &mut names)?;
        let loops = LoopSlots {
            scope: names.find("foreach"),
            count: names.find("velocityCount"),
            has_next: names.find("velocityHasNext"),
        };
        Ok(Template {
            names,
            block,
            loops,
        })
    }

    /// What it mentions.
    pub fn mentions(&self) -> Mentions {
        mention::of(&self.block, &self.names)
    }

    /// Renders it. What it sets in maps of the scope can be read from them afterwards.
    ///
    /// # Errors
    /// Where something fails that fails in API Gateway too, or a limit is exceeded.
    pub fn render(&self, scope: &Scope<'_>, limits: Limits) -> Result<String, RenderError> {
        let mut slots = vec![None; self.names.count()];
        for name in ["input", "util"] {
            if let Some(slot) = self.names.find(name) {
                slots[slot] = provided(name).map(Value::Object);
            }
        }
        for (name, map) in &scope.variables {
            if let Some(slot) = self.names.find(name) {
                slots[slot] = Some(Value::Map(map.clone()));
            }
        }
        Renderer::new(scope.input, limits, slots, self.loops).template(&self.block)
    }
}
