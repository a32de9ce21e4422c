//! An HTTP answer as data.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::clock::system_time;
use crate::fault::{Payload, RetryAfter};

pub(crate) const JSON: &str = "application/json";
pub(crate) const JSON_UTF8: &str = "application/json; charset=UTF-8";
pub(crate) const JSON_API: &str = "application/vnd.api+json";
pub(crate) const TEXT: &str = "text/plain";

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

#[derive(Debug, Clone)]
pub(crate) enum Body {
    Whole(Bytes),
    /// A JSON object of this many bytes, made while it is sent.
    Huge {
        bytes: usize,
        chunked: bool,
    },
}

impl Answer {
    /// An answer without body and content type.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Whole(Bytes::new()) }
    }

    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self { body: Body::Whole(body.into()), ..Self::empty(status) }.header("content-type", content_type)
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn retry_after(self, wish: Option<&RetryAfter>, now_us: u64) -> Self {
        match wish {
            None => self,
            Some(RetryAfter::Seconds(seconds)) => self.header("retry-after", seconds.to_string()),
            Some(RetryAfter::Text(text)) => self.header("retry-after", text.clone()),
            Some(RetryAfter::DateInS(seconds)) => {
                let date_us = now_us.saturating_add_signed(seconds.saturating_mul(1_000_000));
                self.header("retry-after", httpdate::fmt_http_date(system_time(date_us)))
            }
        }
    }

    /// The answer that a test wrote down.
    pub(crate) fn chosen(status: u16, headers: &[(String, String)], payload: &Payload) -> Self {
        let (content_type, body) = match payload {
            Payload::Empty => (None, Body::Whole(Bytes::new())),
            Payload::Text(text) => (Some("text/plain; charset=utf-8"), Body::Whole(text.clone().into())),
            Payload::Base64(text) => (None, Body::Whole(decode_base64(text).unwrap_or_default().into())),
            Payload::Json(value) => (Some(JSON), Body::Whole(value.to_string().into())),
            Payload::Html => (Some("text/html; charset=utf-8"), Body::Whole(Bytes::from_static(ERROR_PAGE.as_bytes()))),
            Payload::InvalidUtf8 => (Some(JSON), Body::Whole(Bytes::from_static(INVALID_UTF8))),
            Payload::WrongTypes => (Some(JSON), Body::Whole(Bytes::from_static(WRONG_TYPES.as_bytes()))),
            Payload::Huge { bytes, chunked } => (Some(JSON), Body::Huge { bytes: *bytes, chunked: *chunked }),
        };
        let mut answer = Self { status, headers: headers.to_vec(), body };
        let typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let (Some(content_type), false) = (content_type, typed) {
            answer = answer.header("content-type", content_type);
        }
        answer
    }
}

const ERROR_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
const WRONG_TYPES: &str = r#"{"token_type":7,"expires_in":{"seconds":3600},"access_token":["not","a","string"]}"#;
const INVALID_UTF8: &[u8] = b"{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"\xff\xfe\"}";

const HUGE_HEAD: &[u8] = b"{\"access_token\":\"";
const HUGE_TAIL: &[u8] = b"\"}";

/// The bytes `from..to` of a huge body, at most 64 KiB of them.
pub(crate) fn huge_part(total: usize, from: usize, to: usize) -> Bytes {
    let end = to.min(total).min(from.saturating_add(64 << 10));
    let tail_at = total.saturating_sub(HUGE_TAIL.len());
    let byte = |at: usize| match at {
        at if at < HUGE_HEAD.len() => HUGE_HEAD[at],
        at if at >= tail_at => HUGE_TAIL[at - tail_at],
        _ => b'a',
    };
    (from..end).map(byte).collect()
}

pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
