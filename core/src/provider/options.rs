//! A grant as a host has collected it: one JSON object, for hosts to which calling a builder is dear.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use super::{BodyEncoding, ClientAuth, GrantBuilder};
use crate::{
    document::{Document, Read, Reader, Wrong, read_members, read_name},
    error::{Code, Error},
    url::ParseUrl,
};

struct Options {
    descriptor: String,
    variables: Pairs,
    endpoint: Option<String>,
    client_id: Option<String>,
    scopes: Vec<String>,
    audience: Option<String>,
    resource: Option<String>,
    parameters: Pairs,
    surface: Option<String>,
    api: Option<ApiOptions>,
    client_auth: Option<ClientAuth>,
    body: Option<BodyEncoding>,
}

/// The API that the token is for: a URL, or the API half of another provider.
enum ApiOptions {
    Url(String),
    Half(Box<Options>),
}

/// Texts by name.
#[derive(Default)]
struct Pairs(Vec<(String, String)>);

read_members!(Options {
    descriptor,
    variables = Pairs::default(),
    endpoint = None,
    client_id = None,
    scopes = Vec::new(),
    audience = None,
    resource = None,
    parameters = Pairs::default(),
    surface = None,
    api = None,
    client_auth = None,
    body = None,
});

read_name!(ClientAuth {
    "basic" Basic,
    "basic_raw" BasicRaw,
    "body" Body,
});

read_name!(BodyEncoding {
    "form" Form,
    "json" Json,
});

impl Read for ApiOptions {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        match document {
            Document::Object(_) => Self::Half(Box::new(Options::read(document, reader))),
            _ => Self::Url(String::read(document, reader)),
        }
    }
}

impl Read for Pairs {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        let members = reader.object(document);
        Self(reader.ordered(members))
    }
}

impl GrantBuilder {
    /// Reads a grant from a JSON object: `descriptor`, a text, and what else is set under the names of this builder's methods, such as
    /// `{"descriptor": "..", "variables": {"account": "acme"}, "api": "https://api.example.com"}`. `api` may be such an object itself, whose
    /// API half is taken.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidOption`] with the path of the member, and what is wrong with the API half.
    pub fn from_json(json: &str, parse: ParseUrl) -> Result<Self, Error> {
        let document: Document = serde_json::from_str(json).map_err(|_| refused("provider", "is no JSON object"))?;
        let options: Options = Reader::read(&document).map_err(|Wrong { path, reason }| refused(&path, &reason))?;
        options.builder(parse)
    }

    /// Does what [`GrantBuilder::client_auth`] does, by a name: `basic`, `basic_raw` or `body`.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidOption`] with the names that there are.
    pub fn client_auth_named(self, name: &str) -> Result<Self, Error> {
        Ok(self.client_auth(named("client_auth", name)?))
    }

    /// Does what [`GrantBuilder::body`] does, by a name: `form` or `json`.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidOption`] with the names that there are.
    pub fn body_named(self, name: &str) -> Result<Self, Error> {
        Ok(self.body(named("body", name)?))
    }
}

fn named<T: Read>(option: &str, name: &str) -> Result<T, Error> {
    Reader::read(&Document::Text(name.into())).map_err(|Wrong { reason, .. }| refused(option, &reason))
}

fn refused(path: &str, reason: &str) -> Error {
    Error::new(Code::InvalidOption).with_description(format!("{path}: {reason}"))
}

impl Options {
    fn builder(self, parse: ParseUrl) -> Result<GrantBuilder, Error> {
        let mut builder = GrantBuilder::custom(&self.descriptor);
        for (name, value) in self.variables.0 {
            builder = builder.variable(name, value);
        }
        builder.endpoint = self.endpoint;
        builder.client_id = self.client_id;
        builder.scopes = self.scopes;
        for (name, value) in [("audience", self.audience), ("resource", self.resource)] {
            if let Some(value) = value {
                builder.options.insert(name.into(), value);
            }
        }
        builder.parameters = self.parameters.0;
        builder.surface = self.surface;
        builder.client_auth = self.client_auth;
        builder.body = self.body;
        match self.api {
            Some(ApiOptions::Url(url)) => Ok(builder.api_url(url)),
            Some(ApiOptions::Half(half)) => Ok(builder.api(half.builder(parse)?.build(parse)?.api().clone())),
            None => Ok(builder),
        }
    }
}

#[cfg(all(test, feature = "url", feature = "builtin-providers"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by a panic")]
    use super::*;
    use crate::{provider::builtin, url};
    use alloc::string::ToString;
    use serde_json::{Value, json};

    fn descriptor(name: &str) -> &'static str {
        builtin::DESCRIPTORS.iter().find(|(other, _)| *other == name).unwrap().1
    }

    fn built(options: &Value) -> Result<crate::Grant, Error> {
        GrantBuilder::from_json(&options.to_string(), url::parse)?.build(url::parse)
    }

    #[test]
    fn an_object_makes_the_grant_that_the_builder_makes() {
        let options = json!({
            "descriptor": descriptor("oauth2"), "endpoint": "https://login.example/token", "client_id": "me", "scopes": ["a", "b"],
            "audience": "it", "parameters": { "p": "1" }, "api": "https://api.example/v1", "client_auth": "body", "body": "json",
        });
        let by_hand = GrantBuilder::custom(descriptor("oauth2"))
            .endpoint("https://login.example/token")
            .client_id("me")
            .scopes(["a", "b"])
            .audience("it")
            .parameter("p", "1")
            .api_url("https://api.example/v1")
            .client_auth(ClientAuth::Body)
            .body(BodyEncoding::Json);
        assert_eq!(built(&options).unwrap(), by_hand.build(url::parse).unwrap());
    }

    #[test]
    fn what_is_chosen_by_name_is_what_the_name_says() {
        let builder = || GrantBuilder::custom(descriptor("oauth2")).endpoint("https://login.example/token").api_url("https://api.example");
        let by_name = builder().client_auth_named("basic_raw").unwrap().body_named("json").unwrap();
        let by_hand = builder().client_auth(ClientAuth::BasicRaw).body(BodyEncoding::Json);
        assert_eq!(by_name.build(url::parse).unwrap(), by_hand.build(url::parse).unwrap());
    }

    #[test]
    fn a_choice_of_another_name_is_refused_with_those_that_there_are() {
        let refused = |chosen: Result<GrantBuilder, Error>| chosen.err().unwrap().to_string();
        let builder = || GrantBuilder::custom(descriptor("oauth2"));
        let said = [refused(builder().client_auth_named("digest")), refused(builder().body_named("xml"))];
        assert!(said[0].contains("client_auth: ") && said[0].contains("basic_raw"), "{said:?}");
        assert!(said[1].contains("body: ") && said[1].contains("form"), "{said:?}");
    }

    #[test]
    fn the_api_may_be_the_half_of_another_provider() {
        let api = json!({ "descriptor": descriptor("piwik_pro"), "variables": { "account": "acme.piwik.pro" } });
        let grant = built(&json!({ "descriptor": descriptor("broker"), "endpoint": "https://app.example/token", "api": api })).unwrap();
        assert_eq!(grant.api().base_url(), "https://acme.piwik.pro");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let text = descriptor("broker");
        for (options, said) in [
            (json!({}), "missing field `descriptor`"),
            (json!({ "descriptor": text, "variables": { "account": 5 } }), "variables.account: invalid type: a number, expected a string"),
            (json!({ "descriptor": text, "endpiont": "x" }), "endpiont: unknown field `endpiont`"),
            (json!({ "descriptor": text, "client_auth": "digest" }), "client_auth: unknown variant `digest`"),
            (json!({ "descriptor": text, "api": { "descriptor": text, "scopes": "a" } }), "api.scopes: invalid type"),
        ] {
            let error = built(&options).unwrap_err();
            assert_eq!(error.code, Code::InvalidOption);
            assert!(error.description().unwrap().contains(said), "{error}");
        }
        assert!(GrantBuilder::from_json("x", url::parse).unwrap_err().to_string().contains("provider: is no JSON object"));
    }
}
