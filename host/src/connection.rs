//! stub
pub(crate) mod target;
pub(crate) use crate::client::Client;
