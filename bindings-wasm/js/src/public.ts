export {
    AccountError,
    CancelledError,
    ConfigurationError,
    CredentialsError,
    DeadlineError,
    EvertokenError,
    ProtocolError,
    ThrottledError,
    TransientError,
    TransportError,
} from "./errors.js";
export { broker, custom, didomi, fixed, oauth2, oroCommerce, oroPlatform, piwikPro } from "./providers.js";
