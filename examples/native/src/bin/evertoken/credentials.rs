//! The credentials, from the environment.

use evertoken::{
    Code, Error,
    provider::{CredentialField, Credentials, Provider},
};

/// Reads what the provider asks for; an error names every variable that is missing, and how credentials are made.
pub(crate) fn from_environment(provider: &Provider) -> Result<Credentials, Error> {
    read(provider, |name| std::env::var(name).ok())
}

fn read(provider: &Provider, lookup: impl Fn(&str) -> Option<String>) -> Result<Credentials, Error> {
    let found = |field: &CredentialField| lookup(&variable(field)).filter(|value| !value.is_empty());
    let missing: Vec<_> = provider.credentials().iter().filter(|field| found(field).is_none()).map(variable).collect();
    if missing.is_empty() {
        return Ok(Credentials::new(provider.credentials().iter().filter_map(|field| Some((field.name.clone(), found(field)?)))));
    }
    let mut fix = format!("Set {}.", missing.join(" and "));
    if let Some(create) = &provider.help().create {
        fix.push(' ');
        fix.push_str(create);
    }
    if provider.help().secret_shown_once {
        fix.push_str(" The secret is shown once.");
    }
    let description = format!("the environment has no {}", missing.join(" and no "));
    Err(Error::new(Code::MissingCredentials).with_description(description).with_fix(fix))
}

/// The variable of a credential: the one that the descriptor names, else `EVERTOKEN_` and the credential's name.
fn variable(field: &CredentialField) -> String {
    field.env.clone().unwrap_or_else(|| format!("EVERTOKEN_{}", field.name.to_ascii_uppercase()))
}
