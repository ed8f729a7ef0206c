//! Who calls: a token, or, where the operator allows it, any program on this very machine.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, FORWARDED, HOST, ORIGIN, VIA};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use vigie_model::Caller;
use vigie_model::access::CallerKind;

use super::door::PathToken;
use super::{Hma, HmaError};
use crate::caller::tell_asker;

/// Who calls the HMA-compatible API.
#[derive(Debug)]
pub(super) struct HmaCaller(pub(super) Caller);

impl FromRequestParts<Hma> for HmaCaller {
    type Rejection = HmaError;

    async fn from_request_parts(parts: &mut Parts, hma: &Hma) -> Result<Self, HmaError> {
        if let Some(token) = token(parts, hma.token_in_path) {
            let caller = hma.app.token_caller(&token).await?;
            tell_asker(parts, &caller);
            return Ok(Self(caller));
        }
        if hma.anonymous && is_this_machine(parts) {
            return Ok(Self(Caller {
                kind: CallerKind::Loopback,
                name: "loopback".into(),
                roles: vec![],
                scopes: vec![],
            }));
        }
        Err(HmaError::Message(
            StatusCode::UNAUTHORIZED,
            "send a token as Bearer or as the password of Basic; /hma/<token>/ in front of the path only where the operator sets \
             `hma.token_in_path`"
                .into(),
        ))
    }
}

fn token(parts: &Parts, may_be_in_path: bool) -> Option<String> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match header.and_then(|text| text.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(token.trim().to_owned()),
        Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("basic") => {
            let decoded = BASE64_STANDARD.decode(encoded.trim()).ok()?;
            let (_, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
            Some(password.to_owned())
        }
        // In an address it lies in histories and in the logs of proxies.
        _ if may_be_in_path => parts.extensions.get::<PathToken>().map(|token| token.0.clone()),
        _ => None,
    }
}

/// Whether the request comes from a program on this machine, and not from a page in its browser or through a proxy.
fn is_this_machine(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let Some(host) = text(&parts.headers, HOST.as_str()) else { return false };
    let forwarded = [FORWARDED.as_str(), VIA.as_str(), "x-forwarded-for", "x-forwarded-host", "x-real-ip"];
    let same_origin = |origin: &str| origin == format!("http://{host}");
    peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback())
        && names_this_machine(host)
        && !forwarded.iter().any(|name| parts.headers.contains_key(*name))
        && (!parts.headers.contains_key(ORIGIN) || text(&parts.headers, "origin").is_some_and(same_origin))
        && text(&parts.headers, "sec-fetch-site").is_none_or(|site| ["none", "same-origin"].contains(&site))
}

/// A name that some DNS server can point at this machine is none of it.
fn names_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
