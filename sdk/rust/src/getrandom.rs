//! Where crates that draw by `getrandom` 0.3 find random numbers: by this function's name, if the target's flags say
//! `--cfg getrandom_backend="custom"`.
//!
//! In `configure` they are derived from the configurations: what is drawn there is the same for all requests anyway,
//! and so the same configurations leave the same memory, whose compiled code is found in the gateway's cache. Whoever
//! does not know the configurations cannot know the numbers; for secrets there is [`random`].
#![expect(
    unsafe_code,
    reason = "getrandom's interface to a source of randomness"
)]

use std::{
    slice,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use crate::{crypto, random};

static CONFIGURING: AtomicBool = AtomicBool::new(false);
static SEED: [AtomicU32; 8] = [const { AtomicU32::new(0) }; 8];
static DRAWN: AtomicU32 = AtomicU32::new(0);

/// From here on, numbers are derived from these configurations.
pub(crate) fn begin(entries: &[String]) {
    let seed = crypto::digest("SHA-256", entries.join("\0")).unwrap_or_default();
    for (word, bytes) in SEED.iter().zip(seed.chunks_exact(4)) {
        let bytes = bytes.try_into().unwrap_or_default();
        word.store(u32::from_le_bytes(bytes), Ordering::Relaxed);
    }
    CONFIGURING.store(true, Ordering::Relaxed);
}

/// From here on, numbers are the gateway's.
pub(crate) fn end() {
    CONFIGURING.store(false, Ordering::Relaxed);
}

#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    start: *mut u8,
    length: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: getrandom's promise: `length` bytes that may be written; zeroed, they may be borrowed too.
    let bytes = unsafe {
        start.write_bytes(0, length);
        slice::from_raw_parts_mut(start, length)
    };
    match CONFIGURING.load(Ordering::Relaxed) {
        true => derive(bytes),
        false => random::fill(bytes),
    }
    Ok(())
}

/// The digests of the seed with a number that grows.
fn derive(bytes: &mut [u8]) {
    for portion in bytes.chunks_mut(32) {
        let number = DRAWN.fetch_add(1, Ordering::Relaxed);
        let words = SEED.iter().map(|word| word.load(Ordering::Relaxed));
        let text: Vec<u8> = words.chain([number]).flat_map(u32::to_le_bytes).collect();
        let digest = crypto::digest("SHA-256", text).unwrap_or_default();
        for (byte, drawn) in portion.iter_mut().zip(digest) {
            *byte = drawn;
        }
    }
}
