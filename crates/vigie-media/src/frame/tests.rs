//! Whatever is sent arrives, and whatever arrives is survived.

use proptest::prelude::*;

use super::*;

fn settings() -> impl Strategy<Value = PreviewSettings> {
    (any::<u16>(), any::<bool>(), prop::sample::select(Blur::ALL.to_vec()))
        .prop_map(|(max_side, grey, blur)| PreviewSettings { max_side, grey, blur })
}

fn request() -> impl Strategy<Value = Request> {
    let job = prop_oneof![
        Just(Job::Examine(Pass::Exact)),
        Just(Job::Examine(Pass::First)),
        settings().prop_map(Job::Preview)
    ];
    (job, any::<u64>()).prop_map(|(job, length)| Request { job, length })
}

fn examined() -> impl Strategy<Value = Examined> {
    let format = prop::sample::select(Format::ALL.to_vec());
    let hashes = prop::option::of(any::<[[u8; 32]; 8]>());
    (format, any::<(u32, u32, bool, bool)>(), 0..=100_u8, hashes).prop_map(
        |(format, sides, quality, hashes)| {
            let (width, height, unstable, first) = sides;
            let pass = if first { Pass::First } else { Pass::Exact };
            let dihedral = hashes.map(|hashes| hashes.map(Pdq));
            Examined {
                format,
                width,
                height,
                pass,
                quality,
                unstable,
                pdq: dihedral.map(|all| all[0]),
                dihedral,
            }
        },
    )
}

fn reply() -> impl Strategy<Value = Reply> {
    let preview = (prop::collection::vec(any::<u8>(), 0..600), 1..=1024_u32, 1..=1024_u32)
        .prop_map(|(png, width, height)| Preview { png, width, height });
    prop_oneof![
        Just(Reply::Ready),
        examined().prop_map(|examined| Reply::Examined(Box::new(examined))),
        preview.prop_map(Reply::Preview),
        Just(Reply::Failed(Failure::UnknownFormat)),
        prop::sample::select(Reason::ALL.to_vec())
            .prop_map(|reason| Reply::Failed(Failure::Undecodable(reason))),
        prop::sample::select(ExceededLimit::ALL.to_vec())
            .prop_map(|limit| Reply::Failed(Failure::LimitExceeded(limit))),
    ]
}

fn attempt() -> impl Strategy<Value = Option<Escape>> {
    prop::option::of(prop::sample::select(Escape::ALL.as_slice()))
}

/// Reads a reply from bytes as the pool does.
fn parse(bytes: &[u8]) -> Option<Reply> {
    let (head, rest) = bytes.split_first_chunk()?;
    let head = ReplyHead::parse(*head)?;
    Reply::parse(head, rest.get(..head.length)?)
}

proptest! {
    #[test]
    fn greetings_arrive(numbers in any::<[u64; 4]>(), closed in any::<bool>(), attempt in attempt()) {
        let [bytes, pixels, time, memory] = numbers;
        let limits = Limits { bytes, pixels, time: Duration::from_millis(time), memory };
        let cage = if closed { Cage::Closed } else { Cage::LimitsAlone };
        let hello = Hello { limits, cage, attempt };
        prop_assert_eq!(Hello::read(&mut hello.encode().as_slice()).unwrap(), hello);
    }

    #[test]
    fn requests_arrive(request in request()) {
        prop_assert_eq!(Request::read(&mut request.encode().as_slice()).unwrap(), Some(request));
    }

    #[test]
    fn replies_arrive(reply in reply()) {
        prop_assert_eq!(parse(&reply.encode()), Some(reply));
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _no_panic = (Hello::read(&mut bytes.as_slice()), Request::read(&mut bytes.as_slice()), parse(&bytes));
    }

    #[test]
    fn a_reply_with_altered_bytes_is_survived(reply in reply(), changes in prop::collection::vec(any::<(u16, u8)>(), 1..4)) {
        let mut bytes = reply.encode();
        for (at, byte) in changes {
            let length = bytes.len();
            bytes[usize::from(at) % length] = byte;
        }
        let _no_panic = parse(&bytes);
    }

    #[test]
    fn a_cut_reply_is_no_reply(reply in reply(), part in 0.0..1.0) {
        let bytes = reply.encode();
        prop_assert_eq!(parse(&bytes[..(bytes.len() as f64 * part) as usize]), None);
    }
}

#[test]
fn a_claim_beyond_the_largest_preview_is_refused_before_it_is_read() {
    let claim = |length: u32| {
        let [a, b, c, d] = length.to_le_bytes();
        ReplyHead::parse([2, 0, 0, 0, a, b, c, d])
    };
    assert!(claim(u32::MAX).is_none());
    assert!(claim(8 + 4 * 1024 * 1024 + 1).is_none());
    assert!(claim(8 + 4 * 1024 * 1024).is_some());
}
