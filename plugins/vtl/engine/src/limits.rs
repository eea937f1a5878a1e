//! What a template may use.

/// The limits of one rendering. What exceeds them fails it, except for iterations, of which there are no more then.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rounds of each `#foreach`; what comes after is left out, as API Gateway does.
    pub iterations: usize,
    /// Bytes of the result, and of any text on the way.
    pub output: usize,
    /// Steps of the rendering: one for each piece of the template and each item or 16 bytes that it handles.
    pub work: u64,
    /// Blocks, texts and expressions within each other.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            iterations: 1000,
            output: 10 << 20,
            work: 10_000_000,
            depth: 100,
        }
    }
}
