//! A trace as a text.

use evertoken::trace::Trace;

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(trace) = Trace::from_json(text) else { return };
    assert_eq!(Trace::from_json(&trace.to_json()).as_ref(), Ok(&trace));
    let _ = trace.replay();
}
