//! Whose API is called: the options as a grant.

use std::path::Path;

use evertoken::{
    Code, Error,
    provider::{
        BodyEncoding, ClientAuth, Grant, GrantBuilder,
        builtin::{self, OroSurface},
    },
    url,
};

use crate::arguments::{Arguments, BodyName, ClientAuthName, ProviderName, Surface};

/// Makes the grant that the options describe.
pub(crate) fn grant(arguments: &Arguments) -> Result<Grant, Error> {
    let mut grant = begun(arguments)?;
    for (name, value) in &arguments.variables {
        grant = grant.variable(name, value);
    }
    if let Some(prefix) = &arguments.backend_prefix {
        grant = grant.variable("backend_prefix", prefix);
    }
    if let Some(endpoint) = &arguments.endpoint {
        grant = grant.endpoint(endpoint);
    }
    if let Some(api) = &arguments.api {
        grant = grant.api_url(api);
    }
    if !arguments.scope.is_empty() {
        grant = grant.scopes(&arguments.scope);
    }
    if let Some(audience) = &arguments.audience {
        grant = grant.audience(audience);
    }
    if let Some(client_auth) = arguments.client_auth {
        grant = grant.client_auth(match client_auth {
            ClientAuthName::Basic => ClientAuth::Basic,
            ClientAuthName::BasicRaw => ClientAuth::BasicRaw,
            ClientAuthName::Body => ClientAuth::Body,
        });
    }
    if let Some(body) = arguments.body {
        grant = grant.body(match body {
            BodyName::Form => BodyEncoding::Form,
            BodyName::Json => BodyEncoding::Json,
        });
    }
    grant.build(url::parse)
}

fn begun(arguments: &Arguments) -> Result<GrantBuilder, Error> {
    unused(arguments)?;
    let account = || needed(arguments.account.as_deref(), "account");
    Ok(match arguments.provider {
        ProviderName::PiwikPro => builtin::piwik_pro(account()?),
        ProviderName::Didomi => builtin::didomi(),
        ProviderName::OroCommerce => {
            let surface = match arguments.surface {
                Some(Surface::BackOffice) => OroSurface::BackOffice,
                Some(Surface::Storefront) => OroSurface::Storefront,
                None => return Err(refused("surface", "OroCommerce has two APIs: give --surface back-office or --surface storefront")),
            };
            builtin::oro_commerce(account()?, surface)
        }
        ProviderName::OroPlatform => builtin::oro_platform(account()?),
        ProviderName::Oauth2 => builtin::oauth2(needed(arguments.token_url.as_deref(), "token-url")?),
        ProviderName::Fixed => builtin::fixed(),
        ProviderName::Custom => {
            let Some(file) = &arguments.descriptor else { return Err(refused("descriptor", "this provider needs it")) };
            let json = String::from_utf8(read(file, "descriptor")?).map_err(|_| refused("descriptor", "the file is not UTF-8"))?;
            GrantBuilder::custom(&json)
        }
    })
}

/// Refuses an option that the provider would ignore in silence.
fn unused(arguments: &Arguments) -> Result<(), Error> {
    use ProviderName::{Custom, Oauth2, OroCommerce, OroPlatform, PiwikPro};
    let given = [
        ("account", arguments.account.is_some(), &[PiwikPro, OroCommerce, OroPlatform][..]),
        ("surface", arguments.surface.is_some(), &[OroCommerce]),
        ("backend-prefix", arguments.backend_prefix.is_some(), &[OroCommerce]),
        ("token-url", arguments.token_url.is_some(), &[Oauth2]),
        ("client-auth", arguments.client_auth.is_some(), &[Oauth2, Custom]),
        ("body", arguments.body.is_some(), &[Oauth2, Custom]),
        ("descriptor", arguments.descriptor.is_some(), &[Custom]),
        ("var", !arguments.variables.is_empty(), &[Custom]),
    ];
    match given.into_iter().find(|(_, given, providers)| *given && !providers.contains(&arguments.provider)) {
        Some((option, ..)) => {
            Err(refused(option, "this provider has no use for it").with_fix("Leave the option out; see evertoken --help."))
        }
        None => Ok(()),
    }
}

fn needed<'a>(value: Option<&'a str>, option: &str) -> Result<&'a str, Error> {
    value.ok_or_else(|| refused(option, "this provider needs it"))
}

pub(crate) fn read(file: &Path, option: &str) -> Result<Vec<u8>, Error> {
    std::fs::read(file).map_err(|error| refused(option, &format!("{}: {error}", file.display())))
}

pub(crate) fn refused(option: &str, reason: &str) -> Error {
    Error::new(Code::InvalidOption)
        .with_description(format!("--{option}: {reason}"))
        .with_fix("See evertoken --help for the options of each provider.")
}
