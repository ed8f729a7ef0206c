//! JSON as it stands there: members in their order, and twice where they are there twice. `serde_json::Value` keeps only the
//! last of two, so that two readers could understand one signed document differently.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Number;

use super::super::checks;
use crate::request::{Diagnostics, Problem, RequestError};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Whether brackets are nested more deeply, before anything is built of them.
pub(super) fn is_deeper_than(text: &str, limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

impl Node {
    /// As text, for a diagnostic.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => serde_json::to_string(other).unwrap_or_default(),
        }
    }

    pub(super) fn text(self, place: &str) -> Result<String, RequestError> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(RequestError::WrongType { place: place.to_owned(), expected: "a text" }),
        }
    }

    pub(super) fn bool(self, place: &str) -> Result<bool, RequestError> {
        match self {
            Self::Bool(value) => Ok(value),
            _ => Err(RequestError::WrongType { place: place.to_owned(), expected: "true or false" }),
        }
    }

    pub(super) fn count(self, place: &str) -> Result<u32, RequestError> {
        let count = match self {
            Self::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
            _ => None,
        };
        count.ok_or_else(|| RequestError::WrongType {
            place: place.to_owned(),
            expected: "a whole number from 0",
        })
    }

    pub(super) fn list(self, place: &str, limit: usize) -> Result<Vec<Node>, RequestError> {
        match self {
            Self::List(list) if list.len() > limit => {
                Err(RequestError::TooMany { place: place.to_owned(), limit })
            }
            Self::List(list) => Ok(list),
            _ => Err(RequestError::WrongType { place: place.to_owned(), expected: "a list" }),
        }
    }
}

/// An object that is being read, member by member.
pub(super) struct Members {
    pub(super) place: String,
    left: Vec<Option<(String, Node)>>,
}

impl Members {
    pub(super) fn of(node: Node, place: String) -> Result<Self, RequestError> {
        let Node::Map(members) = node else {
            return Err(RequestError::WrongType { place, expected: "an object" });
        };
        let mut seen = HashSet::with_capacity(members.len());
        if let Some((twice, _)) = members.iter().find(|(name, _)| !seen.insert(name.as_str())) {
            return Err(RequestError::Twice { place: below(&place, twice) });
        }
        Ok(Self { place, left: members.into_iter().map(Some).collect() })
    }

    /// The place of a member.
    pub(super) fn at(&self, name: &str) -> String {
        below(&self.place, name)
    }

    /// Whether a member is there, and not null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.left.iter().flatten().any(|(known, node)| known == name && *node != Node::Null)
    }

    /// Takes a member. Null is the same as absent.
    pub(super) fn take(&mut self, name: &str) -> Option<Node> {
        let slot = self.left.iter_mut().find(|slot| slot.as_ref().is_some_and(|(known, _)| known == name))?;
        slot.take().map(|(_, node)| node).filter(|node| *node != Node::Null)
    }

    pub(super) fn need(&mut self, name: &str) -> Result<Node, RequestError> {
        self.take(name).ok_or_else(|| RequestError::Missing { place: self.at(name) })
    }

    /// Takes a text; none where it is absent.
    pub(super) fn text(
        &mut self,
        name: &str,
        limit: usize,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<String>, RequestError> {
        let Some(node) = self.take(name) else { return Ok(None) };
        let place = self.at(name);
        let text = node.text(&place)?;
        checks::text(text, limit, || place.clone(), diagnostics).map(Some)
    }

    /// Reports what nobody took.
    pub(super) fn end(self, diagnostics: &mut Diagnostics) {
        for (name, node) in self.left.into_iter().flatten() {
            let place = below(&self.place, &name);
            diagnostics.show(place, Problem::UnknownMember, &node.shown());
        }
    }
}

/// The pointer to a member: RFC 6901.
pub(super) fn below(place: &str, name: &str) -> String {
    format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"))
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Build)
    }
}

struct Build;

impl<'de> Visitor<'de> for Build {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Number::from_f64(value).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = seq.next_element()? {
            list.push(node);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Node::Map(members))
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(list) => serializer.collect_seq(list),
            Self::Map(members) => serializer.collect_map(members.iter().map(|(name, node)| (name, node))),
        }
    }
}
