use evertoken::Code;
use evertoken_native::Error;
use evertoken_sandbox::{Fault, Kind, Rule, Vendor};

use crate::stage::Stage;

async fn refused(stage: &Stage, status: u16, location: String) -> evertoken::Error {
    stage.fault(Vendor::PiwikPro, Rule::token(Fault::Redirect { status, location }));
    let client = stage.piwik_pro();
    match client.get("/api/apps/v2").send().await.unwrap_err() {
        Error::Token(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_endpoint_that_points_to_another_origin_is_not_followed_and_the_error_says_where_it_pointed() {
    for status in [301, 302, 303, 307, 308] {
        let stage = Stage::open().await;
        let location = format!("{}/token?secret=query", stage.sandbox.elsewhere.http);
        let error = refused(&stage, status, location).await;
        assert_eq!((error.code, error.status()), (Code::RedirectRefused, Some(status)));
        let description = error.description().unwrap();
        assert!(description.contains(&format!("{}/token", stage.sandbox.elsewhere.http)), "{description}");
        assert!(!error.to_string().contains("secret=query"), "{error}");

        assert_eq!(stage.token_requests(Vendor::PiwikPro), 1);
        let elsewhere = [Kind::Token, Kind::Api].map(|kind| stage.log(Vendor::Elsewhere, kind).len());
        assert_eq!(elsewhere, [0, 0], "the secret was sent nowhere else");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_endpoint_that_points_to_another_path_of_its_own_is_not_followed_either() {
    let stage = Stage::open().await;
    let error = refused(&stage, 308, "/auth/token/".to_owned()).await;
    assert_eq!(error.code, Code::RedirectRefused);
    assert!(error.description().unwrap().contains("/auth/token/"), "{error}");
    assert_eq!(stage.token_requests(Vendor::PiwikPro) + stage.api_calls(Vendor::PiwikPro), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn didomis_redirect_from_http_to_https_is_refused() {
    let stage = Stage::open().await;
    stage.control().change_settings(Vendor::Didomi, |settings| settings.redirect_http = true);
    let Error::Token(error) = stage.didomi().get("/v1/properties").send().await.unwrap_err() else { panic!("there is no token") };
    assert_eq!((error.code, error.status()), (Code::RedirectRefused, Some(301)));
    assert!(error.to_string().contains(&stage.sandbox.didomi.https), "{error}");
}
