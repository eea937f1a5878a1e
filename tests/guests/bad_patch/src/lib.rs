//! Returns the patch that its configuration asks for, valid or not.

use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct BadPatch {
    /// Code, name and value of each change.
    changes: Vec<(String, String, String)>,
    /// An answer in place of the changes: its status.
    #[serde(default)]
    respond: Option<u16>,
    /// Header fields of that answer.
    #[serde(default)]
    headers: Vec<(String, String)>,
}

impl Settings for BadPatch {}

impl BadPatch {
    fn patch(&self) -> Patch {
        if let Some(status) = self.respond {
            let answer = Response::new(status).body("answered by a filter");
            let with_header =
                |answer: Response, (name, value): &(String, String)| answer.header(name, value);
            return Patch::respond(self.headers.iter().fold(answer, with_header));
        }
        let changes = self.changes.iter();
        changes.fold(Patch::new(), |patch, (code, name, value)| {
            patch.change(code.clone(), name, value)
        })
    }
}

impl RequestFilter for BadPatch {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn filter_request(&self, _: &Request) -> Result<Patch, Refusal> {
        Ok(self.patch())
    }
}

impl ResponseFilter for BadPatch {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn filter_response(&self, _: &Request, _: &Reply) -> Result<Patch, Refusal> {
        Ok(self.patch())
    }
}

wasmgate_sdk::export!(BadPatch: request_filter, response_filter);
