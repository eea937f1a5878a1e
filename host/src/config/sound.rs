//! What of a file can still be read where its schema does not allow all of it: so that mistakes of both kinds are
//! told at once.

use serde_json::Value;

use super::{Place, Problem, Schema};

/// How far a mistake may reach: a member, the route that needs it, the API that needs the route.
const DEPTH: usize = 3;

/// A value without what mistakes are in, and which parts those were.
pub(super) struct Sound {
    pub(super) value: Value,
    gone: Vec<String>,
}

impl Sound {
    /// Takes out what each problem is about, and what is not whole without that. None where others may refer to what
    /// would go: then nobody could tell their mistakes from ours.
    pub(super) fn of(value: Value, problems: &[Problem], schema: &Schema) -> Option<Sound> {
        let place = problems.first().and_then(|problem| problem.place.clone());
        let mut sound = Sound {
            value,
            gone: Vec::new(),
        };
        sound.take_out(problems)?;
        if let Some(place) = place {
            let root = Place::of(&place.document, "");
            for _ in 0..DEPTH {
                sound.take_out(&schema.violations(&sound.value, &root))?;
            }
        }
        Some(sound)
    }

    fn take_out(&mut self, problems: &[Problem]) -> Option<()> {
        for problem in problems {
            let pointer = member(&self.value, &problem.place.as_ref()?.pointer);
            if may_be_named(&self.value, &pointer) {
                return None;
            }
            remove(&mut self.value, &pointer);
            self.gone.push(pointer);
        }
        Some(())
    }

    /// Whether a problem is one of its own, and not about a place from which something is gone.
    pub(super) fn concerns(&self, problem: &Problem) -> bool {
        let Some(place) = &problem.place else {
            return false;
        };
        !self.gone.iter().any(|gone| is_within(gone, &place.pointer))
    }
}

/// The innermost member of an object that a pointer is in. (Without one item of a list, the others would be elsewhere.)
fn member(value: &Value, pointer: &str) -> String {
    let mut member = String::new();
    let mut at = value;
    let mut so_far = String::new();
    for part in pointer.split('/').skip(1) {
        if at.is_array() {
            break;
        }
        so_far = format!("{so_far}/{part}");
        member.clone_from(&so_far);
        match value.pointer(&so_far) {
            Some(inside) => at = inside,
            None => break,
        }
    }
    member
}

/// Whether a pointer is all of the file, or holds what other parts may name: upstreams, secrets, or what is misspelt so.
fn may_be_named(value: &Value, pointer: &str) -> bool {
    let parts: Vec<_> = pointer.split('/').skip(1).collect();
    match parts[..] {
        [] => true,
        [_] => value.pointer(pointer).is_some_and(Value::is_object),
        ["upstreams" | "secrets", _] => true,
        _ => false,
    }
}

fn remove(value: &mut Value, pointer: &str) {
    let Some((around, name)) = pointer.rsplit_once('/') else {
        return;
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    if let Some(Value::Object(members)) = value.pointer_mut(around) {
        members.remove(&name);
    }
}

fn is_within(pointer: &str, around: &str) -> bool {
    let rest = pointer.strip_prefix(around);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
