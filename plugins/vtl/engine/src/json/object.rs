//! Objects: names that come twice, and the order of many.

use super::{JsonError, Mistake, Reader};
use crate::document::{Node, SMALL, Span};

impl Reader<'_> {
    #[inline(never)]
    pub(super) fn object(&mut self) -> Result<Node, JsonError> {
        let base = self.enter()?;
        loop {
            match self.skip(b',') {
                Some(b'}') => {
                    self.leave();
                    return Ok(Node::Map(self.members(base)));
                }
                Some(first) => self.member(first)?,
                None => return Err(self.error(Mistake::EndlessObject)),
            }
            self.between(b'}')?;
        }
    }

    #[inline]
    fn member(&mut self, first: u8) -> Result<(), JsonError> {
        let name = match first {
            quote @ (b'"' | b'\'') => self.string(quote)?,
            _ => Node::Text(self.word()),
        };
        if self.space() != Some(b':') {
            return Err(self.error(Mistake::NoColon));
        }
        self.at += 1;
        let value = self.value()?;
        self.open.extend_from_slice(&[name, value]);
        Ok(())
    }

    /// The members since then make nodes. Of a name that comes twice, the first place and the last value count.
    #[inline]
    fn members(&mut self, base: usize) -> Span {
        let count = (self.open.len() - base) / 2;
        if count > SMALL {
            return self.many(base);
        }
        if count > 1 && self.any_twice(base) {
            self.unite(base);
        }
        self.ended(base)
    }

    /// The same for a large object, which is followed by the order of its members.
    #[inline(never)]
    fn many(&mut self, base: usize) -> Span {
        let mut order = self.order(base);
        if order
            .windows(2)
            .any(|pair| self.same(base, pair[0], pair[1]))
        {
            self.unite(base);
            order = self.order(base);
        }
        let members = self.ended(base);
        if order.len() > SMALL {
            self.nodes.extend(order.into_iter().map(Node::Member));
        }
        members
    }

    fn any_twice(&self, base: usize) -> bool {
        let (members, _) = self.open[base..].as_chunks();
        let is_again = |(at, [name, _]): (usize, &[Node; 2])| {
            let before = &members[..at];
            before.iter().any(|[other, _]| {
                length(*other) == length(*name) && self.name(*other) == self.name(*name)
            })
        };
        members.iter().enumerate().any(is_again)
    }

    /// The numbers of the members in the order of their names; of equal ones, as they were written.
    fn order(&self, base: usize) -> Vec<u32> {
        let count = (self.open.len() - base) / 2;
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.sort_by_key(|member| self.name(self.open[base + *member as usize * 2]));
        order
    }

    fn same(&self, base: usize, left: u32, right: u32) -> bool {
        let name = |member: u32| self.name(self.open[base + member as usize * 2]);
        name(left) == name(right)
    }

    fn unite(&mut self, base: usize) {
        let order = self.order(base);
        let mut last_of: Vec<Option<u32>> = vec![None; order.len()];
        for equal in order.chunk_by(|left, right| self.same(base, *left, *right)) {
            last_of[equal[0] as usize] = equal.last().copied();
        }
        let members = self.open.split_off(base);
        for (member, last) in members.chunks_exact(2).zip(last_of) {
            if let Some(last) = last {
                self.open
                    .extend([member[0], members[last as usize * 2 + 1]]);
            }
        }
    }

    fn name(&self, node: Node) -> &str {
        let (text, span) = match node {
            Node::Text(span) => (self.text, span),
            Node::Unescaped(span) => (&*self.unescaped, span),
            _ => return "",
        };
        text.get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }
}

fn length(node: Node) -> u32 {
    match node {
        Node::Text(span) | Node::Unescaped(span) => span.end - span.start,
        _ => 0,
    }
}
