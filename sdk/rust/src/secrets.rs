//! Secrets that the operator named and granted to this plugin.
//!
//! ```no_run
//! # fn main() -> Result<(), wasmgate_sdk::Error> {
//! use wasmgate_sdk::secrets;
//!
//! let password = secrets::get("idp")?;
//! # Ok(()) }
//! ```

use crate::{Error, host};

/// The value of a secret.
///
/// # Errors
/// `denied` where it was not granted.
pub fn get(name: &str) -> Result<String, Error> {
    Ok(host::secrets::get(name)?)
}
