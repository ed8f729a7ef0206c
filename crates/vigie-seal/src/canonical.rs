//! Canonical JSON (RFC 8785), for values without floating-point numbers.
//!
//! Two programs that hold the same value must hash the same bytes: keys sorted by their UTF-16 code units, no white
//! space, shortest escapes. Floating-point numbers are refused by our types: nothing sealed carries one.

use serde::Serialize;
use serde_json::Value;

/// The canonical text of a value.
///
/// # Errors
/// The value does not serialise to JSON.
pub fn to_string(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    write(&serde_json::to_value(value)?, &mut text)?;
    Ok(text)
}

fn write(value: &Value, text: &mut String) -> Result<(), serde_json::Error> {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_by(|left, right| left.encode_utf16().cmp(right.encode_utf16()));
            text.push('{');
            for (position, key) in keys.into_iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::to_string(key)?);
                text.push(':');
                write(&map[key], text)?;
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (position, value) in values.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write(value, text)?;
            }
            text.push(']');
        }
        scalar => text.push_str(&serde_json::to_string(scalar)?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn keys_are_sorted_by_utf_16_and_nothing_is_padded() {
        // The order of RFC 8785, section 3.2.3: U+1F600 sorts before U+FB33 by its surrogate.
        let value = json!({"\u{fb33}": 1, "\u{1f600}": [true, null, "a\n"], "b": {}, "a": -7});
        assert_eq!(
            super::to_string(&value).unwrap(),
            "{\"a\":-7,\"b\":{},\"\u{1f600}\":[true,null,\"a\\n\"],\"\u{fb33}\":1}"
        );
    }
}
