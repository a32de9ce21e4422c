//! A JSON text as a tree, and typed readers of it: an error names the field that it is about.
//!
//! Derived readers would do the same, but as one copy of the parser for every type: that was a quarter of the wasm module.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::Number;

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

/// What is wrong with a document: the path of the field, and the reason.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) path: String,
    pub(crate) reason: String,
}

impl Wrong {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { path: String::new(), reason: reason.into() }
    }

    /// Says in which member it is.
    pub(crate) fn within(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = [name, dot, &self.path].concat();
        self
    }

    fn within_item(self, index: usize) -> Self {
        self.within(&format!("[{index}]"))
    }

    /// Makes the error of another reader, which has no place for a path.
    pub(crate) fn custom<E: de::Error>(self) -> E {
        let colon = if self.path.is_empty() { "" } else { ": " };
        E::custom([self.path.as_str(), colon, &self.reason].concat())
    }
}

/// What can be read from a document.
pub(crate) trait Read: Sized {
    fn read(document: &Document) -> Result<Self, Wrong>;
}

/// The members of an object, of which the names are known to be right.
pub(crate) struct Members<'a>(&'a [(String, Document)]);

impl Members<'_> {
    /// Reads a member that must be there.
    pub(crate) fn wanted<T: Read>(&self, name: &str) -> Result<T, Wrong> {
        self.given(name)?.ok_or_else(|| missing(name))
    }

    /// Reads a member if it is there.
    pub(crate) fn given<T: Read>(&self, name: &str) -> Result<Option<T>, Wrong> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, member)| T::read(member).map_err(|wrong| wrong.within(name))).transpose()
    }
}

impl Document {
    /// Opens an object of which every member is known.
    pub(crate) fn members(&self, known: &[&str]) -> Result<Members<'_>, Wrong> {
        let members = self.object()?;
        for (index, (name, _)) in members.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(unknown("field", name, known).within(name));
            }
            if members.iter().take(index).any(|(other, _)| other == name) {
                return Err(Wrong::new(format!("duplicate field `{name}`")).within(name));
            }
        }
        Ok(Members(members))
    }

    /// Opens a variant: a name, or a name with what belongs to it.
    pub(crate) fn variant(&self) -> Result<(&str, Option<&Self>), Wrong> {
        match self {
            Self::Text(name) => Ok((name, None)),
            Self::Object(members) => match members.as_slice() {
                [(name, content)] => Ok((name, Some(content))),
                _ => Err(Wrong::new("invalid value: an object, expected one with a single member")),
            },
            _ => Err(self.is_no("a name or an object with a single member")),
        }
    }

    pub(crate) fn object(&self) -> Result<&[(String, Self)], Wrong> {
        if let Self::Object(members) = self { Ok(members) } else { Err(self.is_no("an object")) }
    }

    pub(crate) fn list(&self) -> Result<&[Self], Wrong> {
        if let Self::List(items) = self { Ok(items) } else { Err(self.is_no("a sequence")) }
    }

    pub(crate) fn text(&self) -> Result<&str, Wrong> {
        if let Self::Text(text) = self { Ok(text) } else { Err(self.is_no("a string")) }
    }

    pub(crate) fn is_no(&self, wanted: &str) -> Wrong {
        let found = match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        };
        Wrong::new(format!("invalid type: {found}, expected {wanted}"))
    }
}

/// Finds the value of a name, as a variant without anything that belongs to it.
pub(crate) fn named<T: Copy>(document: &Document, values: &[(&str, T)]) -> Result<T, Wrong> {
    let name = document.text()?;
    let found = values.iter().find(|(other, _)| *other == name);
    found.map(|(_, value)| *value).ok_or_else(|| unknown("variant", name, values.iter().map(|(name, _)| name)))
}

pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a &'a str>) -> Wrong {
    let mut reason = format!("unknown {what} `{name}`, expected one of");
    for (index, name) in known.into_iter().enumerate() {
        reason.push_str(if index == 0 { " `" } else { ", `" });
        reason.push_str(name);
        reason.push('`');
    }
    Wrong::new(reason)
}

pub(crate) fn missing(name: &str) -> Wrong {
    Wrong::new(format!("missing field `{name}`"))
}

/// Reads an object of members of one kind, in the order in which they are written; a member given twice is an error.
pub(crate) fn ordered<T: Read>(members: &[(String, Document)]) -> Result<Vec<(String, T)>, Wrong> {
    let mut read = Vec::with_capacity(members.len());
    for (index, (name, member)) in members.iter().enumerate() {
        if members.iter().take(index).any(|(other, _)| other == name) {
            return Err(Wrong::new(format!("`{name}` is given twice")));
        }
        read.push((name.clone(), T::read(member).map_err(|wrong| wrong.within(name))?));
    }
    Ok(read)
}

impl Read for bool {
    fn read(document: &Document) -> Result<Self, Wrong> {
        if let Document::Bool(value) = document { Ok(*value) } else { Err(document.is_no("a boolean")) }
    }
}

impl Read for u64 {
    fn read(document: &Document) -> Result<Self, Wrong> {
        match document {
            Document::Number(number) => number.as_u64().ok_or_else(|| Wrong::new("invalid value: expected a whole number from 0 on")),
            _ => Err(document.is_no("a whole number from 0 on")),
        }
    }
}

impl Read for u32 {
    fn read(document: &Document) -> Result<Self, Wrong> {
        u64::read(document)?.try_into().map_err(|_| Wrong::new("invalid value: too large"))
    }
}

impl Read for String {
    fn read(document: &Document) -> Result<Self, Wrong> {
        document.text().map(ToString::to_string)
    }
}

impl<T: Read> Read for Option<T> {
    fn read(document: &Document) -> Result<Self, Wrong> {
        if *document == Document::Null { Ok(None) } else { T::read(document).map(Some) }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(document: &Document) -> Result<Self, Wrong> {
        let items = document.list()?.iter().enumerate();
        items.map(|(index, item)| T::read(item).map_err(|wrong| wrong.within_item(index))).collect()
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn read(document: &Document) -> Result<Self, Wrong> {
        let mut map = Self::new();
        for (name, member) in document.object()? {
            map.insert(name.clone(), T::read(member).map_err(|wrong| wrong.within(name))?);
        }
        Ok(map)
    }
}

/// Reads an object into a struct: a field without a default must be there, a member that is no field is refused.
macro_rules! read_members {
    ($type:ident { $($field:ident $(as $name:literal)? $(= $default:expr)?),+ $(,)? }) => {
        impl $crate::document::Read for $type {
            fn read(document: &$crate::document::Document) -> Result<Self, $crate::document::Wrong> {
                let members = document.members(&[$(read_members!(@name $field $($name)?)),+])?;
                Ok(Self { $($field: read_members!(@value members, read_members!(@name $field $($name)?) $(, $default)?)),+ })
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
    (@value $members:ident, $name:expr) => { $members.wanted($name)? };
    (@value $members:ident, $name:expr, $default:expr) => {
        match $members.given($name)? {
            Some(value) => value,
            None => $default,
        }
    };
}

/// Reads a name into an enum without contents.
macro_rules! read_name {
    ($type:ident { $($name:literal $variant:ident,)+ }) => {
        impl $crate::document::Read for $type {
            fn read(document: &$crate::document::Document) -> Result<Self, $crate::document::Wrong> {
                $crate::document::named(document, &[$(($name, Self::$variant)),+])
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
                $crate::document::Read::read(&document).map_err($crate::document::Wrong::custom)
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
