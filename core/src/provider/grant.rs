//! What is asked for: a provider with everything of a token request that is no secret.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use super::{
    Credentials, Provider,
    descriptor::{BasicEncoding, Body, RequestTemplate, Variable, VariableKind},
    template::{Part, Text, Tree, Values},
};
use crate::{
    account,
    api::ResolvedApi,
    error::{Code, Error},
    named::Named,
    secret::Secret,
    url::{ParseUrl, UrlParts},
};

/// Names that every template may use and every grant may leave open.
pub(crate) const OPTIONS: [&str; 3] = ["audience", "resource", "scope"];

/// One provider, endpoint, client, scope, audience, resource, surface and set of parameters: the whole key of a token.
///
/// Grants are compared in full; two that differ anywhere never share a token. There is no secret in one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    provider: Provider,
    variables: Named<String>,
    endpoint: String,
    client_id: Option<String>,
    scopes: Vec<String>,
    options: Named<String>,
    surface: Option<String>,
    api: ResolvedApi,
}

impl Grant {
    /// Returns the provider.
    #[must_use]
    pub const fn provider(&self) -> &Provider {
        &self.provider
    }

    /// Returns the token endpoint's URL, without a query; empty for a provider that asks no server.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the client that the grant is for, if it was named.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// Returns the scopes.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Returns the surface of the API that the token is for, if the provider has several.
    #[must_use]
    pub fn surface(&self) -> Option<&str> {
        self.surface.as_deref()
    }

    /// Returns where the token may go, and how.
    #[must_use]
    pub const fn api(&self) -> &ResolvedApi {
        &self.api
    }

    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    /// Returns the client's name, if that is what the provider calls by this one.
    pub(crate) fn client_id_named(&self, name: &str) -> Option<&str> {
        let is_identity = self.provider.credentials().iter().any(|field| field.identity && field.name == name);
        if is_identity { self.client_id() } else { None }
    }

    /// Says what would have to be configured for the token endpoint to be `target`: a label and a value.
    pub(crate) fn address_for<'a>(&self, target: &'a str) -> Option<(&str, &'a str)> {
        let template = &self.provider.descriptor().request.as_ref()?.url;
        let Some(Part::Name(name)) = template.parts().first() else { return None };
        let variable = self.provider.descriptor().variables.get(name)?;
        let suffix = self.endpoint.strip_prefix(self.variable(name)?)?;
        let address = target.strip_suffix(suffix)?;
        (address.contains("://") && !address.ends_with('/')).then(|| (variable.label.as_deref().unwrap_or(name), address))
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("provider", &self.provider.name())
            .field("endpoint", &self.endpoint)
            .field("client_id", &self.client_id)
            .field("scopes", &self.scopes)
            .field("options", &self.options)
            .field("surface", &self.surface)
            .finish_non_exhaustive()
    }
}

/// How a client proves itself to an endpoint that leaves the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientAuth {
    /// HTTP Basic, both halves form-encoded first, as RFC 6749 section 2.3.1 says.
    Basic,
    /// HTTP Basic of the raw halves, for servers that do not decode them.
    BasicRaw,
    /// `client_id` and `client_secret` in the body.
    Body,
}

/// How the body is written for an endpoint that leaves the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BodyEncoding {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `application/json`.
    Json,
}

/// Collects what makes a [`Grant`]; nothing is checked before [`GrantBuilder::build`].
#[derive(Clone)]
#[must_use]
pub struct GrantBuilder {
    provider: Result<Provider, Error>,
    pub(super) variables: Named<String>,
    pub(super) endpoint: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) options: Named<String>,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) surface: Option<String>,
    api: Option<ApiChoice>,
    pub(super) client_auth: Option<ClientAuth>,
    pub(super) body: Option<BodyEncoding>,
}

#[derive(Clone)]
enum ApiChoice {
    Url(String),
    Resolved(Box<ResolvedApi>),
}

impl GrantBuilder {
    /// Begins a grant of a descriptor of your own; a wrong one is reported by [`GrantBuilder::build`].
    pub fn custom(descriptor_json: &str) -> Self {
        Self::of(Provider::from_json(descriptor_json))
    }

    pub(crate) const fn of(provider: Result<Provider, Error>) -> Self {
        Self {
            provider,
            variables: Named::new(),
            endpoint: None,
            client_id: None,
            scopes: Vec::new(),
            options: Named::new(),
            parameters: Vec::new(),
            surface: None,
            api: None,
            client_auth: None,
            body: None,
        }
    }

    /// Sets a variable of the descriptor, such as `account`.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Replaces the provider's address, such as `https://api.didomi.io`, by another one; what depends on it follows, the API's origin too.
    ///
    /// It is for test servers and private installations: `http://127.0.0.1:8080`.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Names the client, which makes it part of the key of the token; [`Credentials`] that name another one win (rotation).
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Names the client as the credentials do, if the provider's descriptor says which of them is no secret.
    pub fn identified_by(mut self, credentials: &Credentials) -> Self {
        let fields = self.provider.as_ref().map(Provider::credentials).unwrap_or_default();
        let identity = fields.iter().find(|field| field.identity);
        if let Some(id) = identity.and_then(|field| credentials.get(&field.name)).map(Secret::expose) {
            self.client_id = Some(id.into());
        }
        self
    }

    /// Asks for scopes.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for a token for an audience.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.options.insert("audience".into(), audience.into());
        self
    }

    /// Asks for a token for a resource (RFC 8707).
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        self.options.insert("resource".into(), resource.into());
        self
    }

    /// Adds a parameter to the body, or to the query where there is none.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Chooses a surface of the API, such as `storefront`.
    pub fn surface(mut self, surface: impl Into<String>) -> Self {
        self.surface = Some(surface.into());
        self
    }

    /// Says by one URL where the token may go: its origin and path; a 401 there means a bad token.
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.api = Some(ApiChoice::Url(url.into()));
        self
    }

    /// Takes the API half of another grant, with its surfaces, media types and rejection rules.
    pub fn api(mut self, api: ResolvedApi) -> Self {
        self.api = Some(ApiChoice::Resolved(Box::new(api)));
        self
    }

    /// Chooses how the client proves itself, where the provider leaves the choice.
    pub const fn client_auth(mut self, client_auth: ClientAuth) -> Self {
        self.client_auth = Some(client_auth);
        self
    }

    /// Chooses how the body is written, where the provider leaves the choice.
    pub const fn body(mut self, body: BodyEncoding) -> Self {
        self.body = Some(body);
        self
    }

    /// Makes the grant; `parse` is the host's URL parser.
    ///
    /// # Errors
    /// [`Code::InvalidDescriptor`] for a wrong descriptor, [`Code::InvalidAccount`] for the account, [`Code::InvalidEndpoint`] for the resulting URL, [`Code::InvalidOption`] for everything else;
    /// the description begins with the option's name.
    pub fn build(self, parse: ParseUrl) -> Result<Grant, Error> {
        let provider = self.altered_provider(self.provider.clone()?)?;
        let variables = self.variables(&provider, parse)?;
        let endpoint = endpoint(&provider, &variables, parse)?;
        let separator = provider.descriptor().request.as_ref().and_then(RequestTemplate::scope_separator);
        let mut options = self.options;
        if !self.scopes.is_empty() {
            options.insert("scope".into(), self.scopes.join(separator.unwrap_or(" ")));
        }
        for (name, value) in options.iter() {
            is_usable(name, value)?;
            is_used(&provider, name)?;
        }
        let api = match (&self.api, &provider.descriptor().api) {
            (Some(ApiChoice::Resolved(api)), _) => (**api).clone(),
            (Some(ApiChoice::Url(url)), _) => ResolvedApi::at(url, parse)?,
            (None, Some(api)) => api.resolved(&Resolved(&variables), self.surface.as_deref(), parse)?,
            (None, None) => return Err(invalid("api", "not given").with_fix("Give the URL of the API that the token is for.")),
        };
        let api = endpoint.iter().fold(api, |api, endpoint| api.with_token_endpoint(endpoint));
        let endpoint = endpoint.map(|url| url.to_string()).unwrap_or_default();
        Ok(Grant { provider, variables, endpoint, client_id: self.client_id, scopes: self.scopes, options, surface: self.surface, api })
    }

    /// Makes the API half alone, for a grant of another provider such as a broker.
    ///
    /// # Errors
    /// As [`GrantBuilder::build`].
    pub fn build_api(self, parse: ParseUrl) -> Result<ResolvedApi, Error> {
        self.build(parse).map(|grant| grant.api)
    }

    /// Writes the user's choices into the descriptor, so that the rest of the library sees one request and compares it in full.
    fn altered_provider(&self, provider: Provider) -> Result<Provider, Error> {
        if self.client_auth.is_none() && self.body.is_none() && self.parameters.is_empty() {
            return Ok(provider);
        }
        let Some(mut request) = provider.descriptor().request.clone() else {
            return Err(invalid("parameters", "this provider asks no server"));
        };
        if let Some(client_auth) = self.client_auth {
            choose_client_auth(&mut request, client_auth)?;
        }
        if let Some(encoding) = self.body {
            request.body = encoded(request.body, encoding)?;
        }
        for (name, value) in &self.parameters {
            is_usable(name, value)?;
            add_parameter(&mut request, name, value)?;
        }
        Ok(provider.altered(|descriptor| descriptor.request = Some(request)))
    }

    fn variables(&self, provider: &Provider, parse: ParseUrl) -> Result<Named<String>, Error> {
        let declared = &provider.descriptor().variables;
        if let Some(name) = self.variables.names().find(|name| !declared.contains(name)) {
            let known: Vec<&str> = declared.names().collect();
            return Err(invalid(name, &format!("is no variable of {}, which has [{}]", provider.name(), known.join(", "))));
        }
        let is_address = |variable: &Variable| matches!(variable.kind, VariableKind::BaseUrl | VariableKind::Endpoint);
        if self.endpoint.is_some() && !declared.iter().any(|(_, variable)| is_address(variable)) {
            return Err(invalid("endpoint", "the provider's address is fixed"));
        }
        let mut resolved = Named::default();
        // Addresses last: what must not stand in one may depend on the others.
        let (addresses, others): (Vec<_>, Vec<_>) = declared.iter().partition(|(_, variable)| is_address(variable));
        for (name, variable) in others.into_iter().chain(addresses) {
            let overridden = self.endpoint.as_ref().filter(|_| is_address(variable));
            let given = overridden.or_else(|| self.variables.get(name)).or(variable.default.as_ref());
            let Some(given) = given else { return Err(not_given(name, variable)) };
            let value = resolve(name, variable, given, &Resolved(&resolved), parse)?;
            resolved.insert(name.clone(), value);
        }
        Ok(resolved)
    }
}

/// Shows the provider alone: what is not yet checked may hold a secret in the wrong place.
impl fmt::Debug for GrantBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GrantBuilder").field(&self.provider.as_ref().map(Provider::name)).finish()
    }
}

struct Resolved<'a>(&'a Named<String>);

impl Values for Resolved<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

fn resolve(name: &str, variable: &Variable, given: &str, earlier: &Resolved<'_>, parse: ParseUrl) -> Result<String, Error> {
    match variable.kind {
        VariableKind::BaseUrl => {
            let inside = variable.inside.as_ref().and_then(|inside| inside.fill(earlier));
            let form = account::Form {
                field: name,
                suggest_domain: variable.suggest_domain.as_deref(),
                folder: variable.folder,
                strip: &variable.strip,
                inside: inside.as_deref().map(String::as_str),
            };
            let url = account::base_url(given, &form, parse)?;
            Ok(format!("{}{}", url.origin(), url.path))
        }
        VariableKind::Endpoint => Ok(checked_endpoint(name, given, parse)?.to_string()),
        VariableKind::Segment => segment(name, given),
        VariableKind::Text => is_usable(name, given).map(|()| given.to_string()),
    }
}

fn not_given(name: &str, variable: &Variable) -> Error {
    let code = if variable.kind == VariableKind::BaseUrl { Code::InvalidAccount } else { Code::InvalidOption };
    let label = variable.label.as_deref().unwrap_or(name);
    Error::new(code).with_description(format!("{name}: not given")).with_fix(format!("Give `{name}`: {label}."))
}

/// Percent-encodes one segment of a path (RFC 3986 section 3.3).
fn segment(name: &str, given: &str) -> Result<String, Error> {
    const UNRESERVED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    if given.is_empty() || given == "." || given == ".." {
        return Err(invalid(name, "is no segment of a path"));
    }
    is_usable(name, given)?;
    Ok(percent_encoding::utf8_percent_encode(given, UNRESERVED).to_string())
}

fn endpoint(provider: &Provider, variables: &Named<String>, parse: ParseUrl) -> Result<Option<UrlParts>, Error> {
    let Some(request) = &provider.descriptor().request else { return Ok(None) };
    let url = request.url.fill(&Resolved(variables)).ok_or_else(|| Error::new(Code::InvalidEndpoint))?;
    checked_endpoint("endpoint", &url, parse).map(Some)
}

/// Refuses a token endpoint to which no secret may travel; what is refused is not repeated, as it may carry one.
fn checked_endpoint(name: &str, url: &str, parse: ParseUrl) -> Result<UrlParts, Error> {
    let refused = |reason: &str| Err(Error::new(Code::InvalidEndpoint).with_description(format!("{name}: {reason}")));
    let Some(parts) = parse(url.trim()) else { return refused("is not an absolute URL") };
    if parts.user_info {
        return refused("carries a user name or a password");
    }
    if !parts.is_secure() {
        return Err(Error::new(Code::InvalidEndpoint)
            .with_description(format!("{name}: begins with {}://, which would show secrets on the way", parts.scheme))
            .with_fix(format!("Give https://{}; http:// is for loopback addresses alone.", parts.host)));
    }
    if parts.query.is_some() || parts.fragment {
        return refused("carries a query or a fragment");
    }
    Ok(parts)
}

fn choose_client_auth(request: &mut RequestTemplate, client_auth: ClientAuth) -> Result<(), Error> {
    let Some(mut basic) = request.basic.take() else { return Err(invalid("client_auth", "this provider knows one way alone")) };
    match client_auth {
        ClientAuth::Basic => basic.encoding = BasicEncoding::Form,
        ClientAuth::BasicRaw => basic.encoding = BasicEncoding::Raw,
        ClientAuth::Body => {
            let named = [("client_id", basic.username), ("client_secret", basic.password)];
            for (name, text) in named {
                append(&mut request.body, name, text)?;
            }
            return Ok(());
        }
    }
    request.basic = Some(basic);
    Ok(())
}

fn encoded(body: Body, encoding: BodyEncoding) -> Result<Body, Error> {
    Ok(match (body, encoding) {
        (Body::Form(form), BodyEncoding::Json) => {
            Body::Json(Tree::Object(form.0.into_iter().map(|(name, text)| (name, Tree::Text(text))).collect()))
        }
        (body @ Body::Form(_), BodyEncoding::Form) | (body @ Body::Json(_), BodyEncoding::Json) => body,
        _ => return Err(invalid("body", "this provider knows one way alone")),
    })
}

fn add_parameter(request: &mut RequestTemplate, name: &str, value: &str) -> Result<(), Error> {
    let value = Text::literal(value);
    if matches!(request.body, Body::None | Body::Empty) {
        if request.query.iter().any(|(other, _)| other == name) {
            return Err(invalid(name, "is set by the descriptor"));
        }
        request.query.0.push((name.to_string(), value));
        return Ok(());
    }
    append(&mut request.body, name, value)
}

fn append(body: &mut Body, name: &str, value: Text) -> Result<(), Error> {
    let is_taken = match body {
        Body::Form(form) => form.iter().any(|(other, _)| other == name),
        Body::Json(Tree::Object(members)) => members.iter().any(|(other, _)| other == name),
        _ => return Err(invalid(name, "the request has no body")),
    };
    if is_taken {
        return Err(invalid(name, "is set by the descriptor"));
    }
    match body {
        Body::Form(form) => form.0.push((name.to_string(), value)),
        Body::Json(Tree::Object(members)) => members.push((name.to_string(), Tree::Text(value))),
        _ => {}
    }
    Ok(())
}

/// Refuses an option that the provider's request has no place for: it would be ignored in silence.
fn is_used(provider: &Provider, name: &str) -> Result<(), Error> {
    let used = provider.descriptor().request.as_ref().is_some_and(|request| request.uses(name));
    if used { Ok(()) } else { Err(invalid(name, &format!("{} takes none", provider.name()))) }
}

fn is_usable(name: &str, value: &str) -> Result<(), Error> {
    if value.chars().any(char::is_control) { Err(invalid(name, "has a control character in it")) } else { Ok(()) }
}

fn invalid(name: &str, reason: &str) -> Error {
    Error::new(Code::InvalidOption).with_description(format!("{name}: {reason}"))
}
