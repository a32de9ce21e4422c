//! Ports, connections, and the way of a request through faults and vendor to its answer.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::answer::Answer;
use crate::control::Control;
use crate::cors;
use crate::delivery::{Delivery, Watch};
use crate::fault::{Cut, Decide, Fault, Plan};
use crate::log::{Order, Progress, Waiting};
use crate::routes;
use crate::state::State;
use crate::vendor::{self, Call, Kind, Received, Vendor};

/// The largest request body that is read.
const BODY_LIMIT: usize = 8 << 20;

/// One vendor, as its two ports see it.
pub(crate) struct Door {
    vendor: Vendor,
    pub(crate) state: Arc<State>,
    https_origin: String,
    keep_alive: bool,
}

/// The connection is closed without an answer.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed on purpose")
    }
}

impl std::error::Error for Closed {}

impl Door {
    pub(crate) fn new(vendor: Vendor, state: Arc<State>, https_origin: String, keep_alive: bool) -> Self {
        Self { vendor, state, https_origin, keep_alive }
    }
}

/// Serves a vendor on a port until the runtime ends.
pub(crate) async fn serve_vendor(listener: TcpListener, tls: Option<TlsAcceptor>, door: Arc<Door>) {
    loop {
        let Some(stream) = accepted(&listener).await else { continue };
        let door = Arc::clone(&door);
        let tls = tls.clone();
        tokio::spawn(async move {
            match tls {
                None => serve_connection(stream, "http", door).await,
                Some(tls) => {
                    // A client that does not trust the test CA ends here.
                    if let Ok(stream) = tls.accept(stream).await {
                        serve_connection(stream, "https", door).await;
                    }
                }
            }
        });
    }
}

async fn accepted(listener: &TcpListener) -> Option<TcpStream> {
    match listener.accept().await {
        Ok((stream, _)) => {
            // Without it, small answers may wait for an acknowledgement; nothing depends on it.
            let _ = stream.set_nodelay(true);
            Some(stream)
        }
        Err(_) => {
            // Out of file descriptors, most likely: give others time to close some.
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            None
        }
    }
}

struct Connected(Arc<State>);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.memory().log.connections -= 1;
    }
}

async fn serve_connection(stream: impl AsyncRead + AsyncWrite + Unpin + 'static, scheme: &'static str, door: Arc<Door>) {
    door.state.memory().log.connections += 1;
    let _connected = Connected(Arc::clone(&door.state));
    let keep_alive = door.keep_alive;
    let service = service_fn(move |request| {
        let door = Arc::clone(&door);
        async move { serve(&door, scheme, request).await }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).keep_alive(keep_alive);
    builder.http2().timer(TokioTimer::new());
    // An error is a client that went away, or a connection that was closed on purpose.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

/// Serves the control API on its port until the runtime ends.
pub(crate) async fn serve_control(listener: TcpListener, control: Control) {
    let router = routes::router(control);
    loop {
        let Some(stream) = accepted(&listener).await else { continue };
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let mut builder = auto::Builder::new(TokioExecutor::new());
            builder.http1().timer(TokioTimer::new());
            // An error is a client that went away.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// The way of one request: arrive, be read, meet the faults, be decided, wait, be answered.
async fn serve(door: &Arc<Door>, scheme: &'static str, request: Request<Incoming>) -> Result<Response<Delivery>, Closed> {
    let (head, body) = request.into_parts();
    let mut received = Received {
        scheme,
        version: format!("{:?}", head.version),
        method: head.method.to_string(),
        target: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: Bytes::new(),
    };
    let state = &door.state;
    let (watch, kind) = {
        let mut memory = state.memory();
        let kind = vendor::kind(memory.site(door.vendor), &received);
        let seq = memory.log.arrived(door.vendor, kind, received.clone(), state.clock.now_us());
        (Watch::new(Arc::clone(state), seq), kind)
    };
    state.changed();

    received.body = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(e) if e.is::<http_body_util::LengthLimitError>() => return Ok(deliver(door, watch, &received, Answer::empty(413), None)),
        Err(_) => return Err(Closed),
    };
    let plan = {
        let mut memory = state.memory();
        memory.log.body(watch.seq(), received.body.clone());
        let plan = if kind == Kind::Options { Plan::default() } else { memory.site(door.vendor).rules.plan(kind, received.path()) };
        memory.log.faults(watch.seq(), plan.rules.clone());
        plan
    };

    let mut answer = match plan.hang {
        Some(Decide::Release) => None,
        _ => Some(decide(door, kind, &received, &plan, plan.answer.as_ref())),
    };
    match wait(state, watch.seq(), &plan).await {
        Order::Proceed => {}
        Order::Instead(fault) => answer = Some(decide(door, kind, &received, &plan, Some(&fault))),
        Order::Close => answer = Some(None),
    }
    match answer.unwrap_or_else(|| decide(door, kind, &received, &plan, plan.answer.as_ref())) {
        Some(answer) => Ok(deliver(door, watch, &received, answer, plan.cut)),
        None => {
            watch.end(Progress::Dropped);
            Err(Closed)
        }
    }
}

fn decide(door: &Door, kind: Kind, request: &Received, plan: &Plan, fault: Option<&Fault>) -> Option<Answer> {
    let mut memory = door.state.memory();
    let site = memory.site(door.vendor);
    if kind == Kind::Options {
        return Some(cors::preflight(site.settings.cors.as_ref(), request));
    }
    let mut call = Call {
        site,
        signer: &door.state.signer,
        now_us: door.state.clock.now_us(),
        request,
        shape: &plan.shape,
        https_origin: &door.https_origin,
        granted: false,
    };
    let answer = vendor::decide(&mut call, kind, fault);
    if call.granted {
        memory.log.granted(door.vendor);
    }
    answer
}

/// Lets the latency pass and then, if so planned, waits for the release.
async fn wait(state: &State, seq: u64, plan: &Plan) -> Order {
    let mut changes = state.changes();
    if plan.latency_ms > 0 {
        let due_us = state.clock.now_us().saturating_add(plan.latency_ms.saturating_mul(1000));
        state.memory().log.waits(seq, Waiting::UntilUs(due_us));
        state.changed();
        loop {
            changes.mark_unchanged();
            if let Some(order) = state.memory().log.take_order(seq) {
                return order;
            }
            match state.clock.real_time_until(due_us) {
                Some(rest) if rest.is_zero() => break,
                Some(rest) => drop(tokio::time::timeout(rest, changes.changed()).await),
                None => drop(changes.changed().await),
            }
        }
        state.memory().log.waits(seq, Waiting::No);
    }
    if plan.hang.is_some() { held(state, seq).await } else { Order::Proceed }
}

/// Waits for an order.
pub(crate) async fn held(state: &State, seq: u64) -> Order {
    let mut changes = state.changes();
    state.memory().log.waits(seq, Waiting::UntilReleased);
    state.changed();
    loop {
        changes.mark_unchanged();
        if let Some(order) = state.memory().log.take_order(seq) {
            return order;
        }
        // The sender lives as long as the state.
        let _ = changes.changed().await;
    }
}

fn deliver(door: &Door, watch: Watch, request: &Received, mut answer: Answer, cut: Option<Cut>) -> Response<Delivery> {
    let now = door.state.clock.now();
    {
        let mut memory = door.state.memory();
        memory.log.status(watch.seq(), answer.status);
        if let Some(cors) = &memory.site(door.vendor).settings.cors {
            answer.headers.extend(cors::headers(cors, request));
        }
    }
    answer.headers.push(("date".to_owned(), httpdate::fmt_http_date(now)));
    let bodiless = request.method == "HEAD" || matches!(answer.status, 204 | 304);
    Delivery::of(answer, watch, cut, bodiless)
}

/// The error type of bodies that are cut off.
pub(crate) fn cut_off() -> io::Error {
    io::Error::other("cut off on purpose")
}
