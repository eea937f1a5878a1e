//! Why the bytes of a connection are not a request.

/// What is wrong with a message. The connection ends with it: where the next message begins is anybody's guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the request line is not a method, a target and a version with one space between them")]
    RequestLine,
    #[error("the version is neither `HTTP/1.1` nor `HTTP/1.0`")]
    Version,
    #[error(
        "the target is neither a path nor a URL of `http` or `https`, or has bytes that must be encoded"
    )]
    Target,
    #[error("the target has a fragment")]
    Fragment,
    #[error("the method `CONNECT` makes a tunnel, which this is not")]
    Connect,
    #[error("a line ends with a line feed alone")]
    BareLineFeed,
    #[error("more than one empty line stands before the request")]
    EmptyLines,
    #[error("a field is folded over lines")]
    Folded,
    #[error("a field has no colon, or a name that is no token")]
    FieldName,
    #[error("a field's value has a control character")]
    FieldValue,
    #[error("`Host` is missing")]
    HostMissing,
    #[error("`Host` is repeated")]
    HostRepeated,
    #[error("`Host` is not a name or address with an optional port")]
    HostInvalid,
    #[error("the target names another host than `Host`")]
    OtherHost,
    #[error("`Content-Length` is not one number")]
    Length,
    #[error("`Content-Length` is repeated")]
    LengthRepeated,
    #[error("both `Content-Length` and `Transfer-Encoding` are there")]
    BothLengths,
    #[error("`Transfer-Encoding` is not exactly one `chunked`")]
    Coding,
    #[error("`Transfer-Encoding` stands in a request of HTTP/1.0")]
    OldCoding,
    #[error("a chunk does not begin with its size or is longer than that")]
    Chunk,
    #[error("a trailer has a name that only a head may have")]
    Trailer,
    #[error("the target is too long")]
    TargetTooLong,
    #[error("the head is too large")]
    HeadTooLarge,
    #[error("the head has too many fields")]
    TooManyFields,
    #[error("the head did not come in time")]
    Late,
}
