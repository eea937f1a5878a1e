//! Texts: parts of shared ones, so that what stands in a body is not copied.

use std::{borrow::Borrow, cmp::Ordering, fmt, ops::Deref, sync::Arc};

/// A text, or a part of one; of nothing where it is empty.
#[derive(Clone, Default)]
pub struct Text {
    of: Option<Arc<str>>,
    start: u32,
    end: u32,
}

impl Text {
    /// What stands between two bytes of a text; empty where that is no text.
    pub(crate) fn part(of: &Arc<str>, start: u32, end: u32) -> Self {
        Text {
            of: Some(Arc::clone(of)),
            start,
            end,
        }
    }

    /// How many bytes it has.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Whether it is this text. Most that are not are of another length.
    #[inline]
    pub(crate) fn is(&self, text: &str) -> bool {
        self.size() == text.len() && self.bytes() == text.as_bytes()
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        let range = self.start as usize..self.end as usize;
        let text = self.of.as_ref().and_then(|of| of.as_bytes().get(range));
        text.unwrap_or_default()
    }

    /// The whole text, shared where it is one.
    pub(crate) fn shared(&self) -> Arc<str> {
        match &self.of {
            Some(of) if of.len() == self.len() => Arc::clone(of),
            _ => (**self).into(),
        }
    }
}

impl Deref for Text {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        let range = self.start as usize..self.end as usize;
        let text = self.of.as_ref().and_then(|of| of.get(range));
        text.unwrap_or_default()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl From<Arc<str>> for Text {
    fn from(of: Arc<str>) -> Self {
        // Nothing here is larger than some megabytes.
        let end = u32::try_from(of.len()).unwrap_or_default();
        Text {
            of: Some(of),
            start: 0,
            end,
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        match text {
            "" => Text::default(),
            text => Text::from(Arc::from(text)),
        }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text::from(Arc::from(text))
    }
}

impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.size() == other.size() && self.bytes() == other.bytes()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}
