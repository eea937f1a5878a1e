//! XML Schema's syntax of regular expressions (XML Schema Part 2, appendix F) to that of `regex-lite`: classes become
//! ranges of characters.

use std::fmt::Write;

use super::set::Set;

/// Groups in groups, subtractions in subtractions.
const DEPTH: usize = 40;

/// The same expression; where there is none, what is wrong and where.
pub(super) fn translate(source: &str) -> Result<String, String> {
    let inner = unanchored(source);
    let mut reader = Reader {
        rest: inner,
        depth: 0,
        out: String::new(),
    };
    let read = reader.expression();
    let read = read.and_then(|()| match reader.rest.is_empty() {
        true => Ok(()),
        false => Err("`)` closes nothing: write `\\)`".to_owned()),
    });
    let before = usize::from(inner.len() < source.len());
    let place = before + inner.chars().count() - reader.rest.chars().count();
    read.map_err(|message| format!("{message}, at character {place}"))?;
    Ok(reader.out)
}

/// Patterns hold for the whole text and know no anchors. Those that some tools write around them would be characters.
fn unanchored(source: &str) -> &str {
    let inner = source.strip_prefix('^').and_then(|it| it.strip_suffix('$'));
    inner
        .filter(|inner| !inner.ends_with('\\'))
        .unwrap_or(source)
}

struct Reader<'p> {
    rest: &'p str,
    depth: usize,
    out: String,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        match self.depth > DEPTH {
            true => Err("groups stand in each other too deeply".to_owned()),
            false => Ok(()),
        }
    }

    /// Branches, one of which has to match.
    fn expression(&mut self) -> Result<(), String> {
        while let Some(next) = self.peek().filter(|next| *next != ')') {
            match next {
                '|' => {
                    self.next();
                    self.out.push('|');
                }
                _ => {
                    self.atom()?;
                    self.quantifier()?;
                }
            }
        }
        Ok(())
    }

    fn atom(&mut self) -> Result<(), String> {
        match self.next() {
            Some('(') => self.group(),
            Some('[') => {
                let set = self.class()?;
                set.write(&mut self.out);
                Ok(())
            }
            Some('.') => {
                self.out.push_str("[^\\n\\r]");
                Ok(())
            }
            Some('\\') => {
                let set = self.escape()?;
                set.write(&mut self.out);
                Ok(())
            }
            Some(c @ ('?' | '*' | '+' | '{')) => {
                Err(format!("`{c}` has nothing to repeat: write `\\{c}`"))
            }
            Some(c @ ('}' | ']')) => Err(format!("`{c}` closes nothing: write `\\{c}`")),
            Some(c) => {
                Set::of(c).write(&mut self.out);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn group(&mut self) -> Result<(), String> {
        self.deeper()?;
        self.out.push_str("(?:");
        self.expression()?;
        if !self.eat(')') {
            return Err("`(` is not closed".to_owned());
        }
        self.out.push(')');
        self.depth -= 1;
        Ok(())
    }

    fn quantifier(&mut self) -> Result<(), String> {
        match self.peek() {
            Some(c @ ('?' | '*' | '+')) => {
                self.next();
                self.out.push(c);
            }
            Some('{') => {
                self.next();
                let min = self.number()?;
                let more = self.eat(',');
                let max = match self.peek() {
                    Some('0'..='9') if more => Some(self.number()?),
                    _ => None,
                };
                if !self.eat('}') || max.is_some_and(|max| max < min) {
                    return Err("a repetition is `{2}`, `{2,}` or `{2,5}`".to_owned());
                }
                let max = max.map(|max| max.to_string()).unwrap_or_default();
                let comma = if more { "," } else { "" };
                _ = write!(self.out, "{{{min}{comma}{max}}}");
            }
            _ => {}
        }
        Ok(())
    }

    fn number(&mut self) -> Result<u32, String> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        number
            .parse()
            .map_err(|_| "a repetition is `{2}`, `{2,}` or `{2,5}`".to_owned())
    }

    /// A class, behind its `[`.
    fn class(&mut self) -> Result<Set, String> {
        self.deeper()?;
        let negated = self.eat('^');
        let mut set = Set::default();
        let mut without = Set::default();
        if self.rest.starts_with(']') {
            return Err("a class holds something: write `\\]` for a bracket".to_owned());
        }
        while !self.eat(']') {
            if self.rest.starts_with("-[") {
                self.rest = &self.rest[2..];
                without = self.class()?;
                if !self.eat(']') {
                    return Err("a subtraction ends its class: `[a-z-[aeiou]]`".to_owned());
                }
                break;
            }
            let item = self.item()?;
            set = set.and(&item);
        }
        self.depth -= 1;
        let set = if negated { set.not() } else { set };
        Ok(set.without(&without))
    }

    /// A character, a range or an escape in a class.
    fn item(&mut self) -> Result<Set, String> {
        let from = self.single()?;
        let range = self.rest.starts_with('-')
            && !["-]", "-["].iter().any(|end| self.rest.starts_with(end));
        let Some(first) = from.character().filter(|_| range) else {
            return Ok(from);
        };
        self.next();
        let last = self.single()?.character();
        match last.filter(|last| first <= *last) {
            Some(last) => Ok(Set::range(first, last)),
            None => Err("a range goes from a character to a larger one".to_owned()),
        }
    }

    fn single(&mut self) -> Result<Set, String> {
        match self.next() {
            Some('\\') => self.escape(),
            Some('[') => Err("`[` within a class is written `\\[`".to_owned()),
            Some(c) => Ok(Set::of(c)),
            None => Err("`[` is not closed".to_owned()),
        }
    }

    /// What an escape means, behind its `\`.
    fn escape(&mut self) -> Result<Set, String> {
        match self.next() {
            Some('n') => Ok(Set::of('\n')),
            Some('r') => Ok(Set::of('\r')),
            Some('t') => Ok(Set::of('\t')),
            Some(c @ ('p' | 'P')) => {
                let name = self.property()?;
                let set = Set::property(name);
                let set = set.ok_or_else(|| {
                    format!("`{name}` is no category, and no block that is known here")
                })?;
                Ok(if c == 'P' { set.not() } else { set })
            }
            // More than XML Schema has: `\/` and the like are written, and cannot mean anything else.
            Some(c) if c.is_ascii_punctuation() || c == ' ' => Ok(Set::of(c)),
            Some(c) => Set::shorthand(c).ok_or_else(|| format!("there is no escape `\\{c}`")),
            None => Err("`\\` ends the pattern: write `\\\\`".to_owned()),
        }
    }

    fn property(&mut self) -> Result<&str, String> {
        let braced = self
            .rest
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'));
        let (name, rest) =
            braced.ok_or("`\\p` is followed by a category or block such as `{Lu}`")?;
        self.rest = rest;
        Ok(name)
    }
}
