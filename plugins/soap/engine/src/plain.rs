//! XML to JSON and back by rules, without a schema.
//!
//! | XML | JSON |
//! |---|---|
//! | `<a>x</a>` | `{"a":"x"}` |
//! | `<a/>` | `{"a":""}` |
//! | `<a xsi:nil="true"/>` | `{"a":null}` |
//! | `<a b="1">x</a>` | `{"a":{"@b":"1","#text":"x"}}` |
//! | `<a><b>1</b><b>2</b></a>` | `{"a":{"b":["1","2"]}}` |
//! | `<a>x<b/>y</a>` | `{"a":{"#content":["x",{"b":""},"y"]}}` |
//!
//! White space between elements, comments, processing instructions and the difference between text and CDATA are not
//! kept, all else is: with `Rules::order` and `Namespaces::Keep` a document comes back as it was.

mod read;
mod write;

pub(crate) use self::write::Writer;
pub use self::{
    read::{content, to_json},
    write::{declarations, to_xml, write},
};

/// How elements and members correspond.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What stands before the names of attributes.
    pub attribute: String,
    /// The member that holds the text of an element that has attributes.
    pub text: String,
    /// The member that holds elements and texts in their order.
    pub content: String,
    /// The member that holds the content of a CDATA section; without it, CDATA is text.
    pub cdata: Option<String>,
    /// What becomes of namespaces.
    pub namespaces: Namespaces,
    /// Prefixes by which names of certain namespaces are written, whatever prefix a document uses. They need no
    /// declaration in the JSON.
    pub prefixes: Vec<(String, String)>,
    /// Elements that are arrays even when there is one: names, or the end of a path such as `orders/order`.
    pub arrays: Vec<Vec<String>>,
    /// Whether texts that are numbers or booleans as JSON writes them become such.
    pub scalars: bool,
    /// Whether the order among elements of different names is kept where they are mixed.
    pub order: bool,
}

/// What becomes of namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespaces {
    /// Names lose their prefixes, but for those of `prefixes`.
    Drop,
    /// Names keep their prefixes, and declarations are members like attributes.
    Keep,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            attribute: "@".to_owned(),
            text: "#text".to_owned(),
            content: "#content".to_owned(),
            cdata: None,
            namespaces: Namespaces::Drop,
            prefixes: Vec::new(),
            arrays: Vec::new(),
            scalars: false,
            order: false,
        }
    }
}

#[cfg(test)]
mod tests;
