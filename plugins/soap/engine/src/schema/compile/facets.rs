//! Facets: what a restriction adds to a simple type.

use super::{At, Compiled};
use crate::schema::{Facet, Pattern, Simple, White};

/// Adds the facets of a restriction.
pub(super) fn add<'e>(at: At<'e>, simple: &mut Simple) -> Compiled<'e, ()> {
    let (mut values, mut patterns) = (Vec::new(), Vec::new());
    for facet in at.elements() {
        let value = facet.get("value").unwrap_or_default();
        let length = || length(facet, value);
        match facet.element.name.local {
            "enumeration" => values.push(value),
            "pattern" => patterns.push((facet, value)),
            "whiteSpace" => simple.white = white(facet, value)?,
            "length" => {
                let length = length()?;
                let both = [Facet::MinLength(length), Facet::MaxLength(length)];
                simple.facets.extend(both);
            }
            "minLength" => simple.facets.push(Facet::MinLength(length()?)),
            "maxLength" => simple.facets.push(Facet::MaxLength(length()?)),
            "totalDigits" => simple.facets.push(Facet::TotalDigits(length()?)),
            "fractionDigits" => simple.facets.push(Facet::FractionDigits(length()?)),
            "minInclusive" => limit(facet, value, simple, Facet::Min)?,
            "maxInclusive" => limit(facet, value, simple, Facet::Max)?,
            "minExclusive" => limit(facet, value, simple, Facet::Above)?,
            "maxExclusive" => limit(facet, value, simple, Facet::Below)?,
            _ => {}
        }
    }
    if !values.is_empty() {
        let values = values.iter().map(|value| simple.white(value).into_owned());
        let values = values.collect();
        simple.facets.push(Facet::Enumeration(values));
    }
    // Last, so that no text is longer than it may be.
    if let Some((first, _)) = patterns.first() {
        let sources: Vec<_> = patterns.iter().map(|(_, source)| *source).collect();
        let pattern = Pattern::compile(&sources).map_err(|message| first.wrong(message))?;
        simple.facets.push(Facet::Pattern(pattern));
    }
    Ok(())
}

fn length<'e>(facet: At<'e>, value: &str) -> Compiled<'e, usize> {
    value.trim().parse().map_err(|_| {
        let name = facet.element.name.local;
        facet.wrong(format!("`{name}` must be a whole number, not `{value}`"))
    })
}

fn white<'e>(facet: At<'e>, value: &str) -> Compiled<'e, White> {
    match value {
        "preserve" => Ok(White::Preserve),
        "replace" => Ok(White::Replace),
        "collapse" => Ok(White::Collapse),
        _ => Err(facet.wrong("`whiteSpace` is `preserve`, `replace` or `collapse`")),
    }
}

/// A limit, which has to be a value of the type, and the type to have an order.
fn limit<'e>(
    facet: At<'e>,
    value: &str,
    simple: &mut Simple,
    of: fn(String) -> Facet,
) -> Compiled<'e, ()> {
    let name = facet.element.name.local;
    if !simple.kind.ordered() {
        let message =
            "cannot be checked, since values of this type have no order here: take it away";
        return Err(facet.wrong(format!("`{name}` {message}")));
    }
    let value = simple.white(value).into_owned();
    let checked = simple.kind.check(&value);
    checked.map_err(|message| facet.wrong(format!("`{name}` {message}")))?;
    simple.facets.push(of(value));
    Ok(())
}
