//! XML as a tree, within bounds: what the forms are read from. It remembers which elements somebody read.
//!
//! What it is: one pass over the text, no recursion, no entity but the five of XML, no document type. What it is not: a
//! validator of XML; what it takes for well-formed is what the forms need.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::super::checks;
use super::SHARED;
use super::names::Name;
use crate::request::{DEEPEST, Diagnostics, LARGEST, LONGEST_TEXT, Problem, RequestError};

/// Elements of one document.
const MOST_ELEMENTS: usize = 400_000;

/// Attributes of one element.
const MOST_ATTRIBUTES: usize = 32;

/// Attributes that speak to a validator of schemas and say nothing to a reader.
const OF_SCHEMAS: &[&str] = &["xsi:schemaLocation", "xsi:noNamespaceSchemaLocation", "xsi:type", "xsi:nil"];

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// The namespace that its prefix stands for.
    pub(super) namespace: Option<Rc<str>>,
    /// Its name without prefix.
    pub(super) name: Box<str>,
    /// Which of the elements of that name beside it, from 1; 0 of the root.
    number: usize,
    /// Whether it belongs to the forms, and may be read.
    is_ours: bool,
    /// Its own text, all of it.
    text: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    /// Whether somebody read it.
    was_read: Cell<bool>,
}

impl Element {
    /// The first child of that name.
    pub(super) fn child(&self, name: Name) -> Option<&Element> {
        self.all(name).next()
    }

    /// All children of that name; each is read by being reached.
    pub(super) fn all(&self, name: Name) -> impl Iterator<Item = &Element> {
        let of_name = move |child: &&Element| child.is_ours && *child.name == *name.text;
        self.children.iter().filter(of_name).inspect(|child| child.was_read.set(true))
    }

    /// Its text, if it says something.
    pub(super) fn said(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }

    /// Its step in a path.
    pub(super) fn step(&self) -> String {
        if self.number > 1 { format!("/{}[{}]", self.name, self.number) } else { format!("/{}", self.name) }
    }

    /// All text in it and below, and takes it all for read.
    pub(super) fn all_text(&self) -> String {
        let mut parts = Vec::new();
        let mut left = vec![self];
        while let Some(element) = left.pop() {
            element.was_read.set(true);
            parts.extend(element.said());
            left.extend(element.children.iter().rev());
        }
        parts.join("\n")
    }

    /// Whether it holds any element.
    pub(super) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }

    /// Reports every element that nobody read, every attribute, and text between elements.
    pub(super) fn report_unread(&self, diagnostics: &mut Diagnostics) {
        let mut path = self.step();
        self.was_read.set(true);
        self.report_below(&mut path, diagnostics);
    }

    // The depth is bounded, so that this cannot run out of stack.
    fn report_below(&self, path: &mut String, diagnostics: &mut Diagnostics) {
        for (name, value) in self.attributes.iter().filter(|(name, _)| !OF_SCHEMAS.contains(&name.as_str())) {
            let place = format!("{path}/@{name}");
            diagnostics.show(place, Problem::UnknownAttribute, value);
        }
        let is_text_lost = !self.was_read.get() || self.has_children();
        let is_leaf = !self.has_children();
        if (is_text_lost && self.said().is_some()) || (!self.was_read.get() && is_leaf) {
            let problem = match self.is_ours {
                true => Problem::UnknownElement,
                false => Problem::ForeignElement,
            };
            diagnostics.show(path.as_str(), problem, self.said().unwrap_or_default());
        }
        for child in &self.children {
            let length = path.len();
            path.push_str(&child.step());
            child.report_below(path, diagnostics);
            path.truncate(length);
        }
    }
}

/// Reads a document to its root.
pub(super) fn read(bytes: &[u8]) -> Result<Element, RequestError> {
    if bytes.len() > LARGEST {
        return Err(RequestError::TooLarge { limit: LARGEST });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| RequestError::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.chars().any(checks::is_forbidden) {
        return Err(RequestError::ControlCharacter { place: "the document".to_owned() });
    }
    let mut reader = Reader::from_str(text);
    let mut building = Building::default();
    loop {
        let byte = reader.buffer_position();
        let malformed = |_| RequestError::NotXml { byte };
        match reader.read_event().map_err(malformed)? {
            Event::Start(start) => building.open(&start, byte)?,
            Event::Empty(start) => {
                building.open(&start, byte)?;
                building.close(byte)?;
            }
            Event::End(_) => building.close(byte)?,
            Event::Text(text) => building.say(&text.xml10_content(), byte)?,
            Event::CData(text) => building.say(&text.xml10_content(), byte)?,
            Event::GeneralRef(reference) => {
                let character = resolved(&reference, byte)?;
                building.say(character.encode_utf8(&mut [0; 4]), byte)?;
            }
            Event::Decl(_) if building.elements > 0 => return Err(RequestError::NotXml { byte }),
            Event::Decl(declaration) => {
                if let Some(encoding) = declaration.encoding() {
                    let encoding = encoding.map_err(|_| RequestError::NotXml { byte })?;
                    if !encoding.eq_ignore_ascii_case("utf-8") {
                        return Err(RequestError::NotUtf8);
                    }
                }
            }
            Event::DocType(_) => return Err(RequestError::Doctype),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return building.end(byte),
        }
    }
}

/// The character for which a reference stands: one of the five, or one by its number.
fn resolved(reference: &BytesRef<'_>, byte: u64) -> Result<char, RequestError> {
    let by_number = reference.resolve_char_ref().map_err(|_| RequestError::NotXml { byte })?;
    let character = match (by_number, &**reference) {
        (Some(character), _) => character,
        (None, "amp") => '&',
        (None, "lt") => '<',
        (None, "gt") => '>',
        (None, "quot") => '"',
        (None, "apos") => '\'',
        (None, _) => return Err(RequestError::Entity { byte }),
    };
    if checks::is_forbidden(character) {
        return Err(RequestError::ControlCharacter { place: "the document".to_owned() });
    }
    Ok(character)
}

/// An element whose end has not come yet.
struct Open {
    element: Element,
    /// As it was written, with its prefix.
    characters: usize,
    /// How many prefixes were declared when it began.
    prefixes: usize,
    /// How many children of each name it has.
    counts: HashMap<Box<str>, usize>,
}

#[derive(Default)]
struct Building {
    open: Vec<Open>,
    prefixes: Vec<(String, Option<Rc<str>>)>,
    root: Option<Element>,
    elements: usize,
}

impl Building {
    fn open(&mut self, start: &BytesStart<'_>, byte: u64) -> Result<(), RequestError> {
        if self.open.len() == DEEPEST {
            return Err(RequestError::TooDeep { limit: DEEPEST });
        }
        self.elements += 1;
        if self.elements > MOST_ELEMENTS {
            return Err(RequestError::TooMany { place: "the document".to_owned(), limit: MOST_ELEMENTS });
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(RequestError::NotXml { byte });
        }
        let prefixes = self.prefixes.len();
        let attributes = self.attributes(start, byte)?;
        let name = start.name();
        let (prefix, local) = name.as_ref().split_once(':').unwrap_or(("", name.as_ref()));
        if !is_name(local) {
            return Err(RequestError::NotXml { byte });
        }
        let namespace = self.namespace(prefix, byte)?;
        let is_ours = namespace.as_deref().is_some_and(|namespace| {
            SHARED.contains(&namespace) || self.root_namespace().is_none_or(|root| root == namespace)
        });
        let number = self.open.last_mut().map_or(0, |parent| {
            let count = parent.counts.entry(local.into()).or_default();
            *count += 1;
            *count
        });
        let element =
            Element { namespace, name: local.into(), number, is_ours, attributes, ..Element::default() };
        self.open.push(Open { element, characters: 0, prefixes, counts: HashMap::new() });
        Ok(())
    }

    fn root_namespace(&self) -> Option<&str> {
        self.open.first().and_then(|root| root.element.namespace.as_deref())
    }

    /// The attributes, without the declarations of namespaces, which are noted.
    fn attributes(
        &mut self,
        start: &BytesStart<'_>,
        byte: u64,
    ) -> Result<Vec<(String, String)>, RequestError> {
        let mut attributes: Vec<(String, String)> = Vec::new();
        let mut declared: Vec<String> = Vec::new();
        for (count, attribute) in start.attributes().with_checks(false).enumerate() {
            let attribute = attribute.map_err(|_| RequestError::NotXml { byte })?;
            if count == MOST_ATTRIBUTES {
                return Err(RequestError::TooMany { place: start_name(start), limit: MOST_ATTRIBUTES });
            }
            let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0);
            let value = value.map_err(|_| RequestError::Entity { byte })?.into_owned();
            let name = attribute.key.as_ref().to_owned();
            let is_twice = attributes.iter().any(|(known, _)| *known == name) || declared.contains(&name);
            if is_twice || value.chars().any(checks::is_forbidden) {
                return Err(RequestError::NotXml { byte });
            }
            if value.len() > LONGEST_TEXT {
                return Err(RequestError::TooLong { place: start_name(start), limit: LONGEST_TEXT });
            }
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => Some(""),
                Some(rest) => rest.strip_prefix(':'),
                None => None,
            };
            match prefix {
                Some(prefix) => {
                    let namespace = (!value.is_empty()).then(|| Rc::from(value));
                    self.prefixes.push((prefix.to_owned(), namespace));
                    declared.push(name);
                }
                None => attributes.push((name, value)),
            }
        }
        Ok(attributes)
    }

    /// What a prefix stands for. At most [`DEEPEST`] × [`MOST_ATTRIBUTES`] of them are declared at once.
    fn namespace(&self, prefix: &str, byte: u64) -> Result<Option<Rc<str>>, RequestError> {
        match self.prefixes.iter().rev().find(|(known, _)| known == prefix) {
            Some((_, namespace)) => Ok(namespace.clone()),
            None if prefix.is_empty() => Ok(None),
            None => Err(RequestError::NotXml { byte }),
        }
    }

    fn say(&mut self, text: &str, byte: u64) -> Result<(), RequestError> {
        let Some(open) = self.open.last_mut() else {
            return if text.trim().is_empty() { Ok(()) } else { Err(RequestError::NotXml { byte }) };
        };
        open.characters += text.chars().count();
        if open.characters > LONGEST_TEXT && !text.trim().is_empty() {
            return Err(RequestError::TooLong { place: self.place(), limit: LONGEST_TEXT });
        }
        // Room between elements counts, but is not kept.
        if !(text.trim().is_empty() && open.element.text.is_empty()) {
            open.element.text.push_str(text);
        }
        Ok(())
    }

    fn close(&mut self, byte: u64) -> Result<(), RequestError> {
        let Open { element, prefixes, .. } = self.open.pop().ok_or(RequestError::NotXml { byte })?;
        self.prefixes.truncate(prefixes);
        match self.open.last_mut() {
            Some(parent) => parent.element.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn place(&self) -> String {
        self.open.iter().map(|open| open.element.step()).collect()
    }

    fn end(self, byte: u64) -> Result<Element, RequestError> {
        if !self.open.is_empty() {
            return Err(RequestError::NotXml { byte });
        }
        self.root.ok_or(RequestError::NotXml { byte })
    }
}

/// Whether it can name an element; what stands in it then stands in paths.
fn is_name(text: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.');
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text.len() <= 200
        && text.chars().all(is_part)
}

fn start_name(start: &BytesStart<'_>) -> String {
    let name = start.name();
    format!("the attributes of {}", name.as_ref().chars().take(100).collect::<String>())
}
