//! A load on a running service: submissions with media or with signals only, none of which is known.
//!
//! What it is: a few threads with one kept-alive connection each, and one JSON object on the last line of output. With
//! `--rate` it keeps a schedule and counts latency from the scheduled moment, so that a stalled service cannot hide its
//! queue. What it is not: a judge; it prints what it measured. It speaks to loopback only, and stops by itself.
//!
//! `cargo run --release -p vigie --example load -- --address 127.0.0.1:8420 --token TOKEN --seconds 10 [--rate 220]
//! [--connections 8] [--signals]`, or `-- --write FOLDER` for the pictures alone

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use vigie_synth::landscape::landscape;
use vigie_synth::picture::{Encoding, Size};

/// How many different images are sent in turn.
const IMAGES: u64 = 64;
const BOUNDARY: &str = "vigie-load-boundary";

struct Load {
    address: SocketAddr,
    seconds: u64,
    /// Requests a second over all connections; none sends as fast as answers come.
    rate: Option<f64>,
    connections: usize,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        arguments.iter().position(|word| word == name).and_then(|place| arguments.get(place + 1)).cloned()
    };
    if let Some(folder) = value("--write") {
        return write_pictures(folder.as_ref());
    }
    let token = value("--token").context("--token is missing")?;
    let load = Load {
        address: value("--address").context("--address is missing")?.parse().context("reading --address")?,
        seconds: value("--seconds").map_or(Ok(10), |text| text.parse()).context("reading --seconds")?,
        rate: value("--rate").map(|text| text.parse()).transpose().context("reading --rate")?,
        connections: value("--connections")
            .map_or(Ok(8), |text| text.parse())
            .context("reading --connections")?,
    };
    ensure!(load.address.ip().is_loopback(), "a load goes to loopback addresses only");
    ensure!(load.seconds <= 120, "a load lasts at most two minutes");
    let signals = arguments.iter().any(|word| word == "--signals");
    let requests: Vec<Vec<u8>> = (0..IMAGES)
        .map(|seed| if signals { signals_request(seed, &token) } else { media_request(seed, &token) })
        .collect();
    println!("{}", run(&load, &Arc::new(requests))?);
    Ok(())
}

/// Writes the pictures into a folder, so that others can be measured on the same ones.
fn write_pictures(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).context("making the folder")?;
    for seed in 0..IMAGES {
        std::fs::write(folder.join(format!("{seed:02}.jpg")), picture(seed)).context("writing a picture")?;
    }
    Ok(())
}

fn picture(seed: u64) -> Vec<u8> {
    landscape(seed, Size::clamped(512, 512)).encode(Encoding::Jpeg(85))
}

fn media_request(seed: u64, token: &str) -> Vec<u8> {
    let mut body = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"context\"\r\ncontent-type: application/json\r\n\r\n{}\r\n\
         --{BOUNDARY}\r\ncontent-disposition: form-data; name=\"media\"; filename=\"x\"\r\n\
         content-type: image/jpeg\r\n\r\n",
        context(seed)
    )
    .into_bytes();
    body.extend_from_slice(&picture(seed));
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    request(token, &format!("multipart/form-data; boundary={BOUNDARY}"), &body)
}

fn signals_request(seed: u64, token: &str) -> Vec<u8> {
    let mut random = vigie_synth::random::Random::new(seed);
    let hash: String = (0..4).map(|_| format!("{:016x}", random.draw())).collect();
    let body = format!(r#"{{"context":{},"signals":{{"pdq":"{hash}"}}}}"#, context(seed));
    request(token, "application/json", body.as_bytes())
}

fn context(seed: u64) -> String {
    format!(
        r#"{{"surface":"public_channel","service":"load","conversation":{{"id":"c{seed}","kind":"channel"}},"account":{{"id":"a{seed}"}},"message_id":"m{seed}"}}"#
    )
}

fn request(token: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST /api/v1/submissions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

fn run(load: &Load, requests: &Arc<Vec<Vec<u8>>>) -> anyhow::Result<String> {
    let started = Instant::now();
    let end = started + Duration::from_secs(load.seconds);
    let next = Arc::new(AtomicU64::new(0));
    let threads: Vec<_> = (0..load.connections)
        .map(|_| {
            let (address, rate) = (load.address, load.rate);
            let (requests, next) = (Arc::clone(requests), Arc::clone(&next));
            thread::spawn(move || connection(address, &requests, &next, rate, started, end))
        })
        .collect();
    let mut latencies = Vec::new();
    for thread in threads {
        latencies.extend(thread.join().map_err(|_| anyhow::anyhow!("a connection's thread panicked"))??);
    }
    ensure!(!latencies.is_empty(), "nothing was answered");
    let seconds = started.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let quantile =
        |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    Ok(format!(
        r#"{{"answers":{},"per_second":{:.1},"p50_ms":{:.2},"p99_ms":{:.2},"max_ms":{:.2}}}"#,
        latencies.len(),
        latencies.len() as f64 / seconds,
        quantile(0.5),
        quantile(0.99),
        quantile(1.0)
    ))
}

fn connection(
    address: SocketAddr,
    requests: &[Vec<u8>],
    next: &AtomicU64,
    rate: Option<f64>,
    started: Instant,
    end: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).context("connecting")?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let mut latencies = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let due = match rate {
            Some(rate) => started + Duration::from_secs_f64(number as f64 / rate),
            None => Instant::now(),
        };
        if due >= end {
            return Ok(latencies);
        }
        thread::sleep(due.saturating_duration_since(Instant::now()));
        stream.write_all(&requests[number as usize % requests.len()]).context("sending")?;
        answer(&mut answers)?;
        latencies.push(due.elapsed());
    }
}

/// Reads one answer; anything but 200 ends the run.
fn answer(from: &mut BufReader<TcpStream>) -> anyhow::Result<()> {
    let mut line = String::new();
    from.read_line(&mut line).context("reading the status")?;
    if !line.starts_with("HTTP/1.1 200") {
        bail!("the service answered {}", line.trim());
    }
    let mut length = 0;
    loop {
        line.clear();
        from.read_line(&mut line).context("reading a header")?;
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().context("reading the length")?;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).context("reading the body")?;
    Ok(())
}
