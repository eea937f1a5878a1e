//! Randomness that is fit for secrets. What is drawn in `configure` is the same for every request afterwards.
//!
//! ```
//! use wasmgate_sdk::random;
//!
//! let nonce = format!("{:016x}", random::number());
//! ```

use crate::host;

/// 64 random bits.
pub fn number() -> u64 {
    host::random::next()
}

/// Fills a buffer with random bytes.
pub fn fill(bytes: &mut [u8]) {
    for portion in bytes.chunks_mut(8) {
        portion.copy_from_slice(&number().to_le_bytes()[..portion.len()]);
    }
}
