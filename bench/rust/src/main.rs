//! Measures evertoken beside tame-oauth and google-cloud-auth in one run and prints the tables of `docs/results.md`.
//!
//! Nothing here is a test: a machine under other load shows other times, and the ratios are what to look at.

mod behaviour;
mod callgrind;
mod contender;
mod hot;
mod peers;
mod server;
mod table;

use std::time::Duration;

use futures::FutureExt;
use rsa::pkcs8::EncodePrivateKey;

use crate::{
    behaviour::{Phase, row},
    contender::{Contender, NAMES},
    server::Server,
    table::Row,
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["loop", name, calls] => run_loop(&runtime, name, calls.parse().expect("a number")),
        ["header"] => runtime.block_on(header(&private_key())),
        [] => runtime.block_on(run()),
        _ => {
            eprintln!("usage: evertoken-bench [header]");
            std::process::exit(2);
        }
    }
}

async fn run() {
    eprintln!("making a key for tame-oauth ..");
    let key = private_key();
    header(&key).await;
    print_behaviour(&key).await;
}

/// The cost of a cached header, in time and in instructions.
async fn header(key: &str) {
    eprintln!("cached header: times ..");
    let cached = Server::start(3_600).await.expect("a server");
    cached.behave(|behaviour| behaviour.latency = Duration::ZERO);
    let contenders = hot_contenders(&cached.url, key).await;
    let costs = tokio::task::block_in_place(|| hot::measure(&contenders));
    eprintln!("cached header: instructions ..");
    let environment = [("BENCH_SERVER", cached.url.as_str()), ("BENCH_KEY", key)];
    let instructions: Vec<Result<u64, String>> =
        tokio::task::block_in_place(|| contenders.iter().map(|contender| callgrind::instructions(contender.name, &environment)).collect());
    print_hot(&contenders, &costs, &instructions);
}

/// The ways to a cached header; the first is the baseline of the references, the second of the owned ones.
async fn hot_contenders(server_url: &str, key: &str) -> Vec<hot::Contender> {
    let mut all = tame_contenders(server_url, key).await;
    all.extend(google_contenders(server_url).await);
    all.extend(our_contenders(server_url).await);
    all
}

async fn tame_contenders(server_url: &str, key: &str) -> Vec<hot::Contender> {
    let tame = peers::Tame::new(&format!("{server_url}/token"), key);
    tame.token().await.expect("a token");
    let header = tame.clone();
    vec![
        hot::Contender::new("tame-oauth: token", move || tame.cached()),
        hot::Contender::new("tame-oauth: HeaderValue", move || header.cached_header()),
    ]
}

async fn google_contenders(server_url: &str) -> Vec<hot::Contender> {
    let google = peers::Google::new(&format!("{server_url}/token"));
    google.headers().await.expect("headers");
    vec![hot::Contender::new("google-cloud-auth: HeaderMap", move || google.headers().now_or_never().expect("cached").expect("headers"))]
}

async fn our_contenders(server_url: &str) -> Vec<hot::Contender> {
    let client = contender::ours(server_url);
    client.source().headers().await.expect("a token");
    let (reference, owned, polled) = (client.clone(), client.clone(), client);
    vec![
        hot::Contender::new("evertoken: by reference", move || reference.source().with_header(|_, value| value.len()).expect("fresh")),
        hot::Contender::new("evertoken: owned snapshot", move || owned.source().snapshot().expect("fresh")),
        hot::Contender::new("evertoken: headers().await", move || {
            polled.source().headers().now_or_never().expect("cached").expect("a token")
        }),
        hot::Contender::new("limit: both coarse clocks", || evertoken::driver::Clock::now(&evertoken::driver::SystemClock)),
        hot::Contender::new("limit: Instant and SystemTime", || (std::time::Instant::now(), std::time::SystemTime::now())),
    ]
}

/// What callgrind runs: one contender's cached header, this many times.
fn run_loop(runtime: &tokio::runtime::Runtime, name: &str, calls: u64) {
    let server = std::env::var("BENCH_SERVER").expect("BENCH_SERVER");
    let key = std::env::var("BENCH_KEY").expect("BENCH_KEY");
    // Only what is counted is set up: not every peer's cryptography runs under valgrind.
    let contenders = runtime.block_on(async {
        match name.split(':').next() {
            Some("tame-oauth") => tame_contenders(&server, &key).await,
            Some("google-cloud-auth") => google_contenders(&server).await,
            _ => our_contenders(&server).await,
        }
    });
    let contender = contenders.iter().find(|contender| contender.name == name).expect("a contender");
    (contender.run)(calls);
}

fn print_hot(contenders: &[hot::Contender], costs: &[hot::Cost], instructions: &[Result<u64, String>]) {
    let baseline = |name: &str| if name.contains("reference") { costs[0].ns } else { costs[1].ns };
    let rows: Vec<Row> = contenders
        .iter()
        .zip(costs)
        .zip(instructions)
        .map(|((contender, cost), instructions)| {
            let goal = match contender.name {
                "evertoken: by reference" => table::goal("25 ns, scaling 1.9", cost.ns <= 25.0 && cost.scaling >= 1.9),
                "evertoken: owned snapshot" => table::goal("50 ns, scaling 1.9", cost.ns <= 50.0 && cost.scaling >= 1.9),
                _ => String::new(),
            };
            let ratio = if contender.name.starts_with("evertoken") {
                format!("{:.1} x faster", baseline(contender.name) / cost.ns)
            } else {
                String::new()
            };
            let count = instructions.as_ref().map_or_else(|error| format!("none: {error}"), ToString::to_string);
            Row {
                measure: contender.name.into(),
                cells: vec![format!("{:.1}", cost.ns), ratio, format!("{:.2}", cost.scaling), count],
                goal,
            }
        })
        .collect();
    table::print("Cached header", &["ns", "against tame-oauth's like", "1 to 2 threads", "instructions"], &rows);
}

async fn print_behaviour(key: &str) {
    let mut rows = vec![cold(key).await];
    // One contender after another: what one does to the processor must not show in another's waits.
    let mut phases = Vec::new();
    for name in NAMES {
        eprintln!("slow, hanging and failing endpoints, short tokens: {name} ..");
        phases.push(tokio::join!(
            phase(name, key, 30, Duration::from_secs(27), |behaviour| behaviour.latency = Duration::from_secs(1)),
            phase(name, key, 20, Duration::from_millis(17_300), |behaviour| behaviour.latency = Duration::from_secs(60)),
            phase(name, key, 20, Duration::from_millis(19_000), |behaviour| behaviour.status = 503),
            phase(name, key, 10, Duration::from_secs(25), |_| ()),
        ));
    }
    let judged = |measure: &str, pick: fn(&(Phase, Phase, Phase, Phase)) -> &Phase, goal: &str, met: fn(&Phase) -> bool| {
        row(measure, phases.iter().map(|phases| pick(phases).cell()).collect(), goal, phases.first().map(pick).is_some_and(met))
    };
    rows.push(judged(
        "token of 30 s, endpoint takes 1 s, 27 s",
        |all| &all.0,
        "10 ms, 1 request",
        |phase| phase.longest_ms() <= 10 && phase.requests == 1 && phase.failed() == 0,
    ));
    rows.push(judged(
        "token of 20 s, endpoint hangs, until exp - H",
        |all| &all.1,
        "10 ms",
        |phase| phase.longest_ms() <= 10 && phase.failed() == 0,
    ));
    rows.push(judged("token of 20 s, endpoint answers 503, 19 s", |all| &all.2, "all served", |phase| phase.failed() == 0));
    rows.push(judged(
        "tokens of 10 s, 25 s",
        |all| &all.3,
        "at most 2 requests a lifetime",
        |phase| phase.requests <= 6 && phase.failed() == 0,
    ));
    rows.extend(revocations(key).await);
    table::print("Behaviour, over HTTP on loopback", &NAMES, &rows);
}

async fn cold(key: &str) -> Row {
    let mut cells = Vec::new();
    let mut met = false;
    for name in NAMES {
        eprintln!("10,000 tasks, nothing cached: {name} ..");
        let server = Server::start(3_600).await.expect("a server");
        let contender = Contender::new(name, &server, key);
        let (requests, served) = behaviour::cold(&contender, &server).await;
        met |= name == "evertoken" && requests == 1;
        cells.push(format!("{requests} requests, {served} served"));
    }
    row("10,000 tasks at once, nothing cached", cells, "1 request", met)
}

/// Warms a contender, changes its endpoint, and loads it.
async fn phase(name: &str, key: &str, lifetime_s: u64, time: Duration, change: fn(&mut server::Behaviour)) -> Phase {
    let server = Server::start(lifetime_s).await.expect("a server");
    let contender = Contender::new(name, &server, key);
    contender.get().await.expect("a first token");
    server.behave(change);
    behaviour::phase(&contender, &server, time).await
}

/// A wave of rejections after the age below which a rejected token is tried again.
async fn revocations(key: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for (measure, spread) in
        [("200 callers get 401 together", Duration::ZERO), ("200 callers get 401 over 0.5 s", Duration::from_millis(500))]
    {
        eprintln!("{measure} ..");
        let server = Server::start(20).await.expect("a server");
        let ours = Contender::new(NAMES[0], &server, key);
        ours.call(&server.url).await.expect("it can").expect("a first call");
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let (requests, served) = behaviour::revoked(&ours, &server, spread).await.expect("it can");
        let met = requests == 1 && served.starts_with("200 ");
        rows.push(row(
            measure,
            vec![format!("{requests} requests, {served} recovered"), "no way".into(), "no way".into()],
            "1 request",
            met,
        ));
    }
    rows
}

fn private_key() -> String {
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2_048).expect("a key");
    key.to_pkcs8_pem(rsa::pkcs8::LineEnding::LF).expect("PEM").to_string()
}
