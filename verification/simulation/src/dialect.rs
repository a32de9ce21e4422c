//! How each vendor's token endpoint and API speak, written down from their documentation.

use std::time::{Duration, UNIX_EPOCH};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use evertoken::{
    Credentials, Error, Grant, Request, Response,
    provider::builtin::{self, OroSurface},
    url,
};
use serde_json::{Value, json};

use crate::plan::{After, Dialect};

impl Dialect {
    /// Returns the grant of a client at these servers.
    ///
    /// # Errors
    /// A built-in provider that does not build, which is a fault of the simulation.
    pub fn grant(self, client: &str) -> Result<Grant, Error> {
        let credentials = self.credentials(client, 0);
        let builder = match self {
            Self::PiwikPro => builtin::piwik_pro("acme.piwik.pro"),
            Self::Didomi => builtin::didomi(),
            Self::OroCommerce => builtin::oro_commerce("https://shop.example", OroSurface::BackOffice),
            Self::Oauth2 => builtin::oauth2("https://id.example/token").api_url("https://api.example/v2"),
        };
        builder.identified_by(&credentials).build(url::parse)
    }

    /// Returns the credentials of a client with one of its keys.
    #[must_use]
    pub fn credentials(self, client: &str, key: u32) -> Credentials {
        let secret = format!("made-up-secret-{key}");
        match self {
            Self::Didomi => Credentials::key(client, secret),
            Self::PiwikPro | Self::OroCommerce | Self::Oauth2 => Credentials::client(client, secret),
        }
    }

    /// Reads a token request as the vendor does: which client shows which key; an error says what no vendor would take.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn read(self, request: &Request) -> Result<(String, Option<u32>), String> {
        let address = match self {
            Self::PiwikPro => "https://acme.piwik.pro/auth/token",
            Self::Didomi => "https://api.didomi.io/v1/sessions",
            Self::OroCommerce => "https://shop.example/oauth2-token",
            Self::Oauth2 => "https://id.example/token",
        };
        if request.method() != "POST" || request.url() != address {
            return Err(format!("{} {}", request.method(), request.url()));
        }
        if request.headers().any(|(_, value)| value.starts_with("Bearer ")) {
            return Err("a token goes to the token endpoint".into());
        }
        let body = request.body().unwrap_or_default();
        let content_type = request.header("content-type").unwrap_or_default();
        if self == Self::Oauth2 {
            if content_type != "application/x-www-form-urlencoded" || body != b"grant_type=client_credentials" {
                return Err(format!("{content_type}: {}", String::from_utf8_lossy(body)));
            }
            let basic = request.header("authorization").and_then(|value| value.strip_prefix("Basic ")).unwrap_or_default();
            let pair = base64::prelude::BASE64_STANDARD.decode(basic).unwrap_or_default();
            let pair = String::from_utf8_lossy(&pair).into_owned();
            let (client, secret) = pair.split_once(':').ok_or("no Basic authentication")?;
            return Ok((client.into(), key_of(secret)));
        }
        let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let (constant, id, secret) = match self {
            Self::Didomi => (("type", "api-key"), "key", "secret"),
            Self::PiwikPro | Self::OroCommerce | Self::Oauth2 => (("grant_type", "client_credentials"), "client_id", "client_secret"),
        };
        if content_type != "application/json" || body[constant.0] != constant.1 || body.as_object().is_none_or(|body| body.len() != 3) {
            return Err(format!("{content_type}: {} members", body.as_object().map_or(0, serde_json::Map::len)));
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Ok((text(id), key_of(&text(secret))))
    }

    /// Makes a token's text; Didomi's says how long it lives.
    #[must_use]
    pub fn token(self, name: &str, lifetime_ms: u64, server_ms: u64) -> String {
        if self != Self::Didomi {
            return name.into();
        }
        let claims = json!({ "jti": name, "iat": seconds(server_ms), "exp": seconds(server_ms + lifetime_ms) });
        format!("eyJhbGciOiJub25lIn0.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    /// Grants a token.
    #[must_use]
    pub fn grants(self, token: &str, lifetime_ms: u64) -> Response {
        let body = match self {
            Self::PiwikPro | Self::OroCommerce => {
                json!({ "token_type": "Bearer", "expires_in": seconds(lifetime_ms), "access_token": token })
            }
            Self::Didomi => json!({ "access_token": token }),
            Self::Oauth2 => json!({ "access_token": token, "token_type": "bearer", "expires_in": seconds(lifetime_ms).to_string() }),
        };
        answer(200, &body)
    }

    /// Refuses a key.
    #[must_use]
    pub fn refuses(self) -> Response {
        match self {
            Self::PiwikPro | Self::OroCommerce => {
                answer(401, &json!({ "error": "invalid_client", "error_description": "Client authentication failed" }))
            }
            Self::Didomi => answer(400, &json!({ "name": "BadRequest", "message": "Invalid authentication information", "code": 400 })),
            Self::Oauth2 => answer(401, &json!({ "error": "invalid_client" })),
        }
    }

    /// Fails for a while.
    #[must_use]
    pub fn fails(self, status: u16) -> Response {
        match self {
            Self::OroCommerce if status == 500 => answer(401, &json!({ "error": "no_encryption_key" })),
            _ => Response::new(status, b"<html>out of order</html>".to_vec()),
        }
    }

    /// Asks for fewer requests.
    #[must_use]
    pub fn throttles(self, after: After, server_ms: u64) -> Response {
        let response = answer(429, &json!({ "name": "TooManyRequests", "message": "slow down" }));
        match after {
            After::Unsaid => response,
            After::Seconds(s) if self == Self::Didomi => {
                response.with_header("RateLimit", format!("limit=10, remaining=0, reset={s}")).with_header("Retry-After", s.to_string())
            }
            After::Seconds(s) => response.with_header("Retry-After", s.to_string()),
            After::Tenths(tenths) => response.with_header("Retry-After", format!("{}.{}", tenths / 10, tenths % 10)),
            After::Date(s) => {
                let date = |ms: u64| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(ms));
                response.with_header("Date", date(server_ms)).with_header("Retry-After", date(server_ms + u64::from(s) * 1_000))
            }
        }
    }

    /// Answers nonsense.
    #[must_use]
    pub fn nonsense(self, kind: u8) -> Response {
        match kind % 8 {
            0 => Response::new(200, b"<html>welcome</html>".to_vec()),
            1 => Response::new(200, b"{\"access_token\":\"abc".to_vec()),
            2 => answer(200, &json!({ "access_token": "line\r\nbreak", "expires_in": 60 })),
            3 => answer(200, &json!({ "expires_in": 60 })),
            4 => Response::new(200, vec![b' '; 1_048_577]),
            5 => Response::new(200, vec![0xff, 0xfe, 0x00]),
            6 => answer(200, &json!({ "access_token": ["not", "a", "text"], "expires_in": 60 })),
            _ => Response::new(200, format!("{}1{}", "[".repeat(500), "]".repeat(500)).into_bytes()),
        }
    }

    /// Answers an API's request with a bad token; `nth` chooses among the vendor's shapes.
    #[must_use]
    pub fn rejects(self, nth: u64) -> Response {
        match (self, nth % 3) {
            (Self::PiwikPro, 0) => {
                answer(403, &json!({ "errors": [{ "status": "403", "code": "not_authenticated" }] })).with_header("Content-Length", "55")
            }
            (Self::PiwikPro, 1) => answer(401, &json!({ "errors": [{ "code": "UNAUTHORIZED_ERROR" }] })),
            (Self::Didomi, _) => answer(401, &json!({ "name": "NotAuthenticated", "code": 401 })),
            _ => Response::new(401, Vec::new()).with_header("WWW-Authenticate", "Bearer"),
        }
    }
}

fn key_of(secret: &str) -> Option<u32> {
    secret.strip_prefix("made-up-secret-")?.parse().ok()
}

/// Milliseconds as the seconds of a JSON number; multiples of 125 ms are exact.
fn seconds(ms: u64) -> Value {
    if ms.is_multiple_of(1_000) { json!(ms / 1_000) } else { json!(Duration::from_millis(ms).as_secs_f64()) }
}

fn answer(status: u16, body: &Value) -> Response {
    Response::new(status, body.to_string().into_bytes()).with_header("Content-Type", "application/json")
}
