//! What an API answered.

use std::{collections::VecDeque, fmt};

use reqwest::{StatusCode, Url, header::HeaderMap};
use serde::de::DeserializeOwned;

/// An API's answer: reqwest's, of which a part of the body may have been read already.
pub struct Response {
    answer: reqwest::Response,
    read: VecDeque<Vec<u8>>,
    hint: Option<String>,
}

impl Response {
    pub(crate) fn new(answer: reqwest::Response) -> Self {
        Self { answer, read: VecDeque::new(), hint: None }
    }

    pub(crate) fn with_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.answer.status()
    }

    /// Returns the headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.answer.headers()
    }

    /// Returns the URL that answered, after redirects.
    #[must_use]
    pub fn url(&self) -> &Url {
        self.answer.url()
    }

    /// Returns what may help when the API refuses the token although it is as good as any that the credentials can get.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Turns an error status into reqwest's error.
    ///
    /// # Errors
    /// For a status of 400 or more.
    pub fn error_for_status(self) -> Result<Self, reqwest::Error> {
        self.answer.error_for_status_ref()?;
        Ok(self)
    }

    /// Reads the next part of the body; `None` at its end.
    ///
    /// # Errors
    /// When the connection breaks or the call's time is up.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, reqwest::Error> {
        match self.read.pop_front() {
            Some(chunk) => Ok(Some(chunk)),
            None => Ok(self.answer.chunk().await?.map(Into::into)),
        }
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// As [`Response::chunk`].
    pub async fn bytes(mut self) -> Result<Vec<u8>, reqwest::Error> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Reads the whole body as UTF-8 text; other bytes become U+FFFD.
    ///
    /// # Errors
    /// As [`Response::chunk`].
    pub async fn text(self) -> Result<String, reqwest::Error> {
        Ok(String::from_utf8_lossy(&self.bytes().await?).into_owned())
    }

    /// Reads the whole body as JSON.
    ///
    /// # Errors
    /// As [`Response::chunk`], or serde's own as [`std::io::Error`] of the kind `InvalidData`.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Box<dyn std::error::Error + Send + Sync>> {
        Ok(serde_json::from_slice(&self.bytes().await?)?)
    }

    /// Looks at the body if it is at most `limit` bytes long, and leaves it to be read.
    pub(crate) async fn peek(&mut self, limit: usize) -> Result<Option<Vec<u8>>, reqwest::Error> {
        if self.answer.content_length().is_some_and(|length| length > limit as u64) {
            return Ok(None);
        }
        let mut length = self.read.iter().map(Vec::len).sum::<usize>();
        while length <= limit {
            let Some(chunk) = self.answer.chunk().await? else {
                return Ok(Some(self.read.iter().flatten().copied().collect()));
            };
            length += chunk.len();
            self.read.push_back(chunk.into());
        }
        Ok(None)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status()).field("hint", &self.hint).finish_non_exhaustive()
    }
}
