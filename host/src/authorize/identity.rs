//! The values by which an authorizer knows its callers: `header.NAME`, `query.NAME`, `path.NAME`, `context.NAME`.

use crate::plugin::RequestView;

/// Calls `use_value` with each value that an expression has in a request; not at all where there is none.
pub(super) fn each(request: RequestView<'_>, expression: &str, mut use_value: impl FnMut(&[u8])) {
    let Some((source, name)) = expression.split_once('.') else {
        return;
    };
    match source {
        "header" => {
            let values = request.headers.get_all(name);
            values.iter().for_each(|value| use_value(value.as_bytes()));
        }
        "query" => {
            let query = request.query.unwrap_or_default();
            form_urlencoded::parse(query.as_bytes())
                .filter(|(known, _)| known == name)
                .for_each(|(_, value)| use_value(value.as_bytes()));
        }
        "path" => {
            let parameters = request.parameters.iter();
            parameters
                .filter(|(known, _)| **known == *name)
                .for_each(|(_, value)| use_value(value.as_bytes()));
        }
        "context" => {
            if let Some(value) = request.context.get(name) {
                use_value(value.as_bytes());
            }
        }
        _ => {}
    }
}
