//! Finds the member of a JSON text that stands at a line and column, as serde_json's errors name them.
//!
//! A second look at the text, only after an error, costs a plugin less code than a path kept while deserializing.

/// The JSON Pointer of the innermost value, or name of a member, that the place is in or right behind.
pub(crate) fn at(text: &str, line: usize, column: usize) -> String {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let mut walk = Walk {
        text: text.as_bytes(),
        at: 0,
        target: before + column,
        path: Vec::new(),
        found: None,
    };
    walk.value();
    walk.found.unwrap_or_default()
}

/// Walks a text that serde_json has accepted as far as the target: what is not JSON ends the walk.
struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    target: usize,
    path: Vec<String>,
    found: Option<String>,
}

impl Walk<'_> {
    fn value(&mut self) -> Option<()> {
        self.space();
        let start = self.at;
        match self.text.get(self.at)? {
            b'{' => self.members(Self::member)?,
            b'[' => {
                let mut n = 0;
                self.members(|walk| {
                    walk.path.push(n.to_string());
                    n += 1;
                    walk.value()?;
                    walk.path.pop();
                    Some(())
                })?;
            }
            b'"' => drop(self.string()?),
            _ => self.skip(|byte| !b",]} \t\r\n".contains(byte)),
        }
        self.note(start);
        Some(())
    }

    /// What stands between brackets, separated by commas.
    fn members(&mut self, mut member: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let start = self.at;
        self.at += 1;
        loop {
            self.space();
            match self.text.get(self.at) {
                Some(b'}' | b']') => {
                    self.at += 1;
                    return Some(());
                }
                Some(b',') => self.at += 1,
                Some(_) if self.found.is_none() => {
                    if member(self).is_none() {
                        self.note(start);
                        return None;
                    }
                }
                _ => {
                    self.note(start);
                    return None;
                }
            }
        }
    }

    fn member(&mut self) -> Option<()> {
        let start = self.at;
        let name = self.string()?;
        self.path.push(name.replace('~', "~0").replace('/', "~1"));
        self.note(start);
        self.space();
        self.at += 1;
        self.value()?;
        self.path.pop();
        Some(())
    }

    /// The text of a string, as written but for its quotes.
    fn string(&mut self) -> Option<String> {
        let start = self.at + 1;
        self.at = start;
        while *self.text.get(self.at)? != b'"' {
            self.at += if self.text[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        Some(String::from_utf8_lossy(&self.text[start..self.at - 1]).into_owned())
    }

    fn space(&mut self) {
        self.skip(u8::is_ascii_whitespace);
    }

    fn skip(&mut self, while_: impl Fn(&u8) -> bool) {
        while self.text.get(self.at).is_some_and(&while_) {
            self.at += 1;
        }
    }

    /// Remembers the path where the target lies between `start` and here. Inner values come first and win.
    fn note(&mut self, start: usize) {
        if self.found.is_none() && start < self.target && self.target <= self.at {
            self.found = Some(self.path.iter().map(|part| format!("/{part}")).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::at;

    const TEXT: &str = "{\"a\": [1, {\"b/c\": \"x\\\"y\"}],\n \"d\": null}";

    #[test]
    fn inner_values_win() {
        assert_eq!(at(TEXT, 1, 8), "/a/0");
        assert_eq!(at(TEXT, 1, 22), "/a/1/b~1c");
        assert_eq!(at(TEXT, 1, 25), "/a/1");
        assert_eq!(at(TEXT, 1, 26), "/a");
    }

    #[test]
    fn later_lines_count_from_their_start() {
        assert_eq!(at(TEXT, 2, 10), "/d");
        assert_eq!(at(TEXT, 2, 11), "");
    }

    #[test]
    fn broken_text_has_no_place() {
        for text in ["", "{", "{\"a", "[1, {\"a\":", "\"\\"] {
            at(text, 1, text.len());
        }
    }
}
