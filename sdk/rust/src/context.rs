//! Values of the running request that the interest did not ask for.
//!
//! What a hook needs at each call is cheaper through [`Interest::context`](crate::Interest::context).
//!
//! ```
//! use wasmgate_sdk::context;
//!
//! if let Some(id) = context::get("requestId") {
//!     wasmgate_sdk::log::info!("request {id}");
//! }
//! ```

use crate::host;

/// The value of a `$context` name without its prefix, such as `requestId` or `authorizer.tenant`; none where it has no
/// value, and always in `configure`.
pub fn get(name: &str) -> Option<String> {
    host::context::get(name)
}
