//! What service and child say to each other, opened for fuzzing: the child may have been taken over.
//!
//! What it is not: a use of the protocol; that is the pool's and the child's alone.

use crate::frame::{Hello, Job, Reply, ReplyHead, Request};
use crate::{Cage, Limits, Pass, PreviewSettings};

/// So many requests are read of one input.
const REQUESTS: usize = 64;

/// Reads bytes as each word of the protocol. What is taken for one is written again as it was.
///
/// # Panics
/// It is written otherwise.
pub fn protocol(bytes: &[u8]) {
    if let Ok(hello) = Hello::read(&mut &*bytes) {
        assert!(Hello::read(&mut &hello.encode()[..]).is_ok_and(|again| again == hello));
    }
    let mut input = bytes;
    for _ in 0..REQUESTS {
        let Ok(Some(request)) = Request::read(&mut input) else { break };
        assert!(Request::read(&mut &request.encode()[..]).is_ok_and(|again| again == Some(request)));
    }
    let Some((head, payload)) = bytes.split_first_chunk() else { return };
    let Some(head) = ReplyHead::parse(*head) else { return };
    assert!(head.length < 16 << 20, "no child is believed that sends so much");
    let payload = &payload[..head.length.min(payload.len())];
    if let Some(reply) = Reply::parse(head, payload) {
        let written = reply.encode();
        let (head, payload) = written.split_at(ReplyHead::BYTES);
        let head = head.try_into().ok().and_then(ReplyHead::parse).expect("it was just written");
        assert!(Reply::parse(head, payload) == Some(reply));
    }
}

/// Some words, to begin with.
#[must_use]
pub fn words() -> Vec<Vec<u8>> {
    let hello = Hello { limits: Limits::default(), cage: Cage::Closed, attempt: None };
    let request = |job| Request { job, length: 1000 }.encode().to_vec();
    let picture = crate::examine::Examined {
        format: crate::Format::Png,
        width: 90,
        height: 70,
        pass: Pass::Exact,
        quality: 80,
        unstable: false,
        pdq: None,
        dihedral: None,
    };
    let preview = crate::Preview { png: vec![7; 40], width: 9, height: 7 };
    vec![
        hello.encode().to_vec(),
        request(Job::Examine(Pass::First)),
        request(Job::Preview(PreviewSettings::SOFT)),
        Reply::Examined(Box::new(picture)).encode(),
        Reply::Preview(preview).encode(),
    ]
}
