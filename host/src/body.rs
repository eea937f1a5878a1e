//! Bodies: streamed untouched where nobody wants them, buffered and decoded within limits where somebody does.

use bytes::Bytes;

/// A request or response body. Its frames are data and trailers.
pub struct Body(http_body_util::combinators::UnsyncBoxBody<Bytes, BodyError>);

/// Why a body ended early.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    #[error("nothing came for {0:?}")]
    Idle(std::time::Duration),
    #[error("the other side closed: {0}")]
    Closed(String),
    #[error("content-encoding `{0}` is unknown or the data is not valid in it")]
    Encoding(String),
}
