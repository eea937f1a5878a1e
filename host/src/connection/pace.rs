//! Whether an answer over HTTP/2 waits for its client: flow control can stop one stream while the others go on, and the
//! socket tells nothing of it.

use std::{
    cell::Cell,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::idle::Idle;

/// What is sent in one piece: the last one may stay in the stream's buffer for as long as the connection lives.
const PIECE: usize = 64 << 10;

/// How one answer gets on.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Whether a piece has been handed out and no other asked for.
    waits: Cell<bool>,
    moved: Cell<bool>,
}

/// An answer's body that shows its pace.
pub(super) struct Paced<B> {
    body: B,
    /// What is left of a piece that is too large.
    rest: Bytes,
    pace: Rc<Pace>,
}

impl<B> Paced<B> {
    pub(super) fn new(body: B, pace: Rc<Pace>) -> Paced<B> {
        Paced {
            body,
            rest: Bytes::new(),
            pace,
        }
    }
}

/// Runs an answer, and drops it, which resets its stream, where the client takes no piece for too long.
pub(super) async fn keep(answer: impl Future<Output = ()>, pace: Rc<Pace>, mut idle: Idle) {
    let mut answer = pin!(answer);
    let answered = std::future::poll_fn(|task| {
        if answer.as_mut().poll(task).is_ready() {
            return Poll::Ready(());
        }
        if pace.moved.take() || !pace.waits.get() {
            idle.moved();
        }
        match pace.waits.get() {
            true => idle.poll(task),
            false => Poll::Pending,
        }
    });
    answered.await;
}

impl<B: Body<Data = Bytes> + Unpin> Body for Paced<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.pace.waits.set(false);
        self.pace.moved.set(true);
        let mut data = std::mem::take(&mut self.rest);
        if data.is_empty() {
            let frame = ready!(Pin::new(&mut self.body).poll_frame(task));
            data = match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => data,
                Some(Ok(Err(other))) => return Poll::Ready(Some(Ok(other))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            };
        }
        self.rest = data.split_off(data.len().min(PIECE));
        self.pace.waits.set(true);
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
