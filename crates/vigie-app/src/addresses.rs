//! What kind of address it is from which an account connected, where that is known: whom it can lead to, and whom not.
//!
//! What it is: pure. The ranges of the registries are built in; an operator's list (`cidr,kind,name`) adds carriers, VPN and hosting,
//! and the longest range that holds an address decides. What it is not: a place of abode, nor a reason to leave a record out: an
//! address is disclosed as it is, with a warning beside it.
//!
//! To add a range that everybody knows: its line in `KNOWN`. To add a kind: a variant here, and what it warns of.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use vigie_model::disclosure::Record;
use vigie_seal::package::{AddressKind as Warned, AddressWarning};

vigie_model::names! {
    /// What an address is.
    pub enum AddressKind {
        /// Shared by many subscribers of a carrier at once: without a port it names none of them.
        CarrierNat => "carrier_nat",
        /// Of a network of somebody's own: the messenger saw a proxy and not the user.
        Private => "private",
        /// Of the very machine that kept it.
        Loopback => "loopback",
        /// Kept for something else than connections: documentation, groups of receivers, later use.
        Reserved => "reserved",
        /// Of a service that hides addresses.
        Vpn => "vpn",
        /// Of a data centre.
        Hosting => "hosting",
    }
}

impl AddressKind {
    /// The warning that a package carries about it.
    #[must_use]
    pub const fn warns_of(self) -> Option<Warned> {
        match self {
            Self::CarrierNat => Some(Warned::CarrierNat),
            Self::Vpn => Some(Warned::Vpn),
            Self::Hosting => Some(Warned::Hosting),
            Self::Private | Self::Loopback | Self::Reserved => None,
        }
    }
}

/// Ranges that mean the same everywhere, from the registries of special addresses (RFC 6890 and what followed it).
const KNOWN: &[(&str, AddressKind)] = &[
    // RFC 6598, and the side of DS-Lite towards the subscriber (RFC 6333).
    ("100.64.0.0/10", AddressKind::CarrierNat),
    ("192.0.0.0/29", AddressKind::CarrierNat),
    ("10.0.0.0/8", AddressKind::Private),
    ("172.16.0.0/12", AddressKind::Private),
    ("192.168.0.0/16", AddressKind::Private),
    ("169.254.0.0/16", AddressKind::Private),
    ("fc00::/7", AddressKind::Private),
    ("fe80::/10", AddressKind::Private),
    ("127.0.0.0/8", AddressKind::Loopback),
    ("::1/128", AddressKind::Loopback),
    ("0.0.0.0/8", AddressKind::Reserved),
    ("192.0.0.0/24", AddressKind::Reserved),
    ("192.0.2.0/24", AddressKind::Reserved),
    ("198.18.0.0/15", AddressKind::Reserved),
    ("198.51.100.0/24", AddressKind::Reserved),
    ("203.0.113.0/24", AddressKind::Reserved),
    ("224.0.0.0/4", AddressKind::Reserved),
    ("240.0.0.0/4", AddressKind::Reserved),
    ("::/128", AddressKind::Reserved),
    ("100::/64", AddressKind::Reserved),
    ("2001:db8::/32", AddressKind::Reserved),
    ("3fff::/20", AddressKind::Reserved),
    ("ff00::/8", AddressKind::Reserved),
];

/// The most rows of a list, and the most faults of one that are named.
pub const MOST_ROWS: usize = 1_000_000;
const MOST_FAULTS: usize = 100;

/// The longest name of a range.
const LONGEST_NAME: usize = 200;

/// What an address is, and by whose name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Annotation<'list> {
    /// What it is.
    pub kind: AddressKind,
    /// Who has the range, where the list says so.
    pub name: Option<&'list str>,
}

/// A row of a list that was passed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Fault {
    /// Its line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: &'static str,
}

/// The ranges that are known.
#[derive(Debug)]
pub struct Addresses {
    four: Table,
    six: Table,
}

impl Default for Addresses {
    /// What everybody knows.
    fn default() -> Self {
        Self::read(&[]).0
    }
}

impl Addresses {
    /// What everybody knows, and an operator's list beside it: rows `cidr,kind,name`, the name may be missing, and a first row of
    /// these words is passed over. Rows that cannot be used are passed over too and named, at most a hundred of them.
    ///
    /// Where the list has a range that everybody knows, the list counts.
    #[must_use]
    pub fn read(csv: &[u8]) -> (Self, Vec<Fault>) {
        let mut rows = Rows::default();
        let mut faults = Vec::new();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(csv);
        for (index, row) in reader.byte_records().enumerate() {
            let row = row.unwrap_or_default();
            let line = row.position().map_or(index as u64 + 1, csv::Position::line);
            if index >= MOST_ROWS {
                faults.push(Fault { line, why: "the list is too long: nothing from here on is used" });
                break;
            }
            if index == 0 && row.get(0) == Some(b"cidr") {
                continue;
            }
            let entered = read_row(&row).and_then(|(range, entry)| match rows.insert(range, entry) {
                None => Ok(()),
                Some(_) => Err("this range stands there twice: the later counts"),
            });
            if let Err(why) = entered
                && faults.len() < MOST_FAULTS
            {
                faults.push(Fault { line, why });
            }
        }
        for (range, kind) in KNOWN {
            let range: IpNet = range.parse().expect("a range that is written here is one");
            rows.of(range).entry(place(range)).or_insert(Entry { kind: *kind, name: None });
        }
        (Self { four: Table::of(rows.four), six: Table::of(rows.six) }, faults)
    }

    /// What an address is, by the longest range that holds it; none where none does.
    #[must_use]
    pub fn look_up(&self, address: IpAddr) -> Option<Annotation<'_>> {
        let found = match address.to_canonical() {
            IpAddr::V4(address) => self.four.look_up(number4(address), 32),
            IpAddr::V6(address) => self.six.look_up(u128::from(address), 128),
        }?;
        Some(Annotation { kind: found.kind, name: found.name.as_deref() })
    }

    /// How many records come from addresses of each kind; of those of no known kind, none is counted.
    pub fn count<'records>(
        &self,
        records: impl IntoIterator<Item = &'records Record>,
    ) -> BTreeMap<AddressKind, u64> {
        let mut counts = BTreeMap::new();
        for record in records {
            let Record::Connection { address, .. } = record else { continue };
            let known = address.parse().ok().and_then(|address| self.look_up(address));
            if let Some(known) = known {
                *counts.entry(known.kind).or_default() += 1;
            }
        }
        counts
    }

    /// What a package about these records warns of.
    pub fn warnings<'records>(
        &self,
        records: impl IntoIterator<Item = &'records Record>,
    ) -> Vec<AddressWarning> {
        let counts = self.count(records).into_iter();
        counts.filter_map(|(kind, count)| Some(AddressWarning { kind: kind.warns_of()?, count })).collect()
    }
}

/// A row of a list, as what it says.
fn read_row(row: &csv::ByteRecord) -> Result<(IpNet, Entry), &'static str> {
    let text = |index: usize| {
        let field = row.get(index).unwrap_or_default();
        std::str::from_utf8(field).map_err(|_| "it is not UTF-8")
    };
    if row.len() < 2 || row.len() > 3 {
        return Err("a row is cidr,kind,name");
    }
    let range = text(0)?;
    let range = range.parse::<IpNet>().or_else(|_| range.parse::<IpAddr>().map(IpNet::from));
    let range = range.map_err(|_| "its first field is no range of addresses")?;
    if range.trunc() != range {
        return Err("its range does not begin where it says");
    }
    if range.prefix_len() == 0 {
        return Err("its range holds every address");
    }
    let kind = text(1)?.parse().map_err(|_| "its second field is no kind of address")?;
    let name = text(2)?;
    if name.len() > LONGEST_NAME || name.contains(char::is_control) {
        return Err("its name is too long, or no line of text");
    }
    Ok((range, Entry { kind, name: (!name.is_empty()).then(|| name.into()) }))
}

/// Where a range stands in its table: the longer the range, the earlier; then by its first address.
fn place(range: IpNet) -> (u8, u128) {
    let first = match range.network() {
        IpAddr::V4(address) => number4(address),
        IpAddr::V6(address) => u128::from(address),
    };
    (u8::MAX - range.prefix_len(), first)
}

fn number4(address: Ipv4Addr) -> u128 {
    u128::from(u32::from(address))
}

#[derive(Debug)]
struct Entry {
    kind: AddressKind,
    name: Option<Box<str>>,
}

/// Ranges that are being gathered, by [`place`].
#[derive(Default)]
struct Rows {
    four: BTreeMap<(u8, u128), Entry>,
    six: BTreeMap<(u8, u128), Entry>,
}

impl Rows {
    fn of(&mut self, range: IpNet) -> &mut BTreeMap<(u8, u128), Entry> {
        match range {
            IpNet::V4(_) => &mut self.four,
            IpNet::V6(_) => &mut self.six,
        }
    }

    fn insert(&mut self, range: IpNet, entry: Entry) -> Option<Entry> {
        self.of(range).insert(place(range), entry)
    }
}

/// Ranges of one family, sorted: for each length that occurs, the first addresses in order.
#[derive(Debug)]
struct Table(Vec<Length>);

#[derive(Debug)]
struct Length {
    prefix: u8,
    rows: Vec<(u128, Entry)>,
}

impl Table {
    fn of(rows: BTreeMap<(u8, u128), Entry>) -> Self {
        let mut lengths: Vec<Length> = Vec::new();
        for ((order, first), entry) in rows {
            let prefix = u8::MAX - order;
            match lengths.last_mut() {
                Some(last) if last.prefix == prefix => last.rows.push((first, entry)),
                _ => lengths.push(Length { prefix, rows: vec![(first, entry)] }),
            }
        }
        Self(lengths)
    }

    fn look_up(&self, address: u128, width: u8) -> Option<&Entry> {
        self.0.iter().find_map(|length| {
            let rest = u32::from(width - length.prefix);
            let first = address >> rest << rest;
            let found = length.rows.binary_search_by_key(&first, |(first, _)| *first).ok()?;
            Some(&length.rows[found].1)
        })
    }
}

#[cfg(test)]
mod tests;
