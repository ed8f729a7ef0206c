//! Making the records of an operation: as its messages say, and beside them logins of three months.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use vigie_model::Moment;
use vigie_synth::operation::Account;
use vigie_synth::{Operation, Random};

use super::{Books, Name, Phone, Session};

/// A day.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long before the first message logins were kept.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// Of 100 connections, so many were kept without their port.
const WITHOUT_PORT: u32 = 15;

impl Books {
    /// What the messenger keeps about the people of an operation.
    pub(in super::super) fn of(operation: &Operation) -> Self {
        let mut random = Random::named(operation.plan.seed, "records");
        let mut books = Self::default();
        for (number, account) in operation.accounts.iter().enumerate() {
            books.sessions.insert(account.id.clone(), logins(&mut random, operation, account));
            books.phones.insert(account.id.clone(), phones(&mut random, operation, account, number));
        }
        for message in &operation.messages {
            let port = (!random.chance(WITHOUT_PORT)).then_some(message.port);
            let session = Session { address: message.address, port, at: message.sent_at };
            books.sessions.entry(message.account.clone()).or_default().push(session);
        }
        books.sessions.values_mut().for_each(|sessions| sessions.sort_by_key(|session| session.at));
        books.names = names(operation);
        books
    }
}

fn logins(random: &mut Random, operation: &Operation, account: &Account) -> Vec<Session> {
    let (first, last) =
        (operation.plan.starts_at.before(KEPT), operation.plan.starts_at.after(operation.plan.span));
    let first = first.max(account.created_at);
    let seconds = usize::try_from(last.since(first).as_secs()).unwrap_or(usize::MAX);
    (0..20 + random.below(40))
        .map(|_| Session {
            address: if random.chance(60) { account.address } else { elsewhere(random) },
            port: (!random.chance(WITHOUT_PORT)).then(|| (1024 + random.below(64_000)) as u16),
            at: first.after(Duration::from_secs(random.below(seconds) as u64)),
        })
        .collect()
}

/// An address of the ranges that are kept for documentation or shared by carriers.
fn elsewhere(random: &mut Random) -> IpAddr {
    let last = (1 + random.below(254)) as u8;
    match random.below(5) {
        0 => Ipv4Addr::new(192, 0, 2, last).into(),
        1 => Ipv4Addr::new(198, 51, 100, last).into(),
        2 => Ipv4Addr::new(203, 0, 113, last).into(),
        3 => Ipv4Addr::new(100, 64 + random.below(64) as u8, random.below(256) as u8, last).into(),
        _ => Ipv6Addr::new(0x2001, 0xdb8, 0, random.below(16) as u16, 0, 0, 0, last.into()).into(),
    }
}

/// One number or two, one after the other: of those that the regulators of France and the United Kingdom keep for fiction.
fn phones(random: &mut Random, operation: &Operation, account: &Account, number: usize) -> Vec<Phone> {
    let fictional = |number: usize| match number % 2 {
        0 => format!("+447700900{:03}", number / 2 % 1000),
        _ => format!("+3319900{:04}", number / 2 % 10_000),
    };
    let now = Phone { number: fictional(number), since: account.created_at, until: None };
    if !random.chance(20) {
        return vec![now];
    }
    let changed =
        operation.plan.starts_at.before(DAY * (1 + random.below(20) as u32)).max(account.created_at);
    let earlier = Phone { number: fictional(number + 500), until: Some(changed), ..now.clone() };
    vec![earlier, Phone { since: changed, ..now }]
}

/// The name of each account, and one that changed hands: the third account gave it up, and the fourth took it a day later.
fn names(operation: &Operation) -> Vec<Name> {
    let mut names: Vec<_> = operation
        .accounts
        .iter()
        .map(|account| Name {
            name: account.name.clone(),
            account: account.id.clone(),
            since: account.created_at,
            until: None,
        })
        .collect();
    let [_, _, first, second, ..] = operation.accounts.as_slice() else { return names };
    let given_up = operation.plan.starts_at.before(DAY * 10).max(first.created_at);
    let taken = given_up.after(DAY).max(second.created_at);
    let handle = |account: &Account, since: Moment, until| Name {
        name: "mooring_light".to_owned(),
        account: account.id.clone(),
        since,
        until,
    };
    names.push(handle(first, first.created_at, Some(given_up)));
    names.push(handle(second, taken, None));
    names
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use vigie_synth::Plan;

    use super::*;

    fn is_for_documentation(address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                address.is_documentation() || (a, b & 0xc0) == (100, 64) || (a, b, c) == (192, 0, 2)
            }
            IpAddr::V6(address) => address.segments()[..2] == [0x2001, 0xdb8],
        }
    }

    #[test]
    fn every_address_and_number_is_of_a_range_that_belongs_to_nobody() {
        let operation = Operation::generate(&Plan::demo(5, Moment::from_unix_seconds(1_800_000_000)));
        let books = Books::of(&operation);
        let sessions: Vec<_> = books.sessions.values().flatten().collect();
        assert!(sessions.iter().all(|session| is_for_documentation(session.address)));
        assert!(sessions.iter().any(|session| session.port.is_none()));
        assert!(sessions.iter().any(|session| session.address.is_ipv6()));
        let numbers: Vec<_> = books.phones.values().flatten().map(|phone| phone.number.as_str()).collect();
        for number in &numbers {
            let is_fictional = (number.starts_with("+447700900") && number.len() == 13)
                || (number.starts_with("+3319900") && number.len() == 12);
            assert!(is_fictional, "{number}");
        }
        assert_eq!(
            numbers.iter().collect::<BTreeSet<_>>().len(),
            numbers.len(),
            "each number is one account's"
        );
    }
}
