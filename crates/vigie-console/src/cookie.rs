//! Cookies: reading those of a request, writing ours. Their names carry the instance, so that two instances on one host
//! keep out of each other's way.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

use crate::Console;

/// The value of a cookie.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}

/// The name of the cookie that carries the session. The prefix makes browsers refuse it from anywhere but this host over TLS.
pub(crate) fn session_name(console: &Console) -> String {
    let prefix = if console.is_secure() { "__Host-" } else { "" };
    format!("{prefix}vigie-{}", console.app.settings.instance)
}

/// The name of a cookie that remembers a choice of looks or language.
pub(crate) fn choice_name(console: &Console, choice: &str) -> String {
    format!("{}-{choice}", session_name(console))
}

/// Opens the session in the browser, until it is closed; the server ends it earlier.
pub(crate) fn open_session(console: &Console, secret: &str) -> Option<HeaderValue> {
    write(console, &session_name(console), secret, "")
}

/// Takes the session out of the browser.
pub(crate) fn close_session(console: &Console) -> Option<HeaderValue> {
    write(console, &session_name(console), "", "; Max-Age=0")
}

/// Remembers a choice for a year.
pub(crate) fn remember(console: &Console, choice: &str, value: &str) -> Option<HeaderValue> {
    write(console, &choice_name(console, choice), value, "; Max-Age=31536000")
}

/// The name of the cookie of a browser that is on its way to the sign-in service.
pub(crate) fn away_name(console: &Console) -> String {
    choice_name(console, "away")
}

/// Marks the browser that goes to the sign-in service, for as long as it may be away. It comes back from another host, so no
/// stricter cookie than these would be sent.
pub(crate) fn leave(console: &Console, secret: &str) -> Option<HeaderValue> {
    write(console, &away_name(console), secret, "; Max-Age=600")
}

/// Takes that mark away.
pub(crate) fn come_back(console: &Console) -> Option<HeaderValue> {
    write(console, &away_name(console), "", "; Max-Age=0")
}

/// Adds a cookie to an answer.
pub(crate) fn add(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn write(console: &Console, name: &str, value: &str, life: &str) -> Option<HeaderValue> {
    let secure = if console.is_secure() { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{life}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_not_by_part_of_its_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("xvigie-a=1; vigie-a=2"));
        headers.append(header::COOKIE, HeaderValue::from_static("vigie-b=3"));
        assert_eq!(read(&headers, "vigie-a"), Some("2"));
        assert_eq!(read(&headers, "vigie-b"), Some("3"));
        assert_eq!(read(&headers, "vigie"), None);
    }
}
