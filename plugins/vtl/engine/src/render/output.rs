//! What was rendered so far, and how much more there may be.

use super::{Halt, Rendered, failed, too_deep};
use crate::{
    error::Place,
    limits::Limits,
    value::{TooDeep, Value, write},
};

/// The text that a rendering makes, and what is left of its limits.
pub(crate) struct Output {
    text: String,
    limits: Limits,
    work: u64,
}

impl Output {
    pub(super) fn new(expected: usize, limits: Limits) -> Self {
        Output {
            text: String::with_capacity(expected),
            limits,
            work: limits.work,
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Puts another text in the place of what there is.
    pub(super) fn replace(&mut self, text: String) -> String {
        std::mem::replace(&mut self.text, text)
    }

    #[inline]
    pub(super) fn write(&mut self, text: &str, place: Place) -> Rendered<()> {
        self.sized(self.text.len() + text.len(), place)?;
        self.charge(text.len() / 16, place)?;
        self.text.push_str(text);
        Ok(())
    }

    /// Writes what Java's `toString` gives.
    pub(super) fn show(&mut self, value: &Value, place: Place) -> Rendered<()> {
        if let Value::Text(text) = value {
            return self.write(text, place);
        }
        let before = self.text.len();
        write(value, &mut self.text).map_err(|TooDeep| too_deep(place))?;
        self.charge((self.text.len() - before) / 16, place)?;
        self.sized(self.text.len(), place)
    }

    /// Takes from what the rendering may still do.
    #[inline]
    pub(crate) fn charge(&mut self, steps: usize, place: Place) -> Rendered<()> {
        match self.work.checked_sub(steps as u64) {
            Some(left) => {
                self.work = left;
                Ok(())
            }
            None => Err(self.too_long(place)),
        }
    }

    #[inline]
    pub(super) fn sized(&self, bytes: usize, place: Place) -> Rendered<()> {
        match bytes > self.limits.output {
            true => Err(self.too_large(place)),
            false => Ok(()),
        }
    }

    // Apart, so that what they format is not in the way of what is done a thousand times.

    #[cold]
    #[inline(never)]
    fn too_long(&self, place: Place) -> Halt {
        failed(place, format!("more than {} steps", self.limits.work))
    }

    #[cold]
    #[inline(never)]
    fn too_large(&self, place: Place) -> Halt {
        let bytes = self.limits.output;
        failed(place, format!("a text of more than {bytes} bytes"))
    }
}
