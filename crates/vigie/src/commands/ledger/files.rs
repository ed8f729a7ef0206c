//! Where a log is read that somebody wants verified: a folder, or an address.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use anyhow::Context as _;
use reqwest::{Client, StatusCode};
use tokio::runtime::Runtime;
use url::Url;
use vigie_seal::audit::Files;

/// More than the largest file of a log: 256 entries of the greatest length.
const LARGEST_FILE: usize = 17 * 1024 * 1024;

/// A log in a folder or at an address.
pub(super) enum Source {
    Folder(PathBuf),
    Address(Remote),
}

/// A log at an address.
pub(super) struct Remote {
    runtime: Runtime,
    client: Client,
    address: Url,
}

impl Source {
    /// What looks like an address of the web is one; of a whole service, its log is meant.
    pub(super) fn of(text: &str) -> anyhow::Result<Self> {
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return Ok(Self::Folder(text.into()));
        }
        let mut address = Url::parse(text).with_context(|| format!("{text} is no address"))?;
        let path = match address.path().trim_end_matches('/') {
            "" => "/log/".to_owned(),
            path => format!("{path}/"),
        };
        address.set_path(&path);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("cannot start the runtime")?;
        // Whoever installed cryptography first decided for the process, and everybody installs the same.
        let client = vigie_connect::auditing_client().context("cannot make a client")?;
        Ok(Self::Address(Remote { runtime, client, address }))
    }
}

impl Files for Source {
    fn read(&mut self, path: &str) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::Folder(folder) => match std::fs::read(folder.join(path)) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(missing) if missing.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
            Self::Address(remote) => remote.runtime.block_on(remote.fetch(path)),
        }
    }
}

impl Remote {
    async fn fetch(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let address = self.address.join(path).map_err(io::Error::other)?;
        let mut response = self.client.get(address).send().await.map_err(io::Error::other)?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if !response.status().is_success() {
            return Err(io::Error::other(format!("the answer is {}", response.status())));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(io::Error::other)? {
            if bytes.len() + chunk.len() > LARGEST_FILE {
                return Err(io::Error::other("the file is larger than any of a log"));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes))
    }
}
