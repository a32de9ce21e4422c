//! Texts with names in braces, and the JSON around them, in the order in which they were written.

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec::Vec,
};
use core::ops::Deref;
use serde_json::Number;
use zeroize::Zeroizing;

/// Says what stands behind a name; `None` for an option that was not given.
pub(crate) trait Values {
    /// Opens the text behind a name.
    fn text(&self, name: &str) -> Option<&str>;

    /// Returns the texts behind a name that is written as an array of its own.
    fn list(&self, _name: &str) -> Option<&[String]> {
        None
    }
}

/// A text such as `{account}/auth/token`: names in braces, `{{` and `}}` for the braces themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Text(pub(crate) Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Literal(String),
    Name(String),
}

impl Text {
    /// Reads a template, or says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            literal.push_str(before);
            if let Some(after) = brace.strip_prefix("{{") {
                literal.push('{');
                rest = after;
            } else if let Some(after) = brace.strip_prefix("}}") {
                literal.push('}');
                rest = after;
            } else if let Some((name, after)) = brace.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                if !is_name(name) {
                    return Err("a name in braces is of a-z, 0-9 and _, and begins with a letter");
                }
                if !literal.is_empty() {
                    parts.push(Part::Literal(core::mem::take(&mut literal)));
                }
                parts.push(Part::Name(name.to_owned()));
                rest = after;
            } else {
                return Err("a brace is not closed; {{ and }} stand for the braces themselves");
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self(parts))
    }

    /// Makes the template that is nothing but itself, braces included.
    pub(crate) fn literal(text: &str) -> Self {
        Self(Vec::from([Part::Literal(text.to_owned())]))
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Returns the names in braces.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| if let Part::Name(name) = part { Some(name.as_str()) } else { None })
    }

    /// Returns the name, if the template is one name and nothing else.
    pub(crate) fn only_name(&self) -> Option<&str> {
        if let [Part::Name(name)] = self.0.as_slice() { Some(name) } else { None }
    }

    /// Puts the values in; `None` if one was not given.
    pub(crate) fn fill(&self, values: &dyn Values) -> Option<Zeroizing<String>> {
        // One allocation of the final size: a growing buffer would leave unwiped copies behind.
        let mut filled = Zeroizing::new(String::with_capacity(self.filled_len(values)?));
        for part in &self.0 {
            filled.push_str(match part {
                Part::Literal(text) => text,
                Part::Name(name) => values.text(name)?,
            });
        }
        Some(filled)
    }

    fn filled_len(&self, values: &dyn Values) -> Option<usize> {
        self.0.iter().try_fold(0, |len, part| match part {
            Part::Literal(text) => Some(len + text.len()),
            Part::Name(name) => Some(len + values.text(name)?.len()),
        })
    }

    fn is_given(&self, values: &dyn Values) -> bool {
        self.filled_len(values).is_some() || self.only_name().is_some_and(|name| values.list(name).is_some())
    }
}

pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
}

/// Named templates in the order in which they were written; a member whose option was not given is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Members(pub(crate) Vec<(String, Text)>);

impl Deref for Members {
    type Target = Vec<(String, Text)>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Members {
    /// Returns the members that are given, filled in.
    pub(crate) fn filled<'a>(&'a self, values: &'a dyn Values) -> impl Iterator<Item = (&'a str, Zeroizing<String>)> {
        self.0.iter().filter_map(move |(name, text)| Some((name.as_str(), text.fill(values)?)))
    }
}

/// A JSON value with templates for its strings and its members in the order in which they were written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tree {
    Null,
    Bool(bool),
    Number(Number),
    Text(Text),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Tree {
    /// Writes the tree as JSON without white space; members and elements whose option was not given are left out.
    pub(crate) fn to_json(&self, values: &dyn Values) -> String {
        // Written here, into one allocation of the final size: `serde_json` grows its buffers and leaves unwiped copies behind.
        let mut json = String::with_capacity(self.room(values));
        self.write(values, &mut json);
        json
    }

    fn write(&self, values: &dyn Values, json: &mut String) {
        match self {
            Self::Null => json.push_str("null"),
            Self::Bool(value) => json.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => json.push_str(&number.to_string()),
            Self::Text(text) => match text.only_name().and_then(|name| values.list(name)) {
                Some(list) => write_all(json, ['[', ']'], list, |json, item| write_string(json, item)),
                None => write_string(json, text.fill(values).as_deref().map_or("", String::as_str)),
            },
            Self::List(items) => {
                write_all(json, ['[', ']'], items.iter().filter(|item| item.is_given(values)), |json, item| item.write(values, json));
            }
            Self::Object(members) => {
                let given = members.iter().filter(|(_, item)| item.is_given(values));
                write_all(json, ['{', '}'], given, |json, (name, item)| {
                    write_string(json, name);
                    json.push(':');
                    item.write(values, json);
                });
            }
        }
    }

    /// Says whether a template in the tree passes a test.
    pub(crate) fn any_text(&self, test: &dyn Fn(&Text) -> bool) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
            Self::Text(text) => test(text),
            Self::List(items) => items.iter().any(|item| item.any_text(test)),
            Self::Object(members) => members.iter().any(|(_, item)| item.any_text(test)),
        }
    }

    /// An upper bound of the length as JSON, so that the buffer never grows and leaves no unwiped copy.
    fn room(&self, values: &dyn Values) -> usize {
        const ESCAPED: usize = 6;
        match self {
            Self::Null | Self::Bool(_) => 8,
            Self::Number(number) => number.to_string().len() + 2,
            Self::Text(text) => {
                let listed = text.only_name().and_then(|name| values.list(name)).unwrap_or_default();
                let listed: usize = listed.iter().map(|item| item.len() * ESCAPED + 3).sum();
                text.filled_len(values).unwrap_or_default() * ESCAPED + listed + 4
            }
            Self::List(items) => items.iter().map(|item| item.room(values) + 1).sum::<usize>() + 2,
            Self::Object(members) => members.iter().map(|(name, item)| name.len() * ESCAPED + 4 + item.room(values)).sum::<usize>() + 2,
        }
    }

    fn is_given(&self, values: &dyn Values) -> bool {
        if let Self::Text(text) = self { text.is_given(values) } else { true }
    }
}

fn write_all<T>(json: &mut String, [open, close]: [char; 2], items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut String, T)) {
    json.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        write(json, item);
    }
    json.push(close);
}

/// Writes a JSON string (RFC 8259 section 7).
fn write_string(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            c if c < ' ' => json.push_str(&alloc::format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by a panic")]
    use super::*;
    use crate::document::{Document, Read, Reader};
    use alloc::{collections::BTreeMap, vec};

    fn read<T: Read>(json: &str) -> Option<T> {
        Reader::read(&serde_json::from_str::<Document>(json).unwrap()).ok()
    }

    struct Map(BTreeMap<&'static str, &'static str>, Vec<String>);

    impl Values for Map {
        fn text(&self, name: &str) -> Option<&str> {
            self.0.get(name).copied()
        }

        fn list(&self, name: &str) -> Option<&[String]> {
            (name == "scope" && !self.1.is_empty()).then_some(self.1.as_slice())
        }
    }

    fn values() -> Map {
        Map([("id", "a\"b"), ("host", "h")].into(), vec![])
    }

    #[test]
    fn names_in_braces_are_filled_in() {
        assert_eq!(*Text::parse("https://{host}/{{x}}/{host}").unwrap().fill(&values()).unwrap(), "https://h/{x}/h");
    }

    #[test]
    fn a_text_with_an_option_that_was_not_given_is_left_out() {
        assert!(Text::parse("{host}{absent}").unwrap().fill(&values()).is_none());
    }

    #[test]
    fn unbalanced_braces_and_odd_names_are_refused() {
        for text in ["{", "}", "{a", "a}", "{}", "{A}", "{a b}", "{1a}", "{{{"] {
            assert!(Text::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn json_keeps_the_written_order_escapes_values_and_leaves_out_absent_members() {
        let tree: Tree = read(r#"{"z":"{id}","n":1.5,"gone":"{absent}","a":[true,null,"{absent}",{"k":"{host}"}]}"#).unwrap();
        let json = tree.to_json(&values());
        assert_eq!(json, r#"{"z":"a\"b","n":1.5,"a":[true,null,{"k":"h"}]}"#);
        assert!(json.len() <= tree.room(&values()));
    }

    #[test]
    fn a_list_is_written_as_an_array() {
        let tree: Tree = read(r#"{"scope":"{scope}"}"#).unwrap();
        let json = tree.to_json(&Map(BTreeMap::new(), vec!["a".into(), "b".into()]));
        assert_eq!(json, r#"{"scope":["a","b"]}"#);
        assert_eq!(tree.to_json(&values()), "{}");
    }

    #[test]
    fn a_member_given_twice_is_refused() {
        assert!(read::<Tree>(r#"{"a":1,"a":2}"#).is_none());
        assert!(read::<Members>(r#"{"a":"1","a":"2"}"#).is_none());
    }

    #[test]
    fn the_buffer_never_grows_even_if_every_character_is_escaped() {
        let tree: Tree = read(r#"{"\u0001":"{id}\u0001\u0002\n\\"}"#).unwrap();
        let json = tree.to_json(&values());
        assert!(json.len() <= tree.room(&values()));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), serde_json::json!({"\u{1}": "a\"b\u{1}\u{2}\n\\"}));
    }
}
