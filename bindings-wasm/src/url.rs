//! URLs in parts, by the platform's own parser.

use evertoken::UrlParts;

/// Parses an absolute URL.
pub(crate) fn parse(text: &str) -> Option<UrlParts> {
    let url = web_sys::Url::new(text).ok()?;
    let search = url.search();
    Some(UrlParts {
        scheme: url.protocol().trim_end_matches(':').into(),
        host: url.hostname(),
        port: url.port().parse().ok(),
        path: url.pathname(),
        query: search.strip_prefix('?').filter(|query| !query.is_empty()).map(Into::into),
        user_info: !url.username().is_empty() || !url.password().is_empty(),
        // An empty fragment does not show in `hash`.
        fragment: url.href().contains('#'),
    })
}
