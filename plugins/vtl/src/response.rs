//! Which response answers: by the status of the reply, as an integration response's `selectionPattern` does it.

use vtl_engine::{Mentions, Whole};
use wasmgate_sdk::Problem;

use crate::{binary::Form, both, choice::Templates, config::ResponseSide};

/// What becomes of replies.
pub(crate) struct Responses {
    /// Those for some statuses, in their order.
    selected: Vec<(Whole, Rule)>,
    /// The one for all others.
    default: Option<Rule>,
}

/// What becomes of a reply.
pub(crate) struct Rule {
    pub(crate) templates: Templates,
    pub(crate) content_type: String,
    pub(crate) status: Option<u16>,
    pub(crate) form: Option<Form>,
}

impl Responses {
    /// Reads `response` and `responses`, or says of each what is wrong with it.
    pub(crate) fn read(
        one: Option<ResponseSide>,
        several: Vec<ResponseSide>,
    ) -> Result<Self, Problem> {
        let several = several.into_iter().enumerate();
        let several = several.map(|(at, side)| (format!("/responses/{at}"), side));
        let sides = several.chain(one.map(|side| ("/response".to_owned(), side)));
        let mut responses = Responses {
            selected: Vec::new(),
            default: None,
        };
        let read: Vec<_> = sides
            .map(|(place, side)| responses.add(&place, side))
            .collect();
        Problem::all(read.into_iter().filter_map(Result::err))?;
        Ok(responses)
    }

    fn add(&mut self, place: &str, side: ResponseSide) -> Result<(), Problem> {
        let pattern = match side.selection_pattern.as_deref() {
            None | Some("") => Ok(None),
            Some(pattern) => selection(place, pattern).map(Some),
        };
        match both(pattern, Rule::read(place, side))? {
            (Some(pattern), response) => self.selected.push((pattern, response)),
            (None, response) if self.default.is_none() => self.default = Some(response),
            (None, _) => {
                let message =
                    "another response without `selection_pattern`: one is for all other statuses";
                return Err(Problem::at(place, message));
            }
        }
        Ok(())
    }

    /// The response for a reply of this status: the first whose pattern matches all of it, else the one without.
    pub(crate) fn choose(&self, status: u16) -> Option<&Rule> {
        let status = status.to_string();
        let selected = self
            .selected
            .iter()
            .find(|(pattern, _)| pattern.matches(&status));
        selected
            .map(|(_, response)| response)
            .or(self.default.as_ref())
    }

    pub(crate) fn mentions(&self) -> impl Iterator<Item = &Mentions> {
        self.all()
            .flat_map(|response| response.templates.mentions())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    /// Whether any of them looks at a body.
    pub(crate) fn want_body(&self) -> bool {
        self.all()
            .any(|response| response.form.is_some() || response.templates.iter().next().is_some())
    }

    fn all(&self) -> impl Iterator<Item = &Rule> {
        let selected = self.selected.iter().map(|(_, response)| response);
        selected.chain(&self.default)
    }
}

impl Rule {
    fn read(place: &str, side: ResponseSide) -> Result<Self, Problem> {
        let templates = Templates::read(&format!("{place}/templates"), side.templates)?;
        let form = side.content_handling.map(Form::from);
        if templates.is_empty() && side.status.is_none() && form.is_none() {
            let message =
                "nothing is done to the reply: give `templates`, `status` or `content_handling`";
            return Err(Problem::at(format!("{place}/templates"), message));
        }
        if side
            .status
            .is_some_and(|status| !(200..=599).contains(&status))
        {
            return Err(Problem::at(
                format!("{place}/status"),
                "a status is a number from 200 to 599",
            ));
        }
        Ok(Rule {
            templates,
            content_type: side.content_type,
            status: side.status,
            form,
        })
    }
}

fn selection(place: &str, pattern: &str) -> Result<Whole, Problem> {
    let place = format!("{place}/selection_pattern");
    Whole::read(pattern).map_err(|message| Problem::at(place, message))
}
