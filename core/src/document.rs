//! A JSON text as a tree, and typed readers of it: an error names the field that it is about.
//!
//! Derived readers would do the same, but as one copy of the parser for every type: that was a quarter of the wasm module.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Number, Value};

use crate::named::Named;

/// A JSON value whose members stand in the order in which they were written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Document {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Document {
    /// Finds what stands at a JSON Pointer (RFC 6901); of a member that is given twice the last one.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Self> {
        let Some(segments) = pointer.strip_prefix('/') else { return pointer.is_empty().then_some(self) };
        segments.split('/').try_fold(self, |document, segment| document.inside(&unescaped(segment)))
    }

    /// Finds a member or an item.
    pub(crate) fn inside(&self, segment: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().rev().find(|(name, _)| name == segment).map(|(_, member)| member),
            Self::List(_) if segment.len() > 1 && segment.starts_with('0') || segment.starts_with('+') => None,
            Self::List(items) => items.get(segment.parse::<usize>().ok()?),
            _ => None,
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// Reads a segment of a JSON Pointer.
pub(crate) fn unescaped(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

impl From<&Value> for Document {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(members) => Self::Object(members.iter().map(|(name, member)| (name.clone(), member.into())).collect()),
        }
    }
}

/// What is wrong with a document: the path of the field, and the reason.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) path: String,
    pub(crate) reason: String,
}

impl Wrong {
    /// Makes the error of another reader, which has no place for a path.
    pub(crate) fn custom<E: de::Error>(self) -> E {
        let colon = if self.path.is_empty() { "" } else { ": " };
        E::custom([self.path.as_str(), colon, &self.reason].concat())
    }
}

/// What can be read from a document. Once something is wrong, what is read is of no use, and thrown away by [`Reader::read`].
pub(crate) trait Read: Sized {
    fn read(document: &Document, reader: &mut Reader) -> Self;
}

/// Where in a document the reading is, and what was wrong first.
///
/// Kept beside the values, so that a reader of a type goes straight on: leaving at each error is most of what a derived reader is made of.
#[derive(Default)]
pub(crate) struct Reader {
    path: String,
    wrong: Option<Wrong>,
}

impl Reader {
    /// Reads a whole document.
    pub(crate) fn read<T: Read>(document: &Document) -> Result<T, Wrong> {
        let mut reader = Self::default();
        let value = T::read(document, &mut reader);
        reader.wrong.map_or(Ok(value), Err)
    }

    /// Says what is wrong here.
    pub(crate) fn refuse(&mut self, reason: impl Into<String>) {
        if self.wrong.is_none() {
            self.wrong = Some(Wrong { path: self.path.clone(), reason: reason.into() });
        }
    }

    /// Reads what stands at a name.
    pub(crate) fn within<T: Read>(&mut self, name: &str, document: &Document) -> T {
        self.inside(name, |reader| T::read(document, reader))
    }

    /// Reads something else at a name.
    pub(crate) fn inside<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.enter(name);
        let value = read(self);
        self.path.truncate(before);
        value
    }

    fn within_item<T: Read>(&mut self, index: usize, document: &Document) -> T {
        self.within(&format!("[{index}]"), document)
    }

    fn enter(&mut self, name: &str) -> usize {
        let before = self.path.len();
        if before > 0 && !name.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(name);
        before
    }

    /// Opens an object of which every member is known.
    pub(crate) fn members<'a>(&'a mut self, document: &'a Document, known: &[&str]) -> Members<'a> {
        let members = self.object(document);
        for (index, (name, _)) in members.iter().enumerate() {
            let unknown = !known.contains(&name.as_str());
            if unknown || members.iter().take(index).any(|(other, _)| other == name) {
                let before = self.enter(name);
                if unknown {
                    self.unknown("field", name, known)
                } else {
                    self.refuse(format!("duplicate field `{name}`"))
                }
                self.path.truncate(before);
            }
        }
        Members { members, reader: self }
    }

    /// Opens a variant: a name, or a name with what belongs to it.
    pub(crate) fn variant<'a>(&mut self, document: &'a Document) -> (&'a str, Option<&'a Document>) {
        match document {
            Document::Text(name) => return (name, None),
            Document::Object(members) => match members.as_slice() {
                [(name, content)] => return (name, Some(content)),
                _ => self.refuse("invalid value: an object, expected one with a single member"),
            },
            _ => self.is_no(document, "a name or an object with a single member"),
        }
        ("", None)
    }

    pub(crate) fn object<'a>(&mut self, document: &'a Document) -> &'a [(String, Document)] {
        if let Document::Object(members) = document {
            return members;
        }
        self.is_no(document, "an object");
        &[]
    }

    pub(crate) fn list<'a>(&mut self, document: &'a Document) -> &'a [Document] {
        if let Document::List(items) = document {
            return items;
        }
        self.is_no(document, "a sequence");
        &[]
    }

    pub(crate) fn text<'a>(&mut self, document: &'a Document) -> &'a str {
        if let Document::Text(text) = document {
            return text;
        }
        self.is_no(document, "a string");
        ""
    }

    fn is_no(&mut self, document: &Document, wanted: &str) {
        let found = match document {
            Document::Null => "null",
            Document::Bool(_) => "a boolean",
            Document::Number(_) => "a number",
            Document::Text(_) => "a string",
            Document::List(_) => "a sequence",
            Document::Object(_) => "an object",
        };
        self.refuse(format!("invalid type: {found}, expected {wanted}"));
    }

    pub(crate) fn unknown(&mut self, what: &str, name: &str, known: &[&str]) {
        self.refuse(format!("unknown {what} `{name}`, expected one of `{}`", known.join("`, `")));
    }

    /// Finds the place of a name among those that may stand here.
    pub(crate) fn place(&mut self, document: &Document, names: &[&str]) -> usize {
        let name = self.text(document);
        names.iter().position(|other| *other == name).unwrap_or_else(|| {
            self.unknown("variant", name, names);
            0
        })
    }

    /// Reads an object of members of one kind, in the order in which they are written; a member given twice is an error.
    pub(crate) fn ordered<T: Read>(&mut self, members: &[(String, Document)]) -> Vec<(String, T)> {
        let mut read = Vec::with_capacity(members.len());
        for (index, (name, member)) in members.iter().enumerate() {
            if members.iter().take(index).any(|(other, _)| other == name) {
                self.refuse(format!("`{name}` is given twice"));
            }
            read.push((name.clone(), self.within(name, member)));
        }
        read
    }
}

/// The members of an object, of which the names are known to be right.
pub(crate) struct Members<'a> {
    members: &'a [(String, Document)],
    reader: &'a mut Reader,
}

impl<'a> Members<'a> {
    /// Reads a member that must be there.
    pub(crate) fn wanted<T: Read>(&mut self, name: &str) -> T {
        let member = self.find(name).unwrap_or_else(|| {
            self.reader.refuse(format!("missing field `{name}`"));
            &Document::Null
        });
        self.reader.within(name, member)
    }

    /// Reads a member if it is there.
    pub(crate) fn given<T: Read>(&mut self, name: &str) -> Option<T> {
        self.find(name).map(|member| self.reader.within(name, member))
    }

    fn find(&self, name: &str) -> Option<&'a Document> {
        self.members.iter().find(|(other, _)| other == name).map(|(_, member)| member)
    }
}

impl Read for bool {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        if !matches!(document, Document::Bool(_)) {
            reader.is_no(document, "a boolean");
        }
        *document == Document::Bool(true)
    }
}

impl Read for u64 {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        let Document::Number(number) = document else {
            reader.is_no(document, "a whole number from 0 on");
            return 0;
        };
        number.as_u64().unwrap_or_else(|| {
            reader.refuse("invalid value: expected a whole number from 0 on");
            0
        })
    }
}

impl Read for u32 {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        u64::read(document, reader).try_into().unwrap_or_else(|_| {
            reader.refuse("invalid value: too large");
            0
        })
    }
}

impl Read for String {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        reader.text(document).to_string()
    }
}

impl<T: Read> Read for Option<T> {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        if *document == Document::Null { None } else { Some(T::read(document, reader)) }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        reader.list(document).iter().enumerate().map(|(index, item)| reader.within_item(index, item)).collect()
    }
}

impl<T: Read> Read for Named<T> {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        let mut named = Self::default();
        for (name, member) in reader.object(document) {
            named.insert(name.clone(), reader.within(name, member));
        }
        named
    }
}

/// Reads an object into a struct: a field without a default must be there, a member that is no field is refused.
macro_rules! read_members {
    ($type:ident { $($field:ident $(as $name:literal)? $(= $default:expr)?),+ $(,)? }) => {
        impl $crate::document::Read for $type {
            fn read(document: &$crate::document::Document, reader: &mut $crate::document::Reader) -> Self {
                let mut members = reader.members(document, &[$(read_members!(@name $field $($name)?)),+]);
                Self { $($field: read_members!(@value members, read_members!(@name $field $($name)?) $(, $default)?)),+ }
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
    (@value $members:ident, $name:expr) => { $members.wanted($name) };
    (@value $members:ident, $name:expr, $default:expr) => { $members.given($name).unwrap_or_else(|| $default) };
}

/// Reads a name into an enum without contents.
macro_rules! read_name {
    ($type:ident { $($name:literal $variant:ident,)+ }) => {
        impl $crate::document::Read for $type {
            fn read(document: &$crate::document::Document, reader: &mut $crate::document::Reader) -> Self {
                let place = reader.place(document, &[$($name),+]);
                [$(Self::$variant),+][place]
            }
        }
    };
}

/// Lets other readers than ours read a type, by way of a document.
macro_rules! deserialize_as_document {
    ($($type:ident)+) => {$(
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let document = $crate::document::Document::deserialize(deserializer)?;
                $crate::document::Reader::read(&document).map_err($crate::document::Wrong::custom)
            }
        }
    )+};
}

pub(crate) use {deserialize_as_document, read_members, read_name};

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DocumentVisitor;

        impl<'de> Visitor<'de> for DocumentVisitor {
            type Value = Document;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Document, E> {
                Ok(Document::Null)
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Document, E> {
                Ok(Document::Bool(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Document, E> {
                Ok(Document::Number(value.into()))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Document, E> {
                Ok(Document::Number(value.into()))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Document, E> {
                Number::from_f64(value).map(Document::Number).ok_or_else(|| E::custom("a number that JSON allows is wanted"))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Document, E> {
                Ok(Document::Text(value.to_string()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Document, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Document::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Document::Object(members))
            }
        }

        deserializer.deserialize_any(DocumentVisitor)
    }
}
