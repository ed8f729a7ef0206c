//! What a browser sent in a form or in the address: names and values as they came, so that a form that is refused can be
//! shown again as it was filled in.

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use url::form_urlencoded;
use vigie_app::Code;

use crate::failure::Failure;

/// Fields of a form, or of the query of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// Fields that a form starts with.
    pub(crate) fn of(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The first value of a field, without white space at its ends; empty when it was not sent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find_map(|(known, value)| (known == name).then_some(value.trim())).unwrap_or("")
    }

    /// Every value of a field that can be sent several times.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(move |(known, value)| (known == name).then_some(value.as_str()))
    }

    /// Adds a value to a field, after those that it has.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Gives a field this value, in place of any that it has.
    pub(crate) fn put(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.add(name, value);
    }

    /// Takes every value of a field away.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Whether a field was sent with this value, among others perhaps.
    pub(crate) fn has(&self, name: &str, value: impl std::fmt::Display) -> bool {
        let value = value.to_string();
        self.all(name).any(|sent| sent == value)
    }

    /// Everything that was sent, in its order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Every value that can be read; what cannot be was not offered by the form.
    pub(crate) fn parsed<'a, T: std::str::FromStr>(&'a self, name: &'a str) -> impl Iterator<Item = T> + 'a {
        self.all(name).filter_map(|value| value.parse().ok())
    }
}

/// The fields of a form that was sent.
#[derive(Debug)]
pub(crate) struct Form(pub(crate) Fields);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|_| Failure::new(Code::BadRequest, "the form cannot be read"))?;
        Ok(Self(Fields::parse(&bytes)))
    }
}

/// The fields of the address.
#[derive(Debug)]
pub(crate) struct Query(pub(crate) Fields);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Fields::parse(parts.uri.query().unwrap_or("").as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_sent_twice_keeps_both_values_and_texts_are_trimmed() {
        let fields = Fields::parse(b"role=reviewer&role=auditor&name=+Ad%C3%A8le+");
        assert_eq!(fields.all("role").collect::<Vec<_>>(), ["reviewer", "auditor"]);
        assert_eq!(fields.text("name"), "Ad\u{e8}le");
        assert_eq!(fields.text("absent"), "");
    }
}
