//! Garbage in: an answer or a closed connection out, and the sandbox goes on.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::clients::{FORM, JSON, ask_didomi, ask_oro, ask_piwik_pro, client, sandbox, send, try_send};

#[tokio::test]
async fn garbage_on_the_wire_does_not_stop_it() {
    let sandbox = sandbox().await;
    for urls in [&sandbox.piwik_pro, &sandbox.didomi, &sandbox.oro, &sandbox.oauth2, &sandbox.elsewhere] {
        let address = urls.http.strip_prefix("http://").unwrap();
        for bytes in [
            b"\x16\x03\x01\x00\x00".as_slice(),
            b"GET\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
            b"POST /auth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
            b"POST /auth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort",
            b"\x00\x00\x00",
        ] {
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut answer = vec![];
            let _ = stream.read_to_end(&mut answer).await;
        }
    }
    assert_eq!(ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.status, 200);
    assert_eq!(ask_didomi(&sandbox, &sandbox.keys.didomi).await.status, 200);
    assert_eq!(ask_oro(&sandbox, &sandbox.keys.oro_back_office).await.status, 200);
    let idle = sandbox.control().idle();
    assert!(idle.idle, "{idle:?}");
}

#[tokio::test]
async fn strange_requests_get_an_answer() {
    let sandbox = sandbox().await;
    let deep = "[".repeat(100_000);
    for base in [&sandbox.piwik_pro.http, &sandbox.didomi.http, &sandbox.oro.http, &sandbox.oauth2.http, &sandbox.elsewhere.http] {
        for target in [
            "/auth/token",
            "/v1/sessions",
            "/oauth2-token",
            "/oauth2/token",
            "/broker/token",
            "/token",
            "/api",
            "/%2e%2e/%00",
            "//",
            "/shop",
            "/shopapi",
        ] {
            for (content_type, body) in
                [(JSON, deep.as_str()), (FORM, "%%%=&&&=%ff"), (JSON, r#"{"grant_type":{"a":[]},"type":1}"#), ("a;b;c", "x")]
            {
                let headers = [("content-type", content_type), ("authorization", "Basic %%%")];
                let reply = send("POST", &format!("{base}{target}"), &headers, body).await;
                assert!((200..500).contains(&reply.status), "{base}{target}: {}", reply.status);
            }
        }
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let sandbox = sandbox().await;
    let url = format!("{}/auth/token", sandbox.piwik_pro.http);
    let body = "x".repeat((8 << 20) + 1);
    // The server may close before the client has sent all, which some clients report as an error.
    if let Ok(reply) = try_send(&client(None, true), "POST", &url, &[("content-type", JSON)], &body).await {
        assert_eq!(reply.status, 413);
    }
    assert_eq!(sandbox.control().log(&evertoken_sandbox::LogQuery::default())[0].status, Some(413));
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let sandbox = sandbox().await;
    let port = sandbox.piwik_pro.http.rsplit(':').next().unwrap();
    let udp = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    // No packet is sent: this only asks which address would be used.
    if udp.connect("192.0.2.1:9").is_ok() {
        let address = udp.local_addr().unwrap().ip();
        assert!(tokio::net::TcpStream::connect(format!("{address}:{port}")).await.is_err(), "{address}");
    }
}
