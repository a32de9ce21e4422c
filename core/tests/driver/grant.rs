//! What the tests' tokens are asked for; most transports here answer without looking at it.

use evertoken::{Credentials, Grant, provider::builtin, url};

pub(crate) fn grant() -> Grant {
    builtin::piwik_pro("acme.piwik.pro").build(url::parse).unwrap()
}

pub(crate) fn credentials() -> Credentials {
    Credentials::client("test-client", "obviously-not-a-secret")
}
