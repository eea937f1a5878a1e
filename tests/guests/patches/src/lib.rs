//! Changes requests and replies as it is configured.

use wasmgate_sdk::prelude::*;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Patches {
    /// Fields that it sets for the upstream.
    sets: Vec<String>,
    /// Code, name and value of each change.
    changes: Vec<(String, String, String)>,
    /// The new body.
    body: Option<String>,
    /// Panics where a request has this field.
    panics_at: Option<String>,
}

impl Settings for Patches {}

impl Patches {
    fn interest(&self) -> Interest {
        let interest = self.sets.iter().fold(Interest::default(), Interest::sets);
        self.panics_at.iter().fold(interest, Interest::header)
    }

    fn patch(&self, request: &Request) -> Patch {
        if let Some(name) = &self.panics_at {
            assert!(request.header(name).is_none(), "asked to panic");
        }
        let changes = self.changes.iter();
        let patch = changes.fold(Patch::new(), |patch, (code, name, value)| {
            patch.change(code.clone(), name, value)
        });
        match &self.body {
            Some(body) => patch.body(body.as_bytes()),
            None => patch,
        }
    }
}

impl RequestFilter for Patches {
    fn interest(&self) -> Interest {
        self.interest()
    }

    fn filter_request(&self, request: &Request) -> Result<Patch, Refusal> {
        Ok(self.patch(request))
    }
}

impl ResponseFilter for Patches {
    fn interest(&self) -> Interest {
        self.interest()
    }

    fn filter_response(&self, request: &Request, _: &Reply) -> Result<Patch, Refusal> {
        Ok(self.patch(request))
    }
}

wasmgate_sdk::export!(Patches: request_filter, response_filter);
