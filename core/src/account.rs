//! The account as people write it: a host name, a URL, one copied from the browser or from the vendor's page.

use alloc::{
    format,
    string::{String, ToString},
};

use crate::{
    api::path::is_odd,
    error::{Code, Error},
    url::{ParseUrl, UrlParts, is_loopback},
};

/// What an account may look like beyond its host.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form<'a> {
    /// The option's name, with which the errors begin: `account`, `url`.
    pub field: &'a str,
    /// The domain under which the provider hosts accounts, such as `piwik.pro`; a bare name gets it suggested, never added.
    pub suggest_domain: Option<&'a str>,
    /// The account may be an application in a folder of its host, `https://host/shop`.
    pub folder: bool,
    /// Paths that are pasted along and are cut off the end, such as `/auth/token`; of several that fit, one after the other.
    pub strip: &'a [String],
    /// A path of the application itself that is no folder, such as the back-office prefix `/admin`: it is cut off the end like one of
    /// `strip`, and an account below it is refused.
    pub inside: Option<&'a str>,
}

/// Reads an account and returns the URL that its endpoints and paths are appended to; its path has no `/` at the end and may be empty.
///
/// `acme.piwik.pro`, `https://acme.piwik.pro`, one with `/` at the end and one with a path of [`Form::strip`] are the same account.
/// `http://` is accepted for a loopback address alone.
///
/// # Errors
///
/// [`Code::InvalidAccount`], which names the field and the form that is wanted: a bare name, user info, a query, a fragment, a path where
/// there is no folder, `http://`, or no URL at all. It never repeats user info, query or fragment.
pub fn base_url(input: &str, form: &Form<'_>, parse: ParseUrl) -> Result<UrlParts, Error> {
    let text = input.trim();
    if text.is_empty() {
        return Err(invalid(form, "is empty"));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(invalid(form, "has white space in it"));
    }
    let has_scheme = text.contains("://");
    let url = if has_scheme { parse(text) } else { parse(&format!("https://{text}")) };
    let Some(mut url) = url.filter(|url| !url.host.is_empty()) else {
        return Err(invalid(form, "is not a host name or a URL"));
    };
    if url.user_info {
        return Err(invalid(form, "carries a user name or a password")
            .with_fix(format!("Give the credentials as options of their own, and {} without them.", url.origin())));
    }
    if !url.is_secure() {
        let secure = UrlParts { scheme: "https".into(), port: None, path: String::new(), query: None, ..url.clone() };
        return Err(invalid(form, &format!("begins with {}://, which would show secrets on the way", url.scheme))
            .with_fix(format!("Give {}; http:// is for loopback addresses alone.", secure.origin())));
    }
    if !has_scheme && is_bare(text, &url.host) {
        return Err(bare(text, form));
    }
    if url.query.is_some() || url.fragment {
        let part = if url.query.is_some() { "a query" } else { "a fragment" };
        return Err(invalid(form, &format!("carries {part}")).with_fix(format!("Give {}.", url.origin())));
    }
    url.path = folder_of(&url.path, form);
    if let Some(folder) = form.inside.and_then(|inside| folder_before(&url.path, inside)) {
        return Err(invalid(form, "is a page of the application, not the application").with_fix(format!("Give {}{folder}.", url.origin())));
    }
    if !url.path.is_empty() && !form.folder {
        return Err(invalid(form, "carries a path").with_fix(format!("Give {}.", url.origin())));
    }
    if is_odd(&url.path) {
        return Err(invalid(form, "carries a path with an empty segment or an encoded /, \\ or dot"));
    }
    Ok(url)
}

/// Cuts the `/` at the end and what was pasted along.
fn folder_of(path: &str, form: &Form<'_>) -> String {
    let pasted = || form.strip.iter().map(String::as_str).chain(form.inside).filter_map(whole_segments);
    let mut path = path.trim_end_matches('/');
    while let Some(rest) = pasted().find_map(|pasted| path.strip_suffix(pasted)) {
        path = rest.trim_end_matches('/');
    }
    path.to_string()
}

/// Returns what precedes a path of the application in the account's path.
fn folder_before<'a>(path: &'a str, inside: &str) -> Option<&'a str> {
    let inside = whole_segments(inside)?;
    let (at, _) = path.match_indices(inside).find(|(at, _)| path.get(at + inside.len()..).is_some_and(|rest| rest.starts_with('/')))?;
    path.get(..at)
}

/// A path that can be cut off: it begins at a segment and is not empty.
fn whole_segments(path: &str) -> Option<&str> {
    Some(path.trim_end_matches('/')).filter(|path| path.starts_with('/'))
}

/// A name that DNS would look up in the local domain, and which nobody's account is; a mere number would be read as an IPv4 address.
fn is_bare(text: &str, host: &str) -> bool {
    let is_name = !host.trim_end_matches('.').contains('.') || typed(text).bytes().all(|c| c.is_ascii_alphanumeric());
    is_name && !host.starts_with('[') && !is_loopback(host)
}

/// Returns the host as it was typed.
fn typed(text: &str) -> &str {
    text.split(['/', ':', '?', '#']).next().unwrap_or_default()
}

fn bare(text: &str, form: &Form<'_>) -> Error {
    let name = typed(text).trim_end_matches('.').to_ascii_lowercase();
    let error = invalid(form, "is a bare name, not a host name");
    match form.suggest_domain {
        // A long name may be an identifier or a secret that was put in the wrong place: it is not repeated.
        Some(domain) if name.len() <= 24 => error.with_fix(format!("Give {name}.{domain}, if that is your account's host name.")),
        Some(domain) => error.with_fix(format!("Give the account's host name, such as acme.{domain}.")),
        None => error.with_fix("Give the application's URL, such as https://shop.example.com."),
    }
}

fn invalid(form: &Form<'_>, reason: &str) -> Error {
    let field = if form.field.is_empty() { "account" } else { form.field };
    let fix = match form.suggest_domain {
        Some(domain) => format!("Give the account as its host name, such as acme.{domain}."),
        None => "Give the application's URL, such as https://shop.example.com.".to_string(),
    };
    Error::new(Code::InvalidAccount).with_description(format!("{field} {reason}")).with_fix(fix)
}
