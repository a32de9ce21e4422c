//! The body of an answer on its way out, and the watch that tells the log how it ended.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use http_body_util::channel::{Channel, Sender};
use hyper::Response;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::http::StatusCode;

use crate::answer::{Answer, Body, huge_part};
use crate::fault::Cut;
use crate::log::{Order, Progress};
use crate::server::{cut_off, held};
use crate::state::State;

/// Follows a request until it is over: when it is dropped before `end`, the client has gone away.
pub(crate) struct Watch {
    state: Arc<State>,
    seq: u64,
    over: bool,
}

impl Watch {
    pub(crate) fn new(state: Arc<State>, seq: u64) -> Self {
        Self { state, seq, over: false }
    }

    pub(crate) fn seq(&self) -> u64 {
        self.seq
    }

    pub(crate) fn end(mut self, how: Progress) {
        self.finish(how);
    }

    fn finish(&mut self, how: Progress) {
        if !self.over {
            self.over = true;
            self.state.memory().log.ended(self.seq, how);
            self.state.changed();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.finish(Progress::Aborted);
    }
}

/// A body that reports its end.
pub(crate) struct Delivery {
    inner: Inner,
    watch: Watch,
    on_error: Progress,
}

enum Inner {
    Whole(Full<Bytes>),
    Parts(Channel<Bytes, io::Error>),
}

impl Delivery {
    pub(crate) fn of(answer: Answer, mut watch: Watch, cut: Option<Cut>, bodiless: bool) -> Response<Self> {
        let Answer { status, headers, body } = answer;
        let length = match &body {
            Body::Whole(bytes) => Some(bytes.len()),
            Body::Huge { bytes, chunked } => (!chunked).then_some(*bytes),
        };
        let inner = match (body, cut) {
            _ if bodiless => {
                watch.finish(Progress::Answered);
                Inner::Whole(Full::default())
            }
            (Body::Whole(bytes), None) => Inner::Whole(Full::new(bytes)),
            (body, cut) => {
                let (sender, channel) = Channel::new(1);
                tokio::spawn(send(sender, body, cut, Arc::clone(&watch.state), watch.seq));
                Inner::Parts(channel)
            }
        };
        let in_parts = matches!(inner, Inner::Parts(_));
        let mut response = Response::new(Self { inner, watch, on_error: Progress::Dropped });
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in headers {
            // Chosen headers were validated when they were given; the others are the sandbox's own.
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        if let (true, Some(length)) = (in_parts, length) {
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        response
    }
}

/// Sends a body part by part and stops where it is to be cut.
async fn send(mut sender: Sender<Bytes, io::Error>, body: Body, cut: Option<Cut>, state: Arc<State>, seq: u64) {
    let total = match &body {
        Body::Whole(bytes) => bytes.len(),
        Body::Huge { bytes, .. } => *bytes,
    };
    let stop_at = match cut {
        Some(Cut::Forever(at) | Cut::UntilReleased(at)) => at.min(total),
        None => total,
    };
    let part = |from: usize, to: usize| match &body {
        Body::Whole(bytes) => bytes.slice(from..to),
        Body::Huge { bytes, .. } => huge_part(*bytes, from, to),
    };
    let mut at = 0;
    while at < stop_at {
        let bytes = part(at, stop_at);
        at += bytes.len();
        if sender.send_data(bytes).await.is_err() {
            return;
        }
    }
    match cut {
        None => return,
        Some(Cut::Forever(_)) => return sender.abort(cut_off()),
        Some(Cut::UntilReleased(_)) => match held(&state, seq).await {
            Order::Proceed => {}
            Order::Instead(_) | Order::Close => return sender.abort(cut_off()),
        },
    }
    while at < total {
        let bytes = part(at, total);
        at += bytes.len();
        if sender.send_data(bytes).await.is_err() {
            return;
        }
    }
}

impl HttpBody for Delivery {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let polled = match &mut self.inner {
            Inner::Whole(full) => Pin::new(full).poll_frame(cx).map_err(|never| match never {}),
            Inner::Parts(channel) => Pin::new(channel).poll_frame(cx),
        };
        match &polled {
            Poll::Ready(None) => self.watch.finish(Progress::Answered),
            Poll::Ready(Some(Err(_))) => {
                let how = self.on_error;
                self.watch.finish(how);
            }
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Inner::Whole(full) => full.is_end_stream(),
            Inner::Parts(channel) => channel.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Inner::Whole(full) => full.size_hint(),
            Inner::Parts(channel) => channel.size_hint(),
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if self.is_end_stream() {
            self.watch.finish(Progress::Answered);
        }
    }
}
