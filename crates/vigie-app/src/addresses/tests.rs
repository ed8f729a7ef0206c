//! What is held of addresses and of lists about them.

use std::net::Ipv6Addr;

use proptest::prelude::*;
use vigie_model::Moment;

use super::*;

fn list(csv: &str) -> Addresses {
    let (addresses, faults) = Addresses::read(csv.as_bytes());
    assert_eq!(faults, []);
    addresses
}

/// The kind and the name of an address.
fn told<'list>(addresses: &'list Addresses, address: &str) -> Option<(AddressKind, Option<&'list str>)> {
    addresses.look_up(address.parse().unwrap()).map(|one| (one.kind, one.name))
}

#[test]
fn what_everybody_knows_is_known_without_a_list() {
    let addresses = Addresses::default();
    for (address, kind) in [
        ("100.64.0.0", Some(AddressKind::CarrierNat)),
        ("100.127.255.255", Some(AddressKind::CarrierNat)),
        ("100.128.0.0", None),
        ("100.63.255.255", None),
        ("192.0.0.2", Some(AddressKind::CarrierNat)),
        ("192.0.0.8", Some(AddressKind::Reserved)),
        ("10.1.2.3", Some(AddressKind::Private)),
        ("172.32.0.1", None),
        ("fd00::1", Some(AddressKind::Private)),
        ("127.0.0.1", Some(AddressKind::Loopback)),
        ("::1", Some(AddressKind::Loopback)),
        ("::ffff:127.0.0.1", Some(AddressKind::Loopback)),
        ("203.0.113.9", Some(AddressKind::Reserved)),
        ("255.255.255.255", Some(AddressKind::Reserved)),
        ("2001:db8::1", Some(AddressKind::Reserved)),
        ("2001:db9::1", None),
        ("8.8.8.8", None),
    ] {
        assert_eq!(told(&addresses, address).map(|(kind, _)| kind), kind, "{address}");
    }
}

#[test]
fn the_longest_range_decides() {
    let addresses = list(
        "cidr,kind,name\n198.51.100.0/24,hosting,Rack & Co\n198.51.100.64/26,vpn,\"Veil, Ltd\"\n198.51.100.70,carrier_nat\n\
         # a note\n2001:db8::/32,hosting,Rack & Co\n2001:db8:7::/48,vpn,Veil\n",
    );
    let check =
        |address: &str, kind, name| assert_eq!(told(&addresses, address), Some((kind, name)), "{address}");
    check("198.51.100.1", AddressKind::Hosting, Some("Rack & Co"));
    check("198.51.100.64", AddressKind::Vpn, Some("Veil, Ltd"));
    check("198.51.100.70", AddressKind::CarrierNat, None);
    check("198.51.100.127", AddressKind::Vpn, Some("Veil, Ltd"));
    check("198.51.100.128", AddressKind::Hosting, Some("Rack & Co"));
    check("2001:db8:7::1", AddressKind::Vpn, Some("Veil"));
    check("2001:db8:8::1", AddressKind::Hosting, Some("Rack & Co"));
    check("203.0.113.1", AddressKind::Reserved, None);
}

#[test]
fn rows_that_cannot_be_used_are_named_and_the_others_hold() {
    let long = format!("192.0.2.9/32,vpn,{}", "x".repeat(201));
    for (row, why) in [
        ("198.51.100.0/33,vpn,x", "its first field is no range of addresses"),
        ("somewhere,vpn,x", "its first field is no range of addresses"),
        (",vpn,x", "its first field is no range of addresses"),
        ("198.51.100.1/24,vpn,x", "its range does not begin where it says"),
        ("0.0.0.0/0,vpn,all", "its range holds every address"),
        ("::/0,hosting,all", "its range holds every address"),
        ("198.51.100.0/24,proxy,x", "its second field is no kind of address"),
        ("198.51.100.0/24", "a row is cidr,kind,name"),
        ("198.51.100.0/24,vpn,x,y", "a row is cidr,kind,name"),
        ("198.51.100.0/24,vpn,\"a\nb\"", "its name is too long, or no line of text"),
        (&long, "its name is too long, or no line of text"),
        ("203.0.113.0/24,hosting,again", "this range stands there twice: the later counts"),
    ] {
        let csv = format!("cidr,kind,name\n203.0.113.0/24,vpn,first\n{row}\n192.0.2.0/24,hosting,last\n");
        let (addresses, faults) = Addresses::read(csv.as_bytes());
        assert_eq!(faults, [Fault { line: 3, why }], "{row}");
        assert_eq!(told(&addresses, "192.0.2.1"), Some((AddressKind::Hosting, Some("last"))), "{row}");
        assert!(told(&addresses, "203.0.113.1").is_some());
    }
    let (_, faults) = Addresses::read(&b"\xff,vpn,x\n".repeat(1000));
    assert_eq!(faults.len(), 100, "nobody reads a thousand of them");
}

#[test]
fn a_package_warns_of_what_leads_to_nobody() {
    let addresses = list("198.51.100.0/24,vpn,Veil\n");
    let connection = |address: &str| Record::Connection {
        account: "a-17".into(),
        address: address.into(),
        port: None,
        at: Moment(0),
    };
    let phone = Record::Phone {
        account: "a-17".into(),
        phone_number: "+447700900123".into(),
        since: None,
        until: None,
    };
    let mut records: Vec<_> =
        ["198.51.100.1", "100.64.3.4", "198.51.100.2", "10.0.0.1", "8.8.8.8"].map(connection).into();
    records.push(phone);
    let counts: Vec<_> = addresses.count(&records).into_iter().collect();
    assert_eq!(counts, [(AddressKind::CarrierNat, 1), (AddressKind::Private, 1), (AddressKind::Vpn, 2)]);
    assert_eq!(
        addresses.warnings(&records),
        [
            AddressWarning { kind: Warned::CarrierNat, count: 1 },
            AddressWarning { kind: Warned::Vpn, count: 2 },
        ]
    );
}

fn any_range() -> impl Strategy<Value = IpNet> {
    // Close to each other, so that they hold one another.
    let four = (0_u32..0x400, 20_u8..=32).prop_map(|(low, prefix)| {
        let address = Ipv4Addr::from(u32::from(Ipv4Addr::new(8, 8, 0, 0)) | low);
        IpNet::new(address.into(), prefix).unwrap().trunc()
    });
    let six = (0_u128..0x400, 110_u8..=128).prop_map(|(low, prefix)| {
        let address = Ipv6Addr::from(u128::from(Ipv6Addr::new(0x2600, 0, 0, 0, 0, 0, 0, 0)) | low);
        IpNet::new(address.into(), prefix).unwrap().trunc()
    });
    prop_oneof![four, six]
}

proptest! {
    /// What the table says is what going through the whole list says.
    #[test]
    fn a_look_up_finds_the_longest_range_that_holds_the_address(
        ranges in proptest::collection::btree_set(any_range(), 0..40),
        low in 0_u32..0x400,
    ) {
        let csv: String = ranges.iter().map(|range| format!("{range},vpn,{range}\n")).collect();
        let addresses = list(&csv);
        let four: IpAddr = Ipv4Addr::from(u32::from(Ipv4Addr::new(8, 8, 0, 0)) | low).into();
        let six: IpAddr =
            Ipv6Addr::from(u128::from(Ipv6Addr::new(0x2600, 0, 0, 0, 0, 0, 0, 0)) | u128::from(low)).into();
        for address in [four, six] {
            let holding = ranges.iter().filter(|range| range.contains(&address));
            let longest = holding.max_by_key(|range| range.prefix_len()).map(ToString::to_string);
            let found = addresses.look_up(address).and_then(|one| one.name.map(str::to_owned));
            prop_assert_eq!(found, longest);
        }
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (addresses, _) = Addresses::read(&bytes);
        prop_assert_eq!(addresses.look_up(IpAddr::V4(Ipv4Addr::LOCALHOST)).map(|one| one.kind).is_some(), true);
    }
}
