//! Tokens, in the order in which Velocity's grammar declares them: of two that are as long, the first wins.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    End,
    IndexOpen,
    IndexClose,
    BracketOpen,
    BracketClose,
    Comma,
    DoubleDot,
    Colon,
    CurlyOpen,
    CurlyClose,
    ParenOpen,
    ParenClose,
    CallClose,
    EscapedDirective,
    Set,
    Dollar,
    DollarBang,
    VerbatimOpen,
    FormalCommentOpen,
    CommentOpen,
    Hash,
    LineComment,
    DoubleEscape,
    Escape,
    Text,
    LineCommentEnd,
    FormalCommentEnd,
    CommentEnd,
    Verbatim,
    Skipped,
    Gathered,
    Whitespace,
    StringLiteral,
    True,
    False,
    Minus,
    Plus,
    Multiply,
    Divide,
    Modulus,
    And,
    Or,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    Not,
    Assign,
    EndDirective,
    If,
    ElseIf,
    Else,
    Integer,
    Float,
    Word,
    BracketedWord,
    Identifier,
    Dot,
    ReferenceOpen,
    ReferenceClose,
    ReferenceTerminator,
    DirectiveTerminator,
    EmptyIndex,
}

/// A token, and what stood before it that belongs to none.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// The text that it shows where it is taken literally.
    pub(crate) image: String,
    /// `$` and `#` before it that began nothing.
    pub(crate) special: String,
    /// Where it begins in the template, in bytes.
    pub(crate) start: usize,
}

impl Token {
    /// What it is in the output where it turns out to be text.
    pub(crate) fn literal(&self) -> String {
        match self.kind {
            Kind::CommentEnd => String::new(),
            _ if self.special.is_empty() => self.image.clone(),
            _ => [self.special.as_str(), &self.image].concat(),
        }
    }
}
