//! Reading columns into our types, and writing our types as columns.

use std::error::Error;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::Identifier;

use crate::StoreError;

/// Reads columns by name. Each function says what the column must hold.
pub(crate) trait Columns {
    fn text(&self, column: &str) -> Result<String, StoreError>;
    fn optional_text(&self, column: &str) -> Result<Option<String>, StoreError>;
    fn number(&self, column: &str) -> Result<i64, StoreError>;
    fn optional_number(&self, column: &str) -> Result<Option<i64>, StoreError>;
    fn fraction(&self, column: &str) -> Result<f64, StoreError>;
    fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError>;
    fn optional_bytes(&self, column: &str) -> Result<Option<Vec<u8>>, StoreError>;

    fn truth(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.number(column)? != 0)
    }

    fn moment(&self, column: &str) -> Result<Moment, StoreError> {
        self.number(column).map(Moment)
    }

    fn optional_moment(&self, column: &str) -> Result<Option<Moment>, StoreError> {
        Ok(self.optional_number(column)?.map(Moment))
    }

    fn id<I: Identifier>(&self, column: &str) -> Result<I, StoreError> {
        identifier(column, &self.bytes(column)?)
    }

    fn optional_id<I: Identifier>(&self, column: &str) -> Result<Option<I>, StoreError> {
        self.optional_bytes(column)?.map(|bytes| identifier(column, &bytes)).transpose()
    }

    /// A text of a closed set of names, or of any type that reads itself from text.
    fn parsed<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: FromStr,
        T::Err: Error + Send + Sync + 'static,
    {
        self.text(column)?.parse().map_err(|error| wrong(column, error))
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|error| wrong(column, error))
    }

    fn optional_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let Some(text) = self.optional_text(column)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|error| wrong(column, error))
    }
}

impl Columns for AnyRow {
    fn text(&self, column: &str) -> Result<String, StoreError> {
        self.try_get(column).map_err(|error| wrong(column, error))
    }

    fn optional_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.try_get(column).map_err(|error| wrong(column, error))
    }

    fn number(&self, column: &str) -> Result<i64, StoreError> {
        self.try_get(column).map_err(|error| wrong(column, error))
    }

    fn optional_number(&self, column: &str) -> Result<Option<i64>, StoreError> {
        self.try_get(column).map_err(|error| wrong(column, error))
    }

    fn fraction(&self, column: &str) -> Result<f64, StoreError> {
        self.try_get(column).map_err(|error| wrong(column, error))
    }

    fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        self.try_get(column).map_err(|error| wrong(column, error))
    }

    fn optional_bytes(&self, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.try_get(column).map_err(|error| wrong(column, error))
    }
}

pub(crate) fn wrong(column: &str, error: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::Column { column: column.to_owned(), source: error.into() }
}

fn identifier<I: Identifier>(column: &str, bytes: &[u8]) -> Result<I, StoreError> {
    uuid::Uuid::from_slice(bytes).map(I::from_uuid).map_err(|error| wrong(column, error))
}

/// The sixteen bytes of an identifier, as a column.
pub(crate) fn key(id: impl Identifier) -> Vec<u8> {
    id.uuid().as_bytes().to_vec()
}

/// The sixteen bytes of an identifier, where there is one.
pub(crate) fn optional_key<I: Identifier>(id: Option<I>) -> Option<Vec<u8>> {
    id.map(key)
}
