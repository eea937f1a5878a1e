//! Places in a JSON text, as JSON Pointers (RFC 6901) or JSONPaths (RFC 9535) of names, indexes and `*`.

/// The way to a member, from the root.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place(pub(crate) Vec<Step>);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// A member of an object or, where it is a number, an item of an array.
    Name(String),
    /// All members, or all items.
    All,
}

impl Place {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix('$') {
            Some(rest) => path(text, rest),
            None if text.is_empty() || text.starts_with('/') => Ok(pointer(text)),
            None => Err(format!(
                "`{text}` is no place in a JSON text: write `/user/id` or `$.user.id`"
            )),
        }
    }

    /// A place that is not the root.
    pub(crate) fn member(text: &str) -> Result<Self, String> {
        match Place::parse(text)? {
            Place(steps) if steps.is_empty() => Err(format!("`{text}` is the whole body")),
            place => Ok(place),
        }
    }

    /// A place of one value.
    pub(crate) fn single(text: &str) -> Result<Self, String> {
        let place = Place::parse(text)?;
        match place.0.contains(&Step::All) {
            true => Err(format!("`{text}` may be many places; here it must be one")),
            false => Ok(place),
        }
    }
}

fn pointer(text: &str) -> Place {
    let parts = text.split('/').skip(1);
    let names = parts.map(|part| Step::Name(part.replace("~1", "/").replace("~0", "~")));
    Place(names.collect())
}

fn path(text: &str, mut rest: &str) -> Result<Place, String> {
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = step(rest).ok_or_else(|| {
            format!("`{text}` cannot be read from `{rest}` on: write names, indexes and `*`, as in `$.items[0]['a b'].*`")
        })?;
        steps.push(step);
        rest = after;
    }
    Ok(Place(steps))
}

/// The first step of a text, and what follows it.
fn step(text: &str) -> Option<(Step, &str)> {
    if let Some(rest) = text.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let plain = !name.is_empty() && !name.contains(['?', ':', '(', ' ', '"', '\'', ']']);
        return plain.then(|| (named(name), rest));
    }
    let inside = text.strip_prefix('[')?;
    for quote in ["'", "\""] {
        if let Some(quoted) = inside.strip_prefix(quote) {
            let (name, rest) = quoted.split_once(quote)?;
            let rest = rest.strip_prefix(']')?;
            return (!name.contains('\\')).then(|| (Step::Name(name.to_owned()), rest));
        }
    }
    let (index, rest) = inside.split_once(']')?;
    let digits = index.strip_prefix('-').unwrap_or(index);
    let sound = index == "*" || (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    sound.then(|| (named(index), rest))
}

fn named(text: &str) -> Step {
    match text {
        "*" => Step::All,
        name => Step::Name(name.to_owned()),
    }
}
