//! A plan in the format of the client-level scenario files, so that a failing one becomes a file that every binding runs.
//!
//! What the sandbox or a client's public interface has no step for is told in a note, and so is what is only near.

use serde_json::{Map, Value, json};

use crate::plan::{After, Behaviour, Dialect, Fate, Plan, Step};

/// Returns a plan as a scenario file; `token_requests` is what the simulation saw of them.
#[must_use]
pub fn of_plan(plan: &Plan, token_requests: u64) -> Value {
    let mut writer = Writer { dialect: plan.dialect, notes: Vec::new(), steps: Vec::new() };
    writer.key(0);
    writer.settings(json!({ "lifetime_ms": 1_800_000 }));
    for step in &plan.steps {
        writer.step(step);
    }
    let vendor = writer.vendor();
    writer.push(json!({ "expect": { "counts": { vendor: { "token": token_requests } } } }));
    json!({
        "$schema": "../client.schema.json",
        "name": format!("A life of the simulation: {}", plan.name),
        "level": "client",
        "shows": [],
        "why": "A plan of the simulation, as near as the sandbox comes to it: the count is what the simulation saw.",
        "clients": { "main": writer.client("main"), "other": writer.client("other") },
        "steps": writer.steps,
    })
}

struct Writer {
    dialect: Dialect,
    notes: Vec<String>,
    steps: Vec<Value>,
}

impl Writer {
    const fn vendor(&self) -> &'static str {
        match self.dialect {
            Dialect::PiwikPro => "piwik_pro",
            Dialect::Didomi => "didomi",
            Dialect::OroCommerce => "oro",
            Dialect::Oauth2 => "oauth2",
        }
    }

    fn client(&self, id: &str) -> Value {
        let vendor = self.vendor();
        let url = format!("${{{vendor}.http}}");
        let credentials = self.credentials(if id == "main" { 0 } else { 1_000 });
        match self.dialect {
            Dialect::PiwikPro => json!({ "provider": "piwik_pro", "url": url, "credentials": credentials }),
            Dialect::Didomi => json!({ "provider": "didomi", "url": url, "credentials": credentials }),
            Dialect::OroCommerce => {
                json!({ "provider": "oro_commerce", "url": url, "surface": "back_office", "credentials": credentials })
            }
            Dialect::Oauth2 => {
                json!({ "provider": "oauth2", "endpoint": format!("{url}/oauth2/token"), "api": url, "credentials": credentials })
            }
        }
    }

    fn credentials(&self, key: u32) -> Value {
        let (id, secret) = (format!("key-{key}"), format!("made-up-secret-{key}"));
        match self.dialect {
            Dialect::Didomi => json!({ "key": id, "secret": secret }),
            Dialect::PiwikPro | Dialect::OroCommerce | Dialect::Oauth2 => json!({ "client_id": id, "client_secret": secret }),
        }
    }

    const fn path(&self) -> &'static str {
        match self.dialect {
            Dialect::PiwikPro => "/api/apps/v2",
            Dialect::Didomi => "/v1/properties",
            Dialect::OroCommerce => "/admin/api/users",
            Dialect::Oauth2 => "/api/things",
        }
    }

    fn push(&mut self, mut step: Value) {
        let notes = std::mem::take(&mut self.notes);
        if let (false, Some(step)) = (notes.is_empty(), step.as_object_mut()) {
            step.insert("note".into(), Value::String(notes.join("; ")));
        }
        self.steps.push(step);
    }

    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    fn control(&mut self, method: &str, path: &str, body: Value) {
        let mut control = Map::from_iter([
            ("method".to_owned(), Value::String(method.into())),
            ("path".to_owned(), Value::String(format!("/{}/{path}", self.vendor()))),
        ]);
        if !body.is_null() {
            control.insert("body".into(), body);
        }
        self.push(json!({ "control": control }));
    }

    fn settings(&mut self, settings: Value) {
        self.control("PATCH", "settings", settings);
    }

    fn key(&mut self, key: u32) {
        self.control(
            "POST",
            "keys",
            json!({ "name": "Simulation", "id": format!("key-{key}"), "secret": format!("made-up-secret-{key}") }),
        );
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Advance { ms } => self.push(json!({ "advance": { "ms": ms } })),
            Step::Suspend { ms } => self.push(json!({ "suspend": { "ms": ms } })),
            Step::WallStep { ms } => self.push(json!({ "step_wall": { "ms": ms } })),
            Step::MonoBack { ms } => self.note(format!("here the monotonic clock ran back by {ms} ms, which no runner can do")),
            Step::Headers { call, min_valid_ms, patience_ms } => {
                let mut headers = Map::from_iter([("as".to_owned(), Value::String(format!("call-{call}")))]);
                if *min_valid_ms > 0 {
                    headers.insert("min_valid_ms".into(), json!(min_valid_ms));
                }
                headers.extend(patience_ms.map(|ms| ("patience_ms".to_owned(), json!(ms))));
                self.push(json!({ "headers": headers }));
            }
            Step::Request { call, patience_ms, replayable, replica } => {
                if let Some(ms) = patience_ms {
                    self.note(format!("here the caller waited for tokens for at most {ms} ms"));
                }
                if *replica > 0 {
                    self.note("here a replica answered that learns late");
                }
                let mut request = json!({ "as": format!("call-{call}"), "path": self.path() });
                if let (false, Some(request)) = (replayable, request.as_object_mut()) {
                    request.extend([
                        ("method".to_owned(), json!("POST")),
                        ("body".to_owned(), json!("a stream")),
                        ("replayable".to_owned(), json!(false)),
                    ]);
                }
                self.push(json!({ "request": request }));
            }
            Step::Cancel { call } => self.push(json!({ "cancel": { "call": format!("call-{call}") } })),
            Step::Other { call } => self.push(json!({ "headers": { "as": format!("call-{call}"), "client": "other" } })),
            Step::Invalidate => self.push(json!({ "invalidate": {} })),
            Step::Retry => self.push(json!({ "retry": {} })),
            Step::CredentialsChanged { drop_token, key } => {
                let mut changed = json!({ "credentials": self.credentials(*key) });
                if let (true, Some(changed)) = (drop_token, changed.as_object_mut()) {
                    changed.insert("drop_token".into(), Value::Bool(true));
                }
                self.push(json!({ "credentials_changed": changed }));
            }
            Step::Logout => self.push(json!({ "logout": {} })),
            Step::Close => self.push(json!({ "close": {} })),
            Step::Adopt { age_ms, lifetime_ms, .. } => {
                self.note(format!("here another tab's token came in, {age_ms} ms old, of {lifetime_ms} ms"));
            }
            Step::Drive { on } => self.note(if *on { "from here on the host keeps the source fresh" } else { "the host stops doing so" }),
            Step::Answers { next } => next.iter().for_each(|behaviour| self.behaviour(*behaviour, Some(1))),
            Step::Always { behaviour } => {
                self.control("DELETE", "faults", Value::Null);
                self.behaviour(*behaviour, None);
            }
            Step::Lifetime { ms } => self.settings(json!({ "lifetime_ms": ms })),
            Step::Skew { ms } => self.settings(json!({ "api_skew_ms": ms })),
            Step::Revoke { .. } => self.control("POST", "tokens/revoke", Value::Null),
            Step::Stray { times } => {
                self.control("POST", "faults", json!({ "kind": "api", "times": times, "fault": { "type": "reject" } }));
            }
            Step::Lag { ms } => self.note(format!("from here on replicas learn {ms} ms late")),
            Step::DeleteKey { key } => self.control("DELETE", &format!("keys/key-{key}"), Value::Null),
            Step::CreateKey { key } => self.key(*key),
        }
    }

    fn behaviour(&mut self, behaviour: Behaviour, times: Option<u32>) {
        let travels = behaviour.up_ms + behaviour.down_ms;
        if travels > 0 {
            self.fault(json!({ "type": "latency", "ms": travels }), times);
        }
        let fault = match behaviour.fate {
            Fate::Works => return,
            Fate::Lives { ms } => {
                let seconds = std::time::Duration::from_millis(ms).as_secs_f64();
                json!({ "type": "expires_in", "raw": seconds.to_string() })
            }
            Fate::Same => json!({ "type": "same_token" }),
            Fate::Again => {
                self.note("here with its whole lifetime once more");
                json!({ "type": "same_token" })
            }
            Fate::Older { by } => {
                self.note(format!("here the token that was issued {by} tokens before"));
                json!({ "type": "same_token" })
            }
            Fate::RequestLost | Fate::AnswerLost => json!({ "type": "drop" }),
            Fate::Hangs => json!({ "type": "hang" }),
            Fate::Dropped => {
                self.note("here the client's own task was gone");
                json!({ "type": "drop" })
            }
            Fate::Fails { status } => json!({ "type": "throttle", "status": status }),
            Fate::Throttles { after } => {
                let mut fault = json!({ "type": "throttle", "status": 429 });
                let retry_after = match after {
                    After::Unsaid => None,
                    After::Seconds(s) => Some(json!({ "seconds": s })),
                    After::Tenths(tenths) => Some(json!({ "text": format!("{}.{}", tenths / 10, tenths % 10) })),
                    After::Date(s) => Some(json!({ "date_in_s": s })),
                };
                if let (Some(fault), Some(retry_after)) = (fault.as_object_mut(), retry_after) {
                    fault.insert("retry_after".into(), retry_after);
                }
                fault
            }
            Fate::Refuses => json!({ "type": "reject" }),
            Fate::Hostile { kind } => {
                self.note(format!("here hostile answer number {kind}"));
                json!({ "type": "answer", "status": 200, "body": { "text": "<html>welcome</html>" } })
            }
        };
        self.fault(fault, times);
    }

    fn fault(&mut self, fault: Value, times: Option<u32>) {
        let mut body = json!({ "kind": "token", "fault": fault });
        if let (Some(times), Some(body)) = (times, body.as_object_mut()) {
            body.insert("times".into(), json!(times));
        }
        self.control("POST", "faults", body);
    }
}
