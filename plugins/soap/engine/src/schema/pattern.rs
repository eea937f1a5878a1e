//! Regular expressions of XML Schema, as one of `regex-lite`, which takes linear time.

use regex_lite::{Regex, RegexBuilder};

mod blocks;
mod categories;
mod set;
mod translate;

/// Repetitions are written out when a pattern is compiled.
const SIZE: usize = 4 << 20;

/// The patterns of one restriction, of which a text matches one.
#[derive(Clone, Debug)]
pub struct Pattern {
    sources: Vec<String>,
    regex: Regex,
}

impl Pattern {
    /// Reads the patterns of one restriction.
    ///
    /// # Errors
    /// What is wrong with the first of them that cannot be read, and what to do.
    pub fn compile(sources: &[&str]) -> Result<Self, String> {
        let translated = sources.iter().map(|source| {
            translate::translate(source)
                .map_err(|message| format!("the pattern `{source}` cannot be read: {message}"))
        });
        let translated = translated.collect::<Result<Vec<_>, _>>()?;
        let regex = RegexBuilder::new(&format!("^(?:{})$", translated.join("|")))
            .size_limit(SIZE)
            .build()
            .map_err(|_| format!("the pattern {} is too large: repeat less", shown(sources)))?;
        // What matching needs is allocated by the first match: before there are messages.
        regex.is_match("");
        Ok(Pattern {
            sources: sources.iter().map(|source| (*source).to_owned()).collect(),
            regex,
        })
    }

    /// Whether a text matches one of them, the whole of it.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The pattern as JavaScript writes it, where it is one that means the same there.
    pub fn plain(&self) -> Option<String> {
        let [source] = &self.sources[..] else {
            return None;
        };
        let differs = ['\\', '^', '$', '.'];
        let same = !source.contains(differs) && !source.contains("-[");
        same.then(|| format!("^(?:{source})$"))
    }

    /// The patterns as the schema writes them.
    pub fn shown(&self) -> String {
        let sources: Vec<_> = self.sources.iter().map(|source| &**source).collect();
        shown(&sources)
    }
}

fn shown(sources: &[&str]) -> String {
    let quoted: Vec<_> = sources.iter().map(|source| format!("`{source}`")).collect();
    quoted.join(" or ")
}

#[cfg(test)]
mod tests;
