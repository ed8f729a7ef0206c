//! Fetching media by address, for clients of the HMA-compatible API that send addresses instead of media.
//!
//! What it is: a small client that reaches only the hosts that the operator listed, at public network addresses, and
//! connects to the very address that was checked, so that a name that changes its mind between check and connection gains
//! nothing. A private or loopback address is reached only where it is listed itself (`localhost` stands for this machine).
//! Redirects are followed a few times, each checked like the first address. What it is not: a cache or a crawler.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, Url};
use vigie_app::ports::{Answer, FetchError, Fetched, MediaSource};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a whole fetch may take, for each hop.
const WHOLE: Duration = Duration::from_secs(30);

/// How many redirects are followed.
const REDIRECTS: usize = 3;

/// Fetches from listed hosts.
#[derive(Debug, Clone)]
pub struct AllowedHosts {
    /// Host names and addresses in lower case, with a port or without.
    hosts: Vec<String>,
}

impl AllowedHosts {
    /// These hosts and no other. `host:port` allows one port alone.
    #[must_use]
    pub fn new(hosts: &[String]) -> Self {
        crate::http::install_crypto();
        Self { hosts: hosts.iter().map(|host| host.trim().to_ascii_lowercase()).collect() }
    }

    async fn get(&self, address: &str, limit: usize) -> Result<Fetched, FetchError> {
        let mut url = Url::parse(address).map_err(|_| FetchError::NotAllowed)?;
        for _ in 0..=REDIRECTS {
            let response = self.ask(&url).await?;
            if !response.status().is_redirection() {
                return read(response, limit).await;
            }
            let next = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let next = next.ok_or_else(|| FetchError::Failed("a redirect that leads nowhere".into()))?;
            url = url.join(next).map_err(|_| FetchError::NotAllowed)?;
        }
        Err(FetchError::Failed("it redirects too often".into()))
    }

    async fn ask(&self, url: &Url) -> Result<Response, FetchError> {
        let (host, port) = self.checked(url)?;
        let addresses = self.resolved(&host, port).await?;
        let failed = |error: reqwest::Error| FetchError::Failed(error.without_url().to_string());
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .resolve_to_addrs(&host, &addresses)
            .build()
            .map_err(failed)?;
        client.get(url.clone()).send().await.map_err(failed)
    }

    /// The host and port of an address, where they are listed.
    fn checked(&self, url: &Url) -> Result<(String, u16), FetchError> {
        let plain =
            matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
        let host = url.host_str().filter(|_| plain).ok_or(FetchError::NotAllowed)?.to_ascii_lowercase();
        let port = url.port_or_known_default().ok_or(FetchError::NotAllowed)?;
        match self.lists(&host, port) {
            true => Ok((host, port)),
            false => Err(FetchError::NotAllowed),
        }
    }

    fn lists(&self, host: &str, port: u16) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let names = [host.to_owned(), bare.to_owned(), format!("{host}:{port}")];
        self.hosts.iter().any(|listed| names.contains(listed))
    }

    /// The network addresses of a host that may be reached.
    async fn resolved(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, FetchError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found = tokio::net::lookup_host((bare, port)).await;
        let found = found.map_err(|_| FetchError::Failed("the host is not found".into()))?;
        let allowed: Vec<_> = found.filter(|address| self.may_reach(host, address)).collect();
        if allowed.is_empty() { Err(FetchError::NotAllowed) } else { Ok(allowed) }
    }

    fn may_reach(&self, host: &str, address: &SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        is_public(ip)
            || self.lists(&ip.to_string(), address.port())
            || (host == "localhost" && ip.is_loopback())
    }
}

impl MediaSource for AllowedHosts {
    fn fetch<'a>(&'a self, url: &'a str, limit: usize) -> Answer<'a, Result<Fetched, FetchError>> {
        Box::pin(self.get(url, limit))
    }
}

async fn read(mut response: Response, limit: usize) -> Result<Fetched, FetchError> {
    if !response.status().is_success() {
        return Err(FetchError::Failed(format!("the host answered {}", response.status().as_u16())));
    }
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(FetchError::TooLarge);
    }
    let stated = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = stated.map(str::to_owned);
    let mut bytes = BytesMut::new();
    let failed = |error: reqwest::Error| FetchError::Failed(error.without_url().to_string());
    while let Some(part) = response.chunk().await.map_err(failed)? {
        if bytes.len() + part.len() > limit {
            return Err(FetchError::TooLarge);
        }
        bytes.extend_from_slice(&part);
    }
    Ok(Fetched { bytes: Bytes::from(bytes), content_type })
}

/// Whether an address belongs to the public network: everything that the registries of special purpose name is none.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || ip.is_unspecified();
    let reserved = a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special && !reserved
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    // Only 2000::/3 is handed out. Within it lie the forms that carry an IPv4 address (Teredo, 6to4) and examples.
    let global = first & 0xe000 == 0x2000;
    let carries_v4 = (first == 0x2001 && second < 0x0200) || first == 0x2002;
    let example = (first == 0x2001 && second == 0x0db8) || first == 0x3fff;
    global && !carries_v4 && !example
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;

    use super::*;

    async fn host() -> u16 {
        let router = Router::new()
            .route("/lake", get(async || ([("content-type", "image/jpeg")], "a lake")))
            .route("/here", get(async || Redirect::temporary("/lake")))
            .route("/away", get(async || Redirect::temporary("http://elsewhere.example/lake")))
            .route("/round", get(async || Redirect::temporary("/round")));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio_util::task::TaskTracker::new().spawn(async { axum::serve(listener, router).await });
        port
    }

    fn allowed(hosts: &[&str]) -> AllowedHosts {
        AllowedHosts::new(&hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>())
    }

    #[tokio::test]
    async fn a_listed_host_is_reached_and_no_other() {
        let port = host().await;
        let lake = format!("http://127.0.0.1:{port}/lake");
        let fetched = allowed(&["127.0.0.1"]).fetch(&lake, 100).await.unwrap();
        assert_eq!(
            (&fetched.bytes[..], fetched.content_type.as_deref()),
            (&b"a lake"[..], Some("image/jpeg"))
        );
        let here = format!("http://localhost:{port}/here");
        assert!(allowed(&["localhost"]).fetch(&here, 100).await.is_ok());
        assert!(allowed(&[&format!("127.0.0.1:{port}")]).fetch(&lake, 100).await.is_ok());

        for (hosts, address) in [
            (vec![], lake.as_str()),
            (vec!["localhost"], lake.as_str()),
            (vec!["127.0.0.1:1"], lake.as_str()),
            (vec!["127.0.0.1"], "file:///etc/passwd"),
            (vec!["127.0.0.1"], "http://me:secret@127.0.0.1/"),
            (vec!["127.0.0.1"], "127.0.0.1/lake"),
            (vec!["127.0.0.1"], &format!("http://127.0.0.1:{port}/away")),
        ] {
            let answer = allowed(&hosts).fetch(address, 100).await;
            assert!(matches!(answer, Err(FetchError::NotAllowed)), "{address}");
        }
        assert!(matches!(allowed(&["127.0.0.1"]).fetch(&lake, 5).await, Err(FetchError::TooLarge)));
        let gone = format!("http://127.0.0.1:{port}/gone");
        assert!(matches!(allowed(&["127.0.0.1"]).fetch(&gone, 5).await, Err(FetchError::Failed(_))));
        let round = format!("http://127.0.0.1:{port}/round");
        assert!(matches!(allowed(&["127.0.0.1"]).fetch(&round, 5).await, Err(FetchError::Failed(_))));
    }

    #[test]
    fn a_listed_name_does_not_open_what_is_private() {
        let hosts = allowed(&["media.example.org", "10.0.0.5"]);
        let reach =
            |ip: &str| hosts.may_reach("media.example.org", &SocketAddr::new(ip.parse().unwrap(), 80));
        assert!(reach("93.184.215.14") && reach("2606:2800:21f::1") && reach("10.0.0.5"));
        for ip in [
            "127.0.0.1",
            "10.0.0.6",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fc00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "2002:7f00:1::",
            "2001:db8::1",
            "64:ff9b::7f00:1",
        ] {
            assert!(!reach(ip), "{ip}");
        }
    }
}
