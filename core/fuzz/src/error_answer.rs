//! Answers of any status: each means a token or a failure of a class, and tells nothing that it must not.

use evertoken::{Class, Outcome};

use crate::{message::Message, properties, subject::Subject};

pub fn run(data: &[u8]) {
    let message = Message::read(data);
    let subject = Subject::named(message.subject);
    let Outcome::Failed { error, .. } = properties::answered(subject, &message.response()) else { return };
    let (class, status) = (error.class(), message.status);
    match status {
        300..400 => assert_eq!(class, Class::Configuration, "a redirect is refused: {error}"),
        429 => assert!(matches!(class, Class::Throttled | Class::Account | Class::Credentials | Class::Configuration), "{error}"),
        _ => {}
    }
    if BUILT_IN.contains(&subject.name.as_str()) && matches!(status, 500..600) {
        assert!(!class.is_terminal(), "a server's fault is not the user's: {error}");
    }
}

const BUILT_IN: [&str; 5] = ["piwik_pro", "didomi", "oro_back_office", "oauth2", "broker"];
