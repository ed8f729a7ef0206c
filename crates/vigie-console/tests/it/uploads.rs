//! Forms that bring a file: the clerk's, those of the portal, the check of a file.

use axum::body::Body;
use http::{Request, StatusCode, header};
use vigie_model::Role;

use crate::authorities::officers;
use crate::house::{House, Visitor};
use crate::portal::official;

/// What is sent as such a form, and is none to its end.
async fn broken(visitor: &mut Visitor<'_>, path: &str, (kind, body): (&str, String)) -> (StatusCode, String) {
    let request =
        Request::post(path).header(header::CONTENT_TYPE, kind).header("sec-fetch-site", "same-origin");
    let page = visitor.send(request.body(Body::from(body)).unwrap()).await;
    (page.status, page.text)
}

#[tokio::test]
async fn every_form_with_a_file_says_the_same_of_what_is_too_much_and_of_what_broke_off() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let (mut claire, _) = official(&house, &mut officers).await;
    let mut sam = house.person("Sam", Role::SeniorReviewer).await;
    let [lea, _] = &mut officers;
    for (visitor, path, field, limit) in [
        (lea, "/requests/new", "original", 31 << 20),
        (&mut claire, "/portal/requests", "document", 21 << 20),
        (&mut sam, "/check", "file", 50 << 20),
    ] {
        let part = format!("--edge\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n");
        let form = "multipart/form-data; boundary=edge";
        let whole = format!("{part}{}\r\n--edge--\r\n", "x".repeat(limit));
        let (status, text) = broken(visitor, path, (form, whole)).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{path}: {text}");
        assert!(text.contains("media_too_large"), "{path}: {text}");
        for (kind, body) in [(form, format!("{part}half")), ("text/plain", "a form".to_owned())] {
            let (status, text) = broken(visitor, path, (kind, body)).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {text}");
            assert!(text.contains("bad_request"), "{path}, {kind}: {text}");
        }
    }
}
