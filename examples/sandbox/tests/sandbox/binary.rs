//! The program around the library.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::clients::{client, send, try_send};

fn start(arguments: &[&str]) -> (Child, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evertoken-sandbox"));
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).expect("a line");
    (child, serde_json::from_str(&line).expect("one line of JSON"))
}

fn ends(child: &mut Child) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(5) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    false
}

#[tokio::test]
async fn it_says_where_it_is_in_one_line_and_stops_when_its_input_closes() {
    let (mut child, line) = start(&[]);
    let url = |name: &str, scheme: &str| line[name][scheme].as_str().expect("a URL").to_owned();
    for name in ["piwik_pro", "didomi", "oro", "oro_below_folder", "oauth2", "elsewhere"] {
        assert!(url(name, "http").starts_with("http://127.0.0.1:"), "{name}");
        assert!(url(name, "https").starts_with("https://localhost:"), "{name}");
    }
    let ca_file = line["ca_pem_file"].as_str().unwrap();
    let ca_pem = std::fs::read_to_string(ca_file).expect("the CA file");
    let key = &line["keys"]["piwik_pro"];
    let body = format!(r#"{{"grant_type":"client_credentials","client_id":{},"client_secret":{}}}"#, key["id"], key["secret"]);
    let target = format!("{}/auth/token", url("piwik_pro", "https"));
    let reply = try_send(&client(Some(&ca_pem), false), "POST", &target, &[("content-type", "application/json")], &body).await.unwrap();
    assert_eq!(reply.status, 200);
    let control = line["control"].as_str().unwrap();
    assert_eq!(send("GET", control, &[], "").await.json(), line);

    assert!(child.try_wait().unwrap().is_none());
    drop(child.stdin.take());
    assert!(ends(&mut child));
    let mut rest = String::new();
    child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    assert!(!std::path::Path::new(ca_file).exists(), "it cleans up");
}

#[cfg(unix)]
#[test]
fn it_stops_at_sigterm() {
    let (mut child, _) = start(&["--keep"]);
    drop(child.stdin.take());
    std::thread::sleep(Duration::from_millis(50));
    assert!(child.try_wait().unwrap().is_none(), "--keep outlives its input");
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(ends(&mut child));
}

#[test]
fn it_explains_its_arguments() {
    let output = Command::new(env!("CARGO_BIN_EXE_evertoken-sandbox")).arg("--nonsense").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("usage: evertoken-sandbox"));
}

#[test]
fn a_sandbox_in_process_stops_when_it_is_dropped() {
    let sandbox = evertoken_sandbox::Sandbox::start_blocking(evertoken_sandbox::Options::default()).unwrap();
    let address = sandbox.piwik_pro.http.strip_prefix("http://").unwrap().to_owned();
    let ca_file = sandbox.ca_pem_file.clone();
    let mut open = std::net::TcpStream::connect(&address).expect("it listens");
    drop(sandbox);
    // Its port may be another sandbox's by now: what tells is the connection that it had.
    assert!(matches!(std::io::Read::read(&mut open, &mut [0]), Ok(0) | Err(_)));
    assert!(!ca_file.exists());
}
