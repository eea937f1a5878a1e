//! JSONPath as Jayway's library for Java has it, which API Gateway uses.

mod filter;
mod parse;

use self::{filter::Filter, parse::parse};
use crate::{
    methods::Fault,
    value::{Key, List, Map, MapRef, Origin, Value},
};

/// How many values one path may look at.
const STEPS: usize = 1_000_000;

/// One step of a path.
#[derive(Debug)]
enum Token {
    /// `.name` or `['name']`
    Property(String),
    /// `['a','b']`: an object of these members.
    Properties(Vec<String>),
    /// `[0]`; negative ones count from the end.
    Index(i64),
    /// `[0,2]`
    Indexes(Vec<i64>),
    /// `[1:3]`
    Slice(Option<i64>, Option<i64>),
    /// `[*]` and `.*`
    Wildcard,
    /// `..`: what follows is looked for at any depth.
    Scan,
    /// `[?(…)]`
    Filter(Filter),
    /// `.length()`
    Function(Function),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Length,
    Sum,
    Min,
    Max,
    Average,
}

impl Token {
    /// Whether there is at most one value.
    fn is_definite(&self) -> bool {
        matches!(
            self,
            Token::Property(_) | Token::Properties(_) | Token::Index(_) | Token::Function(_)
        )
    }
}

/// The value at a path of a document: none where it is missing, a list where the path may mean several.
pub(crate) fn select(path: &str, document: &Value) -> Result<Option<Value>, Fault> {
    if path == "$" {
        return Ok(Some(document.clone()));
    }
    let tokens = parse(path)?;
    Search::new(document).find(&tokens, document)
}

/// Why a search ended before it had seen all.
enum Stopped {
    Missing,
    Failed(Fault),
}

type Walked = Result<(), Stopped>;

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Self {
        Stopped::Failed(fault)
    }
}

/// A search, which ends after so many steps.
struct Search<'d> {
    root: &'d Value,
    left: usize,
}

impl<'d> Search<'d> {
    fn new(root: &'d Value) -> Self {
        Search { root, left: STEPS }
    }

    fn find(&mut self, tokens: &[Token], from: &Value) -> Result<Option<Value>, Fault> {
        let mut found = Vec::new();
        let (tokens, function) = match tokens.split_last() {
            Some((Token::Function(function), before)) => (before, Some(*function)),
            _ => (tokens, None),
        };
        match self.walk(from, tokens, true, &mut found) {
            Ok(()) => {}
            Err(Stopped::Missing) => return Ok(None),
            Err(Stopped::Failed(fault)) => return Err(fault),
        }
        let definite = tokens.iter().all(Token::is_definite);
        if let Some(function) = function {
            if function == Function::Length && !definite {
                return Ok(Some(Value::integer(length(&found))));
            }
            return Ok(found.pop().and_then(|last| function.of(&last)));
        }
        Ok(match definite {
            true => found.pop(),
            false => Some(Value::list(Origin::Json, found)),
        })
    }

    /// `definite`: whether all steps up to here mean at most one value each. Then what is missing ends the search.
    fn walk(
        &mut self,
        value: &Value,
        tokens: &[Token],
        definite: bool,
        found: &mut Vec<Value>,
    ) -> Walked {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| Fault(format!("a path of more than {STEPS} steps")))?;
        let Some((token, rest)) = tokens.split_first() else {
            found.push(value.clone());
            return Ok(());
        };
        let beyond = definite && token.is_definite();
        match (token, value) {
            (Token::Scan, _) => self.scan(value, rest, found),
            (Token::Property(name), Value::Map(map)) => match map.text(name) {
                Some(member) => self.walk(&member, rest, beyond, found),
                None if rest.is_empty() || !definite => Ok(()),
                None => Err(Stopped::Missing),
            },
            (Token::Properties(names), Value::Map(map)) => {
                self.walk(&members(map, names), rest, beyond, found)
            }
            (Token::Wildcard, Value::Map(map)) => {
                let members = map.entries().into_iter().map(|(_, value)| value);
                self.all(members, rest, beyond, found)
            }
            (Token::Filter(filter), Value::Map(_)) => match filter.holds(value, self)? {
                true => self.walk(value, rest, beyond, found),
                false => Ok(()),
            },
            (Token::Wildcard, Value::List(list)) => {
                self.all(list.items().into_iter(), rest, beyond, found)
            }
            (Token::Wildcard, _) => Ok(()),
            (Token::Property(_) | Token::Properties(_), _) if definite => Err(Stopped::Missing),
            (_, Value::List(list)) => self.items(list, token, rest, beyond, found),
            (Token::Filter(_), _) if definite => Err(Stopped::Failed(Fault(
                "a filter of what is neither object nor array".to_owned(),
            ))),
            _ if definite => Err(Stopped::Missing),
            _ => Ok(()),
        }
    }

    fn items(
        &mut self,
        list: &List,
        token: &Token,
        rest: &[Token],
        definite: bool,
        found: &mut Vec<Value>,
    ) -> Walked {
        match token {
            Token::Index(index) => self.all(at(list, *index).into_iter(), rest, definite, found),
            Token::Indexes(indexes) => {
                let items = indexes.iter().filter_map(|index| at(list, *index));
                self.all(items, rest, definite, found)
            }
            Token::Slice(from, to) => {
                let items = list.items();
                let part = slice(&items, *from, *to).iter().cloned();
                self.all(part, rest, definite, found)
            }
            Token::Filter(filter) => {
                for item in list.items() {
                    if filter.holds(&item, self)? {
                        self.walk(&item, rest, definite, found)?;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn all(
        &mut self,
        values: impl Iterator<Item = Value>,
        rest: &[Token],
        definite: bool,
        found: &mut Vec<Value>,
    ) -> Walked {
        for value in values {
            self.walk(&value, rest, definite, found)?;
        }
        Ok(())
    }

    /// The value itself, then what is in it, depth first.
    fn scan(&mut self, value: &Value, rest: &[Token], found: &mut Vec<Value>) -> Walked {
        let inner: Vec<Value> = match value {
            Value::Map(map) => map.entries().into_iter().map(|(_, value)| value).collect(),
            Value::List(list) => list.items(),
            _ => return Ok(()),
        };
        // Items meet a filter when they are looked into themselves.
        if !matches!((rest, value), ([Token::Filter(_), ..], Value::List(_))) {
            self.walk(value, rest, false, found)?;
        }
        for value in inner {
            self.scan(&value, rest, found)?;
        }
        Ok(())
    }
}

/// How much there is in all of them.
fn length(values: &[Value]) -> i32 {
    let lengths = values.iter().map(|value| match value {
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        _ => 0,
    });
    i32::try_from(lengths.sum::<usize>()).unwrap_or(i32::MAX)
}

fn members(map: &MapRef, names: &[String]) -> Value {
    let members = names
        .iter()
        .filter_map(|name| Some((Key::from(name.as_str()), map.text(name)?)));
    Value::map(members.collect::<Map>())
}

fn at(list: &List, index: i64) -> Option<Value> {
    let index = if index < 0 {
        i64::try_from(list.len()).ok()? + index
    } else {
        index
    };
    list.get(usize::try_from(index).ok()?)
}

fn slice(items: &[Value], from: Option<i64>, to: Option<i64>) -> &[Value] {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let absolute = |bound: i64| {
        if bound < 0 {
            (length + bound).max(0)
        } else {
            bound.min(length)
        }
    };
    let from = usize::try_from(absolute(from.unwrap_or(0))).unwrap_or(0);
    let to = usize::try_from(absolute(to.unwrap_or(length))).unwrap_or(0);
    items.get(from..to).unwrap_or_default()
}

impl Function {
    fn of(self, value: &Value) -> Option<Value> {
        use crate::value::Number;

        if self == Function::Length {
            let length = match value {
                Value::List(list) => list.len(),
                Value::Map(map) => map.len(),
                _ => return None,
            };
            return Some(Value::integer(i32::try_from(length).unwrap_or(i32::MAX)));
        }
        let Value::List(list) = value else {
            return None;
        };
        let numbers: Vec<f64> = list
            .items()
            .iter()
            .filter_map(|item| match item {
                Value::Number(number) => Some(number.double()),
                _ => None,
            })
            .collect();
        let sum: f64 = numbers.iter().sum();
        let result = match self {
            Function::Sum => sum,
            Function::Average => sum / numbers.len() as f64,
            Function::Min => numbers.iter().copied().reduce(f64::min)?,
            _ => numbers.iter().copied().reduce(f64::max)?,
        };
        Some(Value::Number(Number::Double(result)))
    }
}
