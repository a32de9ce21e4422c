//! The grants whose servers answer: the built-in providers, the deviating ones of the fixtures, and one that reads every rate header.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, LazyLock},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use evertoken::{
    Credentials, Exchange, Grant, Instant, Next, Outcome, Policy, Provider, Response,
    provider::{GrantBuilder, builtin},
    url,
};
use serde::Deserialize;
use serde_json::value::RawValue;

/// 2025-11-21T08:00:00Z; the answer comes 250 ms later.
pub const SENT: Instant = Instant { mono: 5_000, wall: 1_763_712_000_000 };
pub const ARRIVED: Instant = Instant { mono: 5_250, wall: 1_763_712_000_250 };

/// A grant and credentials that must not be seen again.
pub struct Subject {
    pub name: String,
    pub grant: Arc<Grant>,
    pub credentials: Credentials,
    /// The credentials in every encoding in which a request may carry them.
    pub secrets: Vec<String>,
}

#[derive(Deserialize)]
struct Fixture {
    descriptor: Box<RawValue>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    scopes: Vec<String>,
    audience: Option<String>,
    resource: Option<String>,
}

static ALL: LazyLock<Vec<Subject>> = LazyLock::new(|| {
    let api = "https://api.example.com/v1";
    let mut all = vec![
        Subject::new("piwik_pro", builtin::piwik_pro("acme.piwik.pro")),
        Subject::new("didomi", builtin::didomi()),
        Subject::new("oro_back_office", builtin::oro_commerce("https://shop.example", builtin::OroSurface::BackOffice)),
        Subject::new("oro_storefront", builtin::oro_commerce("https://shop.example/fr", builtin::OroSurface::Storefront)),
        Subject::new("oro_platform", builtin::oro_platform("https://crm.example")),
        Subject::new("oauth2", builtin::oauth2("https://id.example.com/token").api_url(api)),
        Subject::new("broker", builtin::broker("https://www.example.com/token").api_url(api)),
        Subject::new("custom", GrantBuilder::custom(include_str!("custom.json"))),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/providers");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let fixture: Fixture = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let mut builder = GrantBuilder::custom(fixture.descriptor.get()).scopes(fixture.scopes);
        for (name, value) in fixture.variables {
            builder = builder.variable(name, value);
        }
        if let Some(audience) = fixture.audience {
            builder = builder.audience(audience);
        }
        if let Some(resource) = fixture.resource {
            builder = builder.resource(resource);
        }
        all.push(Subject::new(&file.file_stem().unwrap().to_string_lossy(), builder));
    }
    all
});

impl Subject {
    pub fn new(name: &str, builder: GrantBuilder) -> Self {
        let grant = builder.build(url::parse).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self::of(name, grant)
    }

    pub fn of(name: &str, grant: Grant) -> Self {
        let values = canaries(grant.provider());
        let secrets = encodings(&values.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>());
        Self { name: name.to_owned(), grant: Arc::new(grant), credentials: Credentials::new(values), secrets }
    }

    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// Returns the one of that name; another name stands for any one, always the same.
    pub fn named(name: &str) -> &'static Self {
        let any = || &ALL[name.bytes().map(usize::from).sum::<usize>() % ALL.len()];
        ALL.iter().find(|subject| subject.name == name).unwrap_or_else(any)
    }

    /// Runs one exchange to its end.
    pub fn exchange(&self, response: &Response, policy: &Policy) -> (Outcome, BTreeMap<String, String>) {
        let mut exchange = Exchange::new(Arc::clone(&self.grant), &self.credentials, SENT).unwrap().with_policy(policy);
        let Next::Send(_) = exchange.next() else { panic!("{} asks no server", self.name) };
        exchange.answer(ARRIVED, Ok(response.clone()));
        match exchange.next() {
            Next::Done(outcome) => (outcome, exchange.metadata().clone()),
            other => panic!("no end: {other:?}"),
        }
    }
}

/// Makes a credential of each that a provider asks for, with characters that every encoding writes differently.
pub fn canaries(provider: &Provider) -> Vec<(String, String)> {
    provider.credentials().iter().map(|field| (field.name.clone(), format!("canary/{}+1 9~", field.name))).collect()
}

fn encodings(values: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for value in values {
        all.push(value.clone());
        all.push(BASE64_STANDARD.encode(value));
        all.push(value.replace('/', "%2F").replace('+', "%2B").replace(' ', "+").replace('~', "%7E"));
        all.extend(values.iter().map(|second| BASE64_STANDARD.encode(format!("{value}:{second}"))));
    }
    all
}
