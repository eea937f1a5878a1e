//! Tells the host why a plugin panics, before it traps.

use std::panic::PanicHookInfo;

use crate::host::log::last_words;

/// Makes panics tell their message and place. Cheap: the hook is a pointer in the memory that `configure` leaves.
pub(crate) fn report() {
    std::panic::set_hook(Box::new(tell));
}

fn tell(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("panicked");
    match info.location() {
        Some(place) => say(&format!(
            "{message} ({}:{}:{})",
            place.file(),
            place.line(),
            place.column()
        )),
        None => say(message),
    }
}

fn say(words: &str) {
    for portion in words.as_bytes().chunks(32).take(32) {
        let mut bytes = [0; 32];
        bytes[..portion.len()].copy_from_slice(portion);
        let number = |n: usize| {
            let mut eight = [0; 8];
            eight.copy_from_slice(&bytes[n * 8..][..8]);
            u64::from_le_bytes(eight)
        };
        last_words(number(0), number(1), number(2), number(3));
    }
}
