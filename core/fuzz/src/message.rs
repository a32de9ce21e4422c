//! An HTTP answer as a text: `NAME STATUS [truncated]`, header lines, an empty line, the body.

use evertoken::Response;

/// What a text says; every text says something.
pub struct Message<'a> {
    /// Whose answer it is.
    pub subject: &'a str,
    pub status: u16,
    pub truncated: bool,
    pub headers: Vec<(String, String)>,
    pub body: &'a [u8],
}

impl<'a> Message<'a> {
    pub fn read(data: &'a [u8]) -> Self {
        let (first, rest) = line(data);
        let first = std::str::from_utf8(first).unwrap_or_default();
        let mut words = first.split(' ');
        let subject = words.next().unwrap_or_default();
        let status = words.next().and_then(|word| word.parse().ok()).unwrap_or(200);
        let truncated = words.next() == Some("truncated");
        let mut headers = Vec::new();
        let mut body = rest;
        while !body.is_empty() {
            let (header, rest) = line(body);
            body = rest;
            if header.is_empty() {
                break;
            }
            let text = String::from_utf8_lossy(header);
            let (name, value) = text.split_once(": ").unwrap_or((&text, ""));
            headers.push((name.to_owned(), value.to_owned()));
        }
        Self { subject, status, truncated, headers, body }
    }

    pub fn response(&self) -> Response {
        let mut response = Response::new(self.status, self.body);
        response.headers.clone_from(&self.headers);
        response.truncated = self.truncated;
        response
    }
}

/// Splits off the first line.
pub fn line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[]),
    }
}
