//! `$input`: what it is made of.

use vtl_engine::Input;
use wasmgate_sdk::Request;

/// The body, of a request or reply, and the parameters of the request.
pub(crate) fn input<'r>(request: &'r Request, body: &[u8]) -> Input<'r> {
    let body = String::from_utf8_lossy(body);
    let mut input = Input::new(&*body);
    for (name, value) in request.path_parameters() {
        input = input.path(name, value);
    }
    for (name, value) in request.query_parameters() {
        input = input.query(name, value);
    }
    for (name, value) in request.headers() {
        input = input.header(name, value);
    }
    input
}
