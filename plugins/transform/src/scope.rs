//! What variables stand for while one message is changed.

use std::cell::OnceCell;

use wasmgate_sdk::{Reply, Request};

use crate::{
    form, json,
    place::Place,
    template::{Text, Variable},
};

/// Which messages are changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Side {
    Request,
    Response,
}

/// A request, and its reply where there is one already.
pub(crate) struct Scope<'a> {
    pub(crate) request: &'a Request,
    pub(crate) reply: Option<&'a Reply>,
    json: OnceCell<Option<&'a str>>,
    reply_json: OnceCell<Option<&'a str>>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(request: &'a Request, reply: Option<&'a Reply>) -> Self {
        Scope {
            request,
            reply,
            json: OnceCell::new(),
            reply_json: OnceCell::new(),
        }
    }

    pub(crate) fn value(&self, variable: &Variable) -> Option<Text<'a>> {
        let value = match variable {
            Variable::Context(name) => self.request.context(name)?,
            Variable::Header(name) => self.request.header(name)?,
            Variable::Query(name) => self.request.query_parameter(name)?,
            Variable::Parameter(name) => self.request.path_parameter(name)?,
            Variable::Cookie(name) => self.request.cookie(name)?,
            Variable::Method => self.request.method(),
            Variable::Path => self.request.path(),
            Variable::ReplyHeader(name) => self.reply?.header(name)?,
            Variable::Status => return Some(self.reply?.status().to_string().into()),
            Variable::Body(place) => return member(self.json()?, place),
            Variable::ReplyBody(place) => return member(self.reply_json()?, place),
            Variable::Form(name) => {
                let content_type = self.request.header("content-type")?;
                return form::field(content_type, self.request.body()?, name);
            }
        };
        Some(value.into())
    }

    /// The text of the request's body, where it is JSON.
    pub(crate) fn json(&self) -> Option<&'a str> {
        *self
            .json
            .get_or_init(|| self.request.body().and_then(json::checked))
    }

    /// The text of the reply's body, where it is JSON.
    pub(crate) fn reply_json(&self) -> Option<&'a str> {
        let read = || self.reply.and_then(Reply::body).and_then(json::checked);
        *self.reply_json.get_or_init(read)
    }
}

fn member<'a>(text: &'a str, place: &Place) -> Option<Text<'a>> {
    json::shown(json::read(text, &place.0)?)
}
