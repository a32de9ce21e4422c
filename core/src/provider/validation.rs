//! What a descriptor's types cannot express: that its parts fit together. Each refusal names the field and the reason.

use alloc::{
    format,
    string::{String, ToString},
};

use super::{
    descriptor::{
        BasicEncoding, Body, BodyFormat, Descriptor, LifetimeSource, Method, RequestTemplate, ScopeStyle, TokenPlace, VERSION, VariableKind,
    },
    grant::OPTIONS,
    template::{Members, Part, Text, Tree, is_name},
};

/// The path of a field and what is wrong with it.
pub(crate) type Refusal = (String, String);

/// Headers that belong to the host, or that would make the request something else than the descriptor says.
const HOST_HEADERS: [&str; 6] = ["connection", "content-length", "cookie", "host", "origin", "transfer-encoding"];

pub(crate) fn check(descriptor: &Descriptor) -> Result<(), Refusal> {
    if descriptor.version != VERSION {
        return refuse("version", format!("this library reads version {VERSION}"));
    }
    if !is_name(&descriptor.name) {
        return refuse("name", "is of a-z, 0-9 and _, and begins with a letter");
    }
    variables(descriptor)?;
    credentials(descriptor)?;
    match (&descriptor.request, &descriptor.response.token) {
        (None, TokenPlace::Credential(_)) => {}
        (None, _) => return refuse("request", "is missing; only a token that is a credential needs none"),
        (Some(_), TokenPlace::Credential(_)) => return refuse("response.token.credential", "asks no server: leave out `request`"),
        (Some(request), _) => self::request(descriptor, request)?,
    }
    response(descriptor)?;
    errors(descriptor)?;
    api(descriptor)?;
    used_credentials(descriptor)
}

fn variables(descriptor: &Descriptor) -> Result<(), Refusal> {
    let mut addresses = 0;
    for (name, variable) in descriptor.variables.iter() {
        let path = format!("variables.{name}");
        if !is_name(name) {
            return refuse(path, "a name is of a-z, 0-9 and _, and begins with a letter");
        }
        if OPTIONS.contains(&name.as_str()) {
            return refuse(path, "the name is taken by an option of every grant");
        }
        let is_address = matches!(variable.kind, VariableKind::BaseUrl | VariableKind::Endpoint);
        addresses += u32::from(is_address);
        if variable.kind != VariableKind::BaseUrl
            && (variable.suggest_domain.is_some() || !variable.strip.is_empty() || variable.folder || variable.inside.is_some())
        {
            return refuse(path, "suggest_domain, strip, folder and inside are for the kind base_url");
        }
        let is_segment = |name: &str| descriptor.variables.get(name).is_some_and(|other| other.kind == VariableKind::Segment);
        if variable.inside.as_ref().is_some_and(|inside| !inside.names().all(is_segment)) {
            return refuse(format!("{path}.inside"), "takes variables of the kind segment alone");
        }
    }
    if addresses > 1 { refuse("variables", "one base_url or endpoint at most: an endpoint override replaces it") } else { Ok(()) }
}

fn credentials(descriptor: &Descriptor) -> Result<(), Refusal> {
    for (index, field) in descriptor.credentials.iter().enumerate() {
        let path = format!("credentials[{index}].name");
        if !is_name(&field.name) {
            return refuse(path, "is of a-z, 0-9 and _, and begins with a letter");
        }
        if OPTIONS.contains(&field.name.as_str()) || descriptor.variables.contains(&field.name) {
            return refuse(path, "the name is taken by a variable or an option");
        }
        let earlier = descriptor.credentials.iter().take(index);
        if earlier.clone().any(|other| other.name == field.name) {
            return refuse(path, "is given twice");
        }
        if field.identity && earlier.clone().any(|other| other.identity) {
            return refuse(format!("credentials[{index}].identity"), "one credential names the client");
        }
    }
    Ok(())
}

fn request(descriptor: &Descriptor, request: &RequestTemplate) -> Result<(), Refusal> {
    url(descriptor, &request.url)?;
    members(descriptor, "request.query", &request.query)?;
    headers(descriptor, request)?;
    if let Some(basic) = &request.basic {
        for (name, text) in [("username", &basic.username), ("password", &basic.password)] {
            names(descriptor, format!("request.basic.{name}"), text)?;
        }
        if basic.encoding == BasicEncoding::Raw
            && basic.username.parts().iter().any(|part| matches!(part, Part::Literal(text) if text.contains(':')))
        {
            return refuse("request.basic.username", "the password would begin at its colon");
        }
    }
    match &request.body {
        Body::None | Body::Empty => {}
        _ if request.method == Method::Get => return refuse("request.body", "a GET has none; use `query`"),
        Body::Form(form) => members(descriptor, "request.body.form", form)?,
        Body::Json(tree @ Tree::Object(_)) => json(descriptor, "request.body.json", tree)?,
        Body::Json(_) => return refuse("request.body.json", "an object is wanted"),
    }
    if request.scope == ScopeStyle::Array && !matches!(request.body, Body::Json(_)) {
        return refuse("request.scope", "an array needs a JSON body");
    }
    if request.same_origin_cookies && !descriptor.credentials.is_empty() {
        return refuse("request.same_origin_cookies", "cookies go to a broker, which needs no credentials");
    }
    Ok(())
}

fn url(descriptor: &Descriptor, url: &Text) -> Result<(), Refusal> {
    let kind = |name: &str| descriptor.variables.get(name).map(|variable| variable.kind);
    let path = "request.url";
    match url.parts().first() {
        Some(Part::Name(name)) if matches!(kind(name), Some(VariableKind::BaseUrl | VariableKind::Endpoint)) => {}
        Some(Part::Literal(text)) if text.starts_with("https://") && !text.contains('@') => {}
        _ => return refuse(path, "begins with https:// and a host, or with a variable of the kind base_url or endpoint"),
    }
    let after_address = |index: usize| index == 1 && matches!(url.parts().first(), Some(Part::Name(_)));
    for (index, part) in url.parts().iter().enumerate() {
        match part {
            Part::Literal(text) if text.contains(['?', '#']) => return refuse(path, "has no query and no fragment; use `query`"),
            Part::Literal(text) if text.contains(|c: char| c.is_whitespace() || c.is_control()) => {
                return refuse(path, "has white space in it");
            }
            Part::Literal(text) if after_address(index) && !text.starts_with('/') => {
                return refuse(path, "what follows the address begins with /");
            }
            Part::Literal(_) => {}
            Part::Name(_) if after_address(index) => return refuse(path, "what follows the address begins with /"),
            Part::Name(name) => match kind(name) {
                Some(VariableKind::BaseUrl | VariableKind::Endpoint) if index == 0 => {}
                Some(VariableKind::Endpoint | VariableKind::BaseUrl) => {
                    return refuse(path, format!("`{name}` stands at the beginning or nowhere"));
                }
                Some(VariableKind::Segment) => {}
                Some(VariableKind::Text) => return refuse(path, format!("`{name}` must be of the kind segment to stand in a URL")),
                None => {
                    return refuse(
                        path,
                        format!("`{name}` is no variable; credentials and options belong in the body, a header or the query"),
                    );
                }
            },
        }
    }
    Ok(())
}

fn headers(descriptor: &Descriptor, request: &RequestTemplate) -> Result<(), Refusal> {
    for (name, text) in request.headers.iter() {
        let path = format!("request.headers.{name}");
        header_name(&path, name)?;
        if HOST_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return refuse(path, "is set by the host");
        }
        if request.basic.as_ref().is_some_and(|basic| basic.header.eq_ignore_ascii_case(name)) {
            return refuse(path, "is set by `basic` too");
        }
        if text.parts().iter().any(|part| matches!(part, Part::Literal(text) if text.chars().any(char::is_control))) {
            return refuse(path, "has a control character in it");
        }
        names(descriptor, path, text)?;
    }
    if let Some(basic) = &request.basic {
        header_name("request.basic.header", &basic.header)?;
    }
    Ok(())
}

/// Checks a field name (RFC 9110 section 5.1).
fn header_name(path: &str, name: &str) -> Result<(), Refusal> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !name.is_empty() && name.bytes().all(is_token) { Ok(()) } else { refuse(path, format!("{name:?} is no header's name")) }
}

fn members(descriptor: &Descriptor, path: &str, members: &Members) -> Result<(), Refusal> {
    members.iter().try_for_each(|(name, text)| names(descriptor, format!("{path}.{name}"), text))
}

fn json(descriptor: &Descriptor, path: &str, tree: &Tree) -> Result<(), Refusal> {
    match tree {
        Tree::Null | Tree::Bool(_) | Tree::Number(_) => Ok(()),
        Tree::Text(text) => names(descriptor, path.to_string(), text),
        Tree::List(items) => items.iter().enumerate().try_for_each(|(index, item)| json(descriptor, &format!("{path}[{index}]"), item)),
        Tree::Object(members) => members.iter().try_for_each(|(name, item)| json(descriptor, &format!("{path}.{name}"), item)),
    }
}

fn names(descriptor: &Descriptor, path: String, text: &Text) -> Result<(), Refusal> {
    let known = |name: &str| {
        OPTIONS.contains(&name) || descriptor.variables.contains(name) || descriptor.credentials.iter().any(|field| field.name == name)
    };
    match text.names().find(|name| !known(name)) {
        Some(name) => refuse(path, format!("`{name}` is no variable, no credential and none of the options {}", OPTIONS.join(", "))),
        None => Ok(()),
    }
}

fn response(descriptor: &Descriptor) -> Result<(), Refusal> {
    let response = &descriptor.response;
    if response.statuses.ranges().any(|(first, last)| first < 400 && last >= 300) {
        return refuse("response.statuses", "a redirect is never an answer");
    }
    match &response.token {
        TokenPlace::Pointer(_) if response.format == BodyFormat::Text => {
            return refuse("response.token.pointer", "a text body has no fields");
        }
        TokenPlace::Header { name, .. } => header_name("response.token.header.name", name)?,
        TokenPlace::Credential(name) if !descriptor.credentials.iter().any(|field| field.name == *name) => {
            return refuse("response.token.credential", format!("`{name}` is no credential"));
        }
        _ => {}
    }
    for (index, source) in response.lifetime.iter().enumerate() {
        let path = format!("response.lifetime[{index}]");
        match source {
            LifetimeSource::Field { .. } if response.format == BodyFormat::Text => return refuse(path, "a text body has no fields"),
            LifetimeSource::Header { name, .. } => header_name(&format!("{path}.header.name"), name)?,
            LifetimeSource::FixedMs(0) => return refuse(path, "a fixed lifetime is at least 1 ms"),
            _ => {}
        }
        if matches!(source, LifetimeSource::FixedMs(_) | LifetimeSource::Longest) && index + 1 < response.lifetime.len() {
            return refuse(path, "always hits, so that what follows is never read: put it last");
        }
    }
    if response.lifetime_cap_ms == Some(0) {
        return refuse("response.lifetime_cap_ms", "is at least 1");
    }
    Ok(())
}

fn errors(descriptor: &Descriptor) -> Result<(), Refusal> {
    for (index, rule) in descriptor.errors.despite_success.iter().enumerate() {
        if rule.when.json.is_empty() {
            return refuse(format!("errors.despite_success[{index}].when.json"), "is missing: every success would be an error");
        }
    }
    for (index, header) in descriptor.rate.headers.iter().enumerate() {
        header_name(&format!("rate.headers[{index}].name"), &header.name)?;
    }
    Ok(())
}

fn api(descriptor: &Descriptor) -> Result<(), Refusal> {
    let Some(api) = &descriptor.api else { return Ok(()) };
    match api.names().find(|(_, name)| !descriptor.variables.contains(name)) {
        Some((path, name)) => refuse(path, format!("`{name}` is no variable")),
        None => api.check(),
    }
}

fn used_credentials(descriptor: &Descriptor) -> Result<(), Refusal> {
    let Some(request) = &descriptor.request else { return Ok(()) };
    match descriptor.credentials.iter().position(|field| !request.uses(&field.name)) {
        Some(index) => refuse(format!("credentials[{index}].name"), "stands nowhere in the request"),
        None => Ok(()),
    }
}

fn refuse<T>(path: impl Into<String>, reason: impl Into<String>) -> Result<T, Refusal> {
    Err((path.into(), reason.into()))
}
