//! Each answer that a vendor documents, byte by byte. The texts are copied from the vendors' pages and sources.

use evertoken_sandbox::{Fault, Rule, Sandbox, Vendor};

use crate::clients::{FORM, JSON, JSON_API, sandbox, send};

const MALFORMED: &str = "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.";
const UNSUPPORTED: &str = r#"{"error":"unsupported_grant_type","error_description":"The authorization grant type is not supported by the authorization server.","hint":"Check that all required parameters have been provided","message":"The authorization grant type is not supported by the authorization server."}"#;
const ORO_CLIENT: &str =
    r#"{"error":"invalid_client","error_description":"Client authentication failed","message":"Client authentication failed"}"#;
const DIDOMI_400: &str = r#"{"code":400,"errors":{},"message":"Invalid authentication information","name":"BadRequest"}"#;

struct Row {
    what: &'static str,
    target: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
    status: u16,
    content_type: Option<&'static str>,
    answer: String,
    challenge: Option<&'static str>,
}

fn row(what: &'static str, target: &'static str, content_type: &str, body: &str) -> Row {
    let headers = if content_type.is_empty() { vec![] } else { vec![("content-type", content_type.to_owned())] };
    Row { what, target, headers, body: body.to_owned(), status: 0, content_type: None, answer: String::new(), challenge: None }
}

impl Row {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn gives(mut self, status: u16, content_type: &'static str, answer: &str) -> Self {
        (self.status, self.answer) = (status, answer.to_owned());
        self.content_type = (!content_type.is_empty()).then_some(content_type);
        self
    }

    fn challenges(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
        self
    }
}

async fn check(sandbox: &Sandbox, vendor: Vendor, method: &str, rows: Vec<Row>) {
    let key = match vendor {
        Vendor::PiwikPro => &sandbox.keys.piwik_pro,
        Vendor::Didomi => &sandbox.keys.didomi,
        _ => &sandbox.keys.oro_back_office,
    };
    for row in rows {
        let url = format!("{}{}", sandbox.urls(vendor).http, row.target);
        let headers: Vec<(&str, &str)> = row.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = row.body.replace("{id}", &key.id).replace("{secret}", &key.secret);
        let reply = send(method, &url, &headers, &body).await;
        assert_eq!((reply.status, reply.text()), (row.status, row.answer.as_str()), "{}", row.what);
        assert_eq!(reply.header("content-type"), row.content_type, "{}", row.what);
        assert_eq!(reply.header("www-authenticate"), row.challenge, "{}", row.what);
    }
}

fn missing(code: &str, name: &str) -> String {
    format!(r#"{{"error":"{code}","error_description":"{MALFORMED}","hint":"Check the `{name}` parameter","message":"{MALFORMED}"}}"#)
}

#[tokio::test]
async fn piwik_pro_refuses_token_requests_in_its_documented_words() {
    let sandbox = sandbox().await;
    let token = |what, content_type, body| row(what, "/auth/token", content_type, body);
    let wrong = r#"{"error":"invalid_client"}"#;
    let rows =
        vec![
            token("wrong secret", JSON, r#"{"grant_type":"client_credentials","client_id":"{id}","client_secret":"no"}"#)
                .gives(401, JSON, wrong),
            token("unknown id", JSON, r#"{"grant_type":"client_credentials","client_id":"no","client_secret":"{secret}"}"#)
                .gives(401, JSON, wrong),
            token("a secret with a space", JSON, r#"{"grant_type":"client_credentials","client_id":"{id}","client_secret":"{secret} "}"#)
                .gives(401, JSON, wrong),
            token("form, wrong secret", FORM, "grant_type=client_credentials&client_id={id}&client_secret=no").gives(401, JSON, wrong),
            token("no id", JSON, r#"{"grant_type":"client_credentials","client_secret":"{secret}"}"#).gives(
                400,
                JSON,
                &missing("invalid_client", "client_id"),
            ),
            token("no secret", JSON, r#"{"grant_type":"client_credentials","client_id":"{id}"}"#).gives(
                400,
                JSON,
                &missing("invalid_client", "client_secret"),
            ),
            token("an id that is no string", JSON, r#"{"grant_type":"client_credentials","client_id":7,"client_secret":"{secret}"}"#)
                .gives(400, JSON, &missing("invalid_client", "client_id")),
            token("another grant", JSON, r#"{"grant_type":"password","client_id":"{id}","client_secret":"{secret}"}"#).gives(
                400,
                JSON,
                UNSUPPORTED,
            ),
            token("no grant", JSON, r#"{"client_id":"{id}","client_secret":"{secret}"}"#).gives(400, JSON, UNSUPPORTED),
            token("not JSON", JSON, "{").gives(400, JSON, UNSUPPORTED),
            token("a JSON list", JSON, "[]").gives(400, JSON, UNSUPPORTED),
            token(
                "JSON without its content type",
                "text/plain",
                r#"{"grant_type":"client_credentials","client_id":"{id}","client_secret":"{secret}"}"#,
            )
            .gives(400, JSON, UNSUPPORTED),
            token("nothing", "", "").gives(400, JSON, UNSUPPORTED),
        ];
    check(&sandbox, Vendor::PiwikPro, "POST", rows).await;
    check(&sandbox, Vendor::PiwikPro, "GET", vec![token("GET", "", "").gives(405, "", "")]).await;
}

#[tokio::test]
async fn piwik_pro_modules_refuse_a_bad_token_each_in_its_own_way() {
    let sandbox = sandbox().await;
    let tag = r#"{"errors":[{"code":"UNAUTHORIZED_ERROR","detail":"Access token not authorized"}]}"#;
    let analytics = r#"{"errors":[{"status":"401","detail":"No valid credentials provided."}]}"#;
    let tracker = r#"{"errors":[{"status":"403","code":"not_authenticated","title":"Authentication credentials were not provided."}]}"#;
    let users = r#"{"errors":[{"status":"403","title":"Forbidden","code":"error.default"}]}"#;
    let message = r#"{"message":"Unauthorized"}"#;
    let faq = |detail: &str| format!(r#"{{"errors":[{{"status":"401","title":"Unauthorized","detail":"{detail}"}}]}}"#);
    let api = |target| row(target, target, "", "").with("authorization", "Bearer bad");
    let rows = vec![
        api("/api/tag/v1/app/tags").gives(401, JSON_API, tag),
        api("/api/container-settings/v1/app/settings").gives(401, JSON_API, tag),
        api("/api/analytics/v1/query").gives(401, JSON, analytics),
        api("/api/analytics/v1/manage/goals").gives(401, JSON, analytics),
        api("/api/cdp/settings/v1/enum").gives(401, "text/plain", ""),
        api("/api/tracker/v1/settings").gives(401, "text/plain", ""),
        api("/api/access-control/v2/global/actions").gives(401, "", ""),
        api("/api/user-groups/v1").gives(401, "", ""),
        api("/api/meta-sites/v1").gives(401, "", ""),
        api("/api/audit-log/v1/entries").gives(401, JSON, message),
        api("/api/modules/v1").gives(401, JSON, message),
        api("/api/tracker/v2/settings/app").gives(403, JSON_API, tracker),
        api("/api/users/v2").gives(403, JSON_API, users),
        api("/api/apps/v2?limit=1").gives(401, JSON_API, &faq("access token not authorized")),
        row("no token", "/api/apps/v2", "", "").gives(401, JSON_API, &faq("JWT not found")),
    ];
    check(&sandbox, Vendor::PiwikPro, "GET", rows).await;
}

#[tokio::test]
async fn didomi_answers_bad_credentials_with_400_and_a_bad_token_with_401() {
    let sandbox = sandbox().await;
    let utf8 = "application/json; charset=utf-8";
    let session = |what, content_type, body| row(what, "/v1/sessions", content_type, body).gives(400, utf8, DIDOMI_400);
    let rows = vec![
        session("wrong secret", JSON, r#"{"type":"api-key","key":"{id}","secret":"no"}"#),
        session("unknown key", JSON, r#"{"type":"api-key","key":"no","secret":"{secret}"}"#),
        session("another type", JSON, r#"{"type":"email","key":"{id}","secret":"{secret}"}"#),
        session("no type", JSON, r#"{"key":"{id}","secret":"{secret}"}"#),
        session("a form", FORM, "type=api-key&key={id}&secret={secret}"),
        session("nothing", "", ""),
    ];
    check(&sandbox, Vendor::Didomi, "POST", rows).await;
    let bad = r#"{"code":401,"errors":{},"message":"Invalid authentication token","name":"NotAuthenticated"}"#;
    let rows = vec![
        row("no token", "/v1/properties", "", "").gives(401, utf8, bad),
        row("bad token", "/v1/properties", "", "").with("authorization", "Bearer bad").gives(401, utf8, bad),
    ];
    check(&sandbox, Vendor::Didomi, "GET", rows).await;
}

#[tokio::test]
async fn oro_refuses_token_requests_in_its_documented_words() {
    let sandbox = sandbox().await;
    let token = |what, content_type, body| row(what, "/oauth2-token", content_type, body);
    let wrong_secret = r#"{"grant_type":"client_credentials","client_id":"{id}","client_secret":"no"}"#;
    let scope = "The requested scope is invalid, unknown, or malformed";
    let rows = vec![
        token("wrong secret", JSON, wrong_secret).gives(401, JSON, ORO_CLIENT),
        token("no secret", JSON, r#"{"grant_type":"client_credentials","client_id":"{id}"}"#).gives(401, JSON, ORO_CLIENT),
        token("empty id", JSON, r#"{"grant_type":"client_credentials","client_id":"","client_secret":"{secret}"}"#)
            .gives(401, JSON, ORO_CLIENT),
        token("no id", JSON, r#"{"grant_type":"client_credentials","client_secret":"{secret}"}"#).gives(
            400,
            JSON,
            &missing("invalid_request", "client_id"),
        ),
        token("JSON:API", JSON_API, r#"{"grant_type":"client_credentials","client_id":"{id}","client_secret":"{secret}"}"#).gives(
            400,
            JSON,
            UNSUPPORTED,
        ),
        token("another grant", FORM, "grant_type=x&client_id={id}&client_secret={secret}").gives(400, JSON, UNSUPPORTED),
        token("a scope", FORM, "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=x+y").gives(
            400,
            JSON,
            &format!(r#"{{"error":"invalid_scope","error_description":"{scope}","hint":"Check the `x` scope","message":"{scope}"}}"#),
        ),
        token("wrong Basic", FORM, "grant_type=client_credentials")
            .with("authorization", "Basic eDp5")
            .gives(401, JSON, ORO_CLIENT)
            .challenges(r#"Basic realm="OAuth""#),
        token("wrong body beside another header", JSON, wrong_secret)
            .with("authorization", "Bearer x")
            .gives(401, JSON, ORO_CLIENT)
            .challenges(r#"Basic realm="OAuth""#),
    ];
    check(&sandbox, Vendor::Oro, "POST", rows).await;
}

#[tokio::test]
async fn oro_challenges_only_a_call_without_a_token() {
    let sandbox = sandbox().await;
    let rows = vec![
        row("no token", "/admin/api/users", "", "").gives(401, "", "").challenges("Bearer"),
        row("bad token", "/admin/api/users", "", "").with("authorization", "Bearer bad").gives(401, "", ""),
        row("lower case", "/admin/api/users", "", "").with("authorization", "bearer bad").gives(401, "", "").challenges("Bearer"),
        row("in the query", "/admin/api/users?access_token=x", "", "").gives(401, "", "").challenges("Bearer"),
        row("storefront", "/api/products", "", "").with("authorization", "Bearer bad").gives(401, "", ""),
    ];
    check(&sandbox, Vendor::Oro, "GET", rows).await;
}

#[tokio::test]
async fn every_documented_answer_can_be_asked_for_by_name() {
    let sandbox = sandbox().await;
    let encryption = r#"{"error":"no_encryption_key","error_description":"The encryption key does not exist.","message":"The encryption key does not exist."}"#;
    let refresh =
        r#"{"error":"invalid_request","error_description":"The refresh token is invalid.","message":"The refresh token is invalid."}"#;
    let user = r#"{"error":"invalid_grant","error_description":"The user credentials were incorrect.","message":"The user credentials were incorrect."}"#;
    let maintenance =
        r#"{"errors":[{"code":"SERVICE_UNAVAILABLE","detail":"Maintenance mode enabled for organization (organization: default)"}]}"#;
    let analytics = r#"{"errors":[{"status":"403","detail":"No valid license found."}]}"#;
    let users = r#"{"errors":[{"status":"403","title":"Forbidden","code":"error.default"}]}"#;
    let rows = [
        (
            Vendor::PiwikPro,
            "licence",
            "/auth/token",
            402,
            Some(JSON),
            r#"{"code":402,"message":"There is no active license for \"default\" organization"}"#,
        ),
        (Vendor::PiwikPro, "invalid_client_400", "/auth/token", 400, Some(JSON), r#"{"error":"invalid_client"}"#),
        (Vendor::PiwikPro, "unsupported_grant_type", "/auth/token", 400, Some(JSON), UNSUPPORTED),
        (Vendor::PiwikPro, "forbidden", "/api/users/v2", 403, Some(JSON_API), users),
        (Vendor::PiwikPro, "forbidden", "/api/apps/v2", 403, None, ""),
        (Vendor::PiwikPro, "forbidden", "/api/analytics/v1/manage/goals", 403, None, ""),
        (Vendor::PiwikPro, "forbidden", "/api/analytics/v1/query", 403, Some(JSON), analytics),
        (Vendor::PiwikPro, "forbidden", "/api/cdp/profiles", 403, Some("text/plain"), "403 forbidden"),
        (Vendor::PiwikPro, "module_disabled", "/api/cdp/x", 402, Some("text/plain"), "Module disabled."),
        (Vendor::PiwikPro, "quota", "/api/cdp/x", 429, Some("text/plain"), "API Quota Exhaustion"),
        (Vendor::PiwikPro, "maintenance", "/api/tag/v1", 503, Some(JSON_API), maintenance),
        (Vendor::Oro, "no_encryption_key", "/oauth2-token", 401, Some(JSON), encryption),
        (Vendor::Oro, "refresh_token", "/oauth2-token", 401, Some(JSON), refresh),
        (Vendor::Oro, "invalid_grant", "/oauth2-token", 400, Some(JSON), user),
        (Vendor::Didomi, "bad_credentials", "/v1/sessions", 400, Some("application/json; charset=utf-8"), DIDOMI_400),
    ];
    for (vendor, name, target, status, content_type, body) in rows {
        let fault = Fault::Documented { name: name.to_owned() };
        let is_token = ["/auth/token", "/oauth2-token", "/v1/sessions"].contains(&target);
        let rule = if is_token { Rule::token(fault) } else { Rule::api(fault) };
        sandbox.control().add_fault(vendor, rule.times(1)).unwrap();
        let reply = send("POST", &format!("{}{target}", sandbox.urls(vendor).http), &[], "").await;
        assert_eq!((reply.status, reply.header("content-type"), reply.text()), (status, content_type, body), "{name} at {target}");
        assert_eq!(reply.header("www-authenticate"), None, "{name}");
    }
    let unknown = Rule::token(Fault::Documented { name: "no such answer".to_owned() });
    let refused = sandbox.control().add_fault(Vendor::Didomi, unknown).unwrap_err();
    assert_eq!(refused.to_string(), "invalid: didomi documents: bad_credentials, unauthorized, too_many_requests");
}
