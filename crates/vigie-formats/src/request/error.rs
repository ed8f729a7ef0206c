//! Why a document could not be read at all. One that can be read in part becomes diagnostics instead.

/// Why a document of a request is no request. Its text names the place, and never what stood there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It is too long.
    #[error("the document is longer than {limit} bytes")]
    TooLarge {
        /// Bytes of the longest one.
        limit: usize,
    },
    /// It is not text of UTF-8, or says that it is another.
    #[error("the document is not text in UTF-8")]
    NotUtf8,
    /// It is not JSON, or breaks off.
    #[error("the document is not JSON: line {line}, column {column}")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It is not XML, or breaks off.
    #[error("the document is not well-formed XML at byte {byte}")]
    NotXml {
        /// How far it could be read.
        byte: u64,
    },
    /// It declares a document type, and may thereby bring in other files.
    #[error("the document declares a document type")]
    Doctype,
    /// It refers to an entity that is not one of the five that XML knows.
    #[error("the document refers to an entity at byte {byte}")]
    Entity {
        /// Where.
        byte: u64,
    },
    /// Its root belongs to none of the forms.
    #[error("the namespace of the root is none of the forms'")]
    WrongNamespace,
    /// Its root is not the one of its form.
    #[error("the root is not the one of {form}")]
    WrongRoot {
        /// The form whose namespace it has.
        form: super::FormKind,
    },
    /// It is nested too deeply.
    #[error("the document is nested more than {limit} levels deep")]
    TooDeep {
        /// How deep it may be.
        limit: usize,
    },
    /// Too many of something.
    #[error("{place} holds more than {limit} entries")]
    TooMany {
        /// Of what.
        place: String,
        /// How many there may be.
        limit: usize,
    },
    /// A text is too long.
    #[error("{place} is longer than {limit} characters")]
    TooLong {
        /// Which.
        place: String,
        /// Characters of the longest one.
        limit: usize,
    },
    /// Something is said twice, and could be read two ways.
    #[error("{place} is there twice")]
    Twice {
        /// What.
        place: String,
    },
    /// Something without which it is no request.
    #[error("{place} is missing")]
    Missing {
        /// What.
        place: String,
    },
    /// Something is of a kind that it cannot be.
    #[error("{place} is not {expected}")]
    WrongType {
        /// What.
        place: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A name that is none of a closed set, where the whole request would mean something else without it.
    #[error("{place} is none of: {known}")]
    UnknownName {
        /// What.
        place: String,
        /// The names that there are.
        known: String,
    },
    /// It holds a character that no text may hold.
    #[error("{place} holds a control character")]
    ControlCharacter {
        /// Where.
        place: String,
    },
}

impl RequestError {
    /// The line and the column where XML could be read no further, each from 1: [`RequestError::NotXml`] and
    /// [`RequestError::Entity`] count bytes, and people do not.
    #[must_use]
    pub fn line_in(&self, document: &[u8]) -> Option<(usize, usize)> {
        let (Self::NotXml { byte } | Self::Entity { byte }) = self else { return None };
        let document = document.strip_prefix("\u{feff}".as_bytes()).unwrap_or(document);
        let end = usize::try_from(*byte).map_or(document.len(), |byte| byte.min(document.len()));
        let before = String::from_utf8_lossy(&document[..end]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Some((line, column))
    }

    /// Its name, for a ledger and for screens.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::NotUtf8 => "not_utf8",
            Self::NotJson { .. } => "not_json",
            Self::NotXml { .. } => "not_xml",
            Self::Doctype => "doctype",
            Self::Entity { .. } => "entity",
            Self::WrongNamespace => "wrong_namespace",
            Self::WrongRoot { .. } => "wrong_root",
            Self::TooDeep { .. } => "too_deep",
            Self::TooMany { .. } => "too_many",
            Self::TooLong { .. } => "too_long",
            Self::Twice { .. } => "twice",
            Self::Missing { .. } => "missing",
            Self::WrongType { .. } => "wrong_type",
            Self::UnknownName { .. } => "unknown_name",
            Self::ControlCharacter { .. } => "control_character",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_xml_breaks_is_a_line_and_a_column_of_letters() {
        let document = "\u{feff}<a>\n  é<b>".as_bytes();
        for (byte, place) in [(0, (1, 1)), (4, (2, 1)), (8, (2, 4)), (1_000, (2, 7))] {
            assert_eq!(RequestError::NotXml { byte }.line_in(document), Some(place), "byte {byte}");
            assert_eq!(RequestError::Entity { byte }.line_in(document), Some(place), "byte {byte}");
        }
        assert_eq!(RequestError::WrongNamespace.line_in(document), None);
    }
}
