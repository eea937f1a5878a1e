//! The time of day.
//!
//! ```
//! use std::time::Duration;
//! use wasmgate_sdk::clock;
//!
//! let expires = Duration::from_secs(1_700_000_000);
//! assert!(clock::now() > expires);
//! ```

use std::time::Duration;

use crate::host;

/// The time since 1970-01-01T00:00:00Z, to the millisecond.
pub fn now() -> Duration {
    Duration::from_millis(host::clock::now())
}
