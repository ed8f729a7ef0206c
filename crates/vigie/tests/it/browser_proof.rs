//! Proves that the browser harness sees what it must see, on small pages of its own.
//!
//! A journey that finds nothing is worth something only if a journey that should find something does.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::json;

use crate::browser::{is_here, journey};

const STRICT: &str =
    "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page nobody can object to. `MARK` is where a test puts its objection.
const CLEAN: &str = "<!doctype html><html lang=\"en\"><head><title>Clean</title>\
    <link rel=\"stylesheet\" href=\"/style.css\"></head>\
    <body><main><h1>Clean</h1><p><a href=\"/first\">First</a> <a href=\"/opened\">Second</a></p>MARK</main></body></html>";

/// Follows the language, the colour scheme and the width, so that every picture of it is another.
const STYLE: &str = "body { background: #fff; color: #111 } a:focus-visible { outline: 3px solid #036 } \
    a { color: #036; display: inline-block; padding: 12px } \
    @media (prefers-color-scheme: dark) { body { background: #111; color: #eee } a { color: #9cf } }";

#[test]
fn a_clean_page_passes() {
    check("a_clean_page_passes", "harness_axe", "", Ok(()));
}

#[test]
fn a_console_error_fails() {
    let mark = "<script src=\"/console-error.js\"></script>";
    check("a_console_error_fails", "harness_axe", mark, Err("console error"));
}

#[test]
fn an_uncaught_error_fails() {
    let mark = "<script src=\"/throw.js\"></script>";
    check("an_uncaught_error_fails", "harness_axe", mark, Err("page error: Error: thrown by the page"));
}

#[test]
fn an_inline_script_fails() {
    let mark = "<script>document.title = 'Changed'</script>";
    check("an_inline_script_fails", "harness_axe", mark, Err("securitypolicyviolation: script-src"));
}

#[test]
fn an_inline_style_fails() {
    let mark = "<p style=\"color: #222\">styled</p>";
    check("an_inline_style_fails", "harness_axe", mark, Err("securitypolicyviolation: style-src"));
}

#[test]
fn an_input_without_a_label_fails() {
    check("an_input_without_a_label_fails", "harness_axe", "<input>", Err("axe finds"));
}

#[test]
fn the_keyboard_reaches_a_link() {
    check("the_keyboard_reaches_a_link", "harness_keyboard", "", Ok(()));
}

#[test]
fn an_invisible_focus_fails() {
    let mark = "<link rel=\"stylesheet\" href=\"/no-focus.css\">";
    check("an_invisible_focus_fails", "harness_keyboard", mark, Err("the focus cannot be seen"));
}

#[test]
fn a_click_in_a_keyboard_walk_fails() {
    check("a_click_in_a_keyboard_walk_fails", "harness_pointer", "", Err("the pointer was used"));
}

#[test]
fn every_variant_is_photographed() {
    check("every_variant_is_photographed", "harness_pictures", "", Ok(()));
}

/// Runs a journey against a page with this mark, and compares how it ends: an `Err` names what it must complain about.
#[track_caller]
fn check(test: &str, name: &str, mark: &'static str, expected: Result<(), &str>) {
    if !is_here(test) {
        return;
    }
    let address = serve(mark);
    let demo = json!({
        "ready": format!("{address}/"),
        "messenger": address,
        "sign_in": { "reviewer": format!("{address}/sign-in") },
        "api_token": "none",
    });
    let end = journey(name, &demo);
    let as_expected = match (&end, expected) {
        (Ok(()), Ok(())) => true,
        (Err(complaint), Err(needle)) => complaint.contains(needle),
        _ => false,
    };
    assert!(as_expected, "expected {expected:?}, and the journey ended in {end:?}");
}

/// Serves the pages on loopback until the test program ends, and returns their address.
fn serve(mark: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A browser may open a connection and say nothing: that must not keep the next one waiting.
            std::thread::spawn(move || answer(&stream, mark));
        }
    });
    format!("http://{address}")
}

fn answer(stream: &TcpStream, mark: &str) -> Option<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next()?.ok()?;
    let headers: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let has = |needle: &str| headers.iter().any(|header| header.to_lowercase().contains(needle));
    let (kind, body) = match request.split(' ').nth(1)? {
        "/" => ("text/html", CLEAN.replace("MARK", mark)),
        "/opened" => ("text/html", CLEAN.replace("Clean", "Opened").replace("MARK", "")),
        "/sign-in" => ("text/html", CLEAN.replace("MARK", "")),
        "/signed-in" if has("cookie: session=known") => {
            let greeting = if has("accept-language: fr") { "Bienvenue, toujours" } else { "Welcome" };
            ("text/html", CLEAN.replace("MARK", &format!("<p>{greeting}</p>")))
        }
        "/style.css" => ("text/css", STYLE.to_owned()),
        "/no-focus.css" => ("text/css", "a:focus-visible { outline: none }".to_owned()),
        "/console-error.js" => ("text/javascript", "console.error('written by the page')".to_owned()),
        "/throw.js" => ("text/javascript", "throw new Error('thrown by the page')".to_owned()),
        // Anybody else gets an answer that makes the journey fail.
        _ => ("text/html", CLEAN.replace("MARK", "<script src=\"/console-error.js\"></script>")),
    };
    let length = body.len();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\ncontent-security-policy: {STRICT}\r\n\
         set-cookie: session=known; Path=/\r\nconnection: close\r\n\r\n{body}"
    )
    .ok()
}
