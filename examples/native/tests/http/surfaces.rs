use evertoken::{Code, provider::builtin::OroSurface};
use evertoken_native::Error;
use evertoken_sandbox::Vendor;

use crate::stage::{SECOND, Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_for_the_other_surface_costs_few_requests_and_the_answer_carries_a_hint() {
    let stage = Stage::open().await;
    // The application was made for the back-office; the storefront rejects its tokens with an empty 401.
    let client = stage.oro(OroSurface::Storefront, &stage.sandbox.keys.oro_back_office);
    client.source().headers().await.unwrap();
    stage.advance(12 * SECOND);
    for call in 0..50 {
        let answer = client.get("/api/products").send().await.unwrap();
        assert_eq!(answer.status(), 401, "call {call}");
        let hint = answer.hint().unwrap();
        assert!(hint.contains("storefront API"), "{hint}");
        stage.advance(12 * SECOND);
    }
    // Ten minutes of calls: the time between two forced refreshes grows from one minute to five.
    let requests = stage.token_requests(Vendor::Oro);
    assert!((2..=6).contains(&requests), "{requests} token requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_of_the_other_surface_is_refused_before_anything_is_sent() {
    let stage = Stage::open().await;
    let client = stage.oro(OroSurface::BackOffice, &stage.sandbox.keys.oro_back_office);
    let Error::Token(error) = client.get("/api/products").send().await.unwrap_err() else { panic!("it must not be sent") };
    assert_eq!(error.code, Code::OriginNotAllowed);
    assert!(error.fix().contains("storefront"), "{error}");
    assert_eq!(stage.token_requests(Vendor::Oro) + stage.api_calls(Vendor::Oro), 0);
    assert_eq!(client.get("/admin/api/users").send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_below_a_folder_is_called_by_the_paths_of_the_documentation() {
    let stage = Stage::open().await;
    let grant = evertoken::provider::builtin::oro_commerce(&stage.sandbox.oro_below_folder.http, OroSurface::BackOffice);
    let client = stage.client(grant, crate::stage::client_credentials(&stage.sandbox.keys.oro_back_office));
    assert_eq!(client.get("/admin/api/users").send().await.unwrap().status(), 200);
    assert_eq!(stage.log(Vendor::Oro, evertoken_sandbox::Kind::Token)[0].request.path(), "/shop/oauth2-token");
    assert_eq!(stage.log(Vendor::Oro, evertoken_sandbox::Kind::Api)[0].request.path(), "/shop/admin/api/users");
}
