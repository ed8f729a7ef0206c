//! One request over loopback, for setting the service up. A client library would cost more than it gives here.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, bail};

/// Asks for a page and returns the answer's body.
///
/// # Errors
/// The service cannot be reached, or answers anything but success.
pub(super) fn get(address: SocketAddr, path: &str, token: &str) -> anyhow::Result<String> {
    request(address, "GET", path, token, "application/json", b"")
}

/// Sends a body and returns the answer's body.
///
/// # Errors
/// The service cannot be reached, or answers anything but success.
pub(super) fn post(
    address: SocketAddr,
    path: &str,
    token: &str,
    kind: &str,
    body: &[u8],
) -> anyhow::Result<String> {
    request(address, "POST", path, token, kind, body)
}

fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    kind: &str,
    body: &[u8],
) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).context("cannot reach the service")?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).context("cannot read the answer")?;
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer has no end of headers")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if !status.starts_with('2') {
        bail!("{path} answered {status}: {body}");
    }
    Ok(body.to_owned())
}
