//! What an answer must look like: a set of statuses and predicates over its JSON body.

use alloc::{format, string::String, vec::Vec};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::document::{Document, Read, Reader, deserialize_as_document, read_members, unescaped};

/// A status set and JSON predicates, which must all hold; as JSON `{"status": [401, "500-599"], "json": [..]}`.
///
/// Descriptors use it to classify a token endpoint's errors and to tell that an API rejects a token. Without `status` any
/// status matches; without `json` the body is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Condition {
    /// The statuses that match; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusSet>,
    /// What must hold of the JSON body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub json: Vec<Predicate>,
}

impl Condition {
    /// Makes the condition that a status alone meets.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self { status: Some(StatusSet::from([code])), json: Vec::new() }
    }

    /// Says whether an answer meets the condition; `None` as body is one that is absent, too long or not JSON, and it
    /// meets no predicate, `"exists": false` included.
    #[must_use]
    pub fn matches(&self, status: u16, body: Option<&Value>) -> bool {
        self.meets(status, body.map(Document::from).as_ref())
    }

    /// Says the same of a body in our own form.
    pub(crate) fn meets(&self, status: u16, body: Option<&Document>) -> bool {
        self.status.as_ref().is_none_or(|set| set.contains(status)) && self.json.iter().all(|p| body.is_some_and(|body| p.meets(body)))
    }

    /// Says whether a body has to be read to decide about an answer of that status.
    #[must_use]
    pub fn needs_body(&self, status: u16) -> bool {
        !self.json.is_empty() && self.status.as_ref().is_none_or(|set| set.contains(status))
    }
}

/// Statuses as codes and inclusive ranges; as JSON a list such as `[401, "500-599"]`, never an empty one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StatusSet(Vec<(u16, u16)>);

impl StatusSet {
    /// Says whether a status is in the set.
    #[must_use]
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|&(first, last)| first <= status && status <= last)
    }

    /// Returns the inclusive ranges, a single code being one of length 1, in the order in which they were written.
    pub fn ranges(&self) -> impl Iterator<Item = (u16, u16)> + '_ {
        self.0.iter().copied()
    }
}

impl<const N: usize> From<[u16; N]> for StatusSet {
    fn from(codes: [u16; N]) -> Self {
        Self(codes.into_iter().map(|code| (code, code)).collect())
    }
}

impl FromIterator<(u16, u16)> for StatusSet {
    fn from_iter<I: IntoIterator<Item = (u16, u16)>>(ranges: I) -> Self {
        Self(ranges.into_iter().collect())
    }
}

/// Reads a code or a range.
fn range(item: &Document) -> Result<(u16, u16), &'static str> {
    let halves = match item {
        Document::Number(code) => code.as_u64().and_then(|code| u16::try_from(code).ok()).map(|code| (code, code)),
        Document::Text(text) => text.split_once('-').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?))),
        _ => return Err("a status such as 401 or a range such as \"500-599\""),
    };
    halves
        .filter(|(first, last)| 100 <= *first && first <= last && *last <= 599)
        .ok_or("statuses are 100 to 599, ranges are written as \"500-599\", the lower first")
}

impl Serialize for StatusSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = |&(first, last): &(u16, u16)| if first == last { Value::from(first) } else { format!("{first}-{last}").into() };
        serializer.collect_seq(self.0.iter().map(written))
    }
}

impl Read for StatusSet {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        let items = reader.list(document);
        if items.is_empty() {
            reader.refuse("an empty list matches nothing; leave it out to match every status");
        }
        let mut ranges = Vec::with_capacity(items.len());
        for item in items {
            match range(item) {
                Ok(range) => ranges.push(range),
                Err(reason) => reader.refuse(reason),
            }
        }
        Self(ranges)
    }
}

read_members!(Condition {
    status = None,
    json = Vec::new(),
});

deserialize_as_document!(Condition Predicate StatusSet);

/// One test of a JSON body: a place and what is found there; as JSON `{"at": "/errors/*/code", "equals": "expired"}`.
///
/// The place is a JSON Pointer (RFC 6901) in which a segment `*` stands for every element of an array and for every member of an
/// object; the test holds when it holds for any value that is found. Exactly one of `equals`, `one_of`, `contains`
/// and `exists` is given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Predicate {
    at: Vec<String>,
    test: Test,
}

/// What a [`Predicate`] asks of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// It is one of these strings, numbers, booleans or null; types differ, so `601` is not `"601"`.
    OneOf(Vec<Value>),
    /// It is a string with this text in it, ASCII letters compared without case.
    Contains(String),
    /// It is there (true) or not (false); null counts as absent.
    Exists(bool),
}

impl Predicate {
    /// Makes a predicate; `None` for a pointer that is neither empty nor begins with `/`.
    #[must_use]
    pub fn new(at: &str, test: Test) -> Option<Self> {
        Some(Self { at: segments(at)?, test })
    }

    /// Says whether the predicate holds of a body.
    #[must_use]
    pub fn holds(&self, body: &Value) -> bool {
        self.meets(&body.into())
    }

    fn meets(&self, body: &Document) -> bool {
        match &self.test {
            Test::OneOf(wanted) => any_at(body, &self.at, &|found| wanted.iter().any(|value| same(value, found))),
            Test::Contains(text) => any_at(body, &self.at, &|found| found.as_str().is_some_and(|found| contains(found, text))),
            Test::Exists(wanted) => any_at(body, &self.at, &|found| !found.is_null()) == *wanted,
        }
    }
}

fn segments(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    Some(pointer.strip_prefix('/')?.split('/').map(unescaped).collect())
}

fn any_at(value: &Document, at: &[String], test: &dyn Fn(&Document) -> bool) -> bool {
    let Some((segment, rest)) = at.split_first() else { return test(value) };
    match (value, segment.as_str()) {
        (Document::List(items), "*") => items.iter().any(|item| any_at(item, rest, test)),
        (Document::Object(members), "*") => members.iter().any(|(_, member)| any_at(member, rest, test)),
        (_, segment) => value.inside(segment).is_some_and(|found| any_at(found, rest, test)),
    }
}

fn same(wanted: &Value, found: &Document) -> bool {
    match (wanted, found) {
        (Value::Number(wanted), Document::Number(found)) => wanted == found || wanted.as_f64() == found.as_f64(),
        (Value::String(wanted), Document::Text(found)) => wanted == found,
        (Value::Bool(wanted), Document::Bool(found)) => wanted == found,
        (Value::Null, Document::Null) => true,
        _ => false,
    }
}

fn contains(text: &str, part: &str) -> bool {
    part.is_empty() || text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

#[derive(Serialize)]
struct Written {
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    equals: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_of: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contains: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exists: Option<bool>,
}

impl Serialize for Predicate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = self.at.iter().map(|segment| format!("/{}", segment.replace('~', "~0").replace('/', "~1"))).collect();
        let mut written = Written { at, equals: None, one_of: None, contains: None, exists: None };
        match &self.test {
            Test::OneOf(values) => match values.as_slice() {
                [value] => written.equals = Some(value.clone()),
                values => written.one_of = Some(values.to_vec()),
            },
            Test::Contains(text) => written.contains = Some(text.clone()),
            Test::Exists(wanted) => written.exists = Some(*wanted),
        }
        written.serialize(serializer)
    }
}

impl Read for Predicate {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        let mut members = reader.members(document, &["at", "equals", "one_of", "contains", "exists"]);
        let at: String = members.wanted("at");
        let given = (
            members.given("equals"),
            members.given::<Option<Vec<Scalar>>>("one_of").flatten(),
            members.given::<Option<String>>("contains").flatten(),
            members.given::<Option<bool>>("exists").flatten(),
        );
        let test = match given {
            (Some(Scalar(value)), None, None, None) => Test::OneOf(Vec::from([value])),
            (None, Some(values), None, None) if !values.is_empty() => Test::OneOf(values.into_iter().map(|Scalar(value)| value).collect()),
            (None, None, Some(text), None) if !text.is_empty() => Test::Contains(text),
            (None, None, None, Some(wanted)) => Test::Exists(wanted),
            _ => {
                reader.refuse("exactly one of equals, one_of, contains and exists is wanted, and not an empty one");
                Test::Exists(false)
            }
        };
        let at = segments(&at).unwrap_or_else(|| {
            reader.refuse(format!("at: \"{at}\" is no JSON Pointer: it begins with /"));
            Vec::new()
        });
        Self { at, test }
    }
}

/// A value without values in it.
struct Scalar(Value);

impl Read for Scalar {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        Self(match document {
            Document::Null => Value::Null,
            Document::Bool(value) => (*value).into(),
            Document::Number(number) => Value::Number(number.clone()),
            Document::Text(text) => text.as_str().into(),
            Document::List(_) | Document::Object(_) => {
                reader.refuse("equals and one_of compare strings, numbers, booleans and null");
                Value::Null
            }
        })
    }
}
