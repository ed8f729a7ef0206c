//! How long a decision takes: read at a start, judged anew, remembered. Figures for docs/performance.md, asserted nowhere.
//!
//! `cargo run --release -p vigie-app --example authorise`

use std::hint::black_box;
use std::time::Instant;

use vigie_app::policies::Policies;
use vigie_app::{Resource, authorise, permits};
use vigie_model::access::CallerKind;
use vigie_model::id::TokenId;
use vigie_model::{Caller, Operation, Role, Scope};

const ROUNDS: u32 = 2_000_000;

fn main() {
    let started = Instant::now();
    let policies = Policies::built_in().expect("the policies hold");
    println!("read and held to the schema: {} policies in {:?}", policies.counts().0, started.elapsed());
    vigie_app::policies::put_in_force(policies).expect("nothing else is in force");

    let roles = Role::ALL.iter().map(|role| Caller { roles: vec![*role], ..person() });
    let callers: Vec<_> = roles.chain([Caller::operator(), machine()]).collect();
    let asked = u32::try_from(callers.len() * Operation::ALL.len()).unwrap_or(u32::MAX);
    let each = |what: &str| {
        let started = Instant::now();
        for caller in &callers {
            for operation in Operation::ALL {
                black_box(permits(caller, *operation, Resource::Any));
            }
        }
        println!("{what}: {asked} decisions, {:?} each", started.elapsed() / asked);
    };
    each("judged anew");
    each("remembered");

    let messenger = machine();
    for threads in [1, 2] {
        let started = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for _ in 0..ROUNDS {
                        black_box(authorise(&messenger, Operation::Submit, Resource::Any).is_ok());
                    }
                });
            }
        });
        println!("a submission, {threads} threads: {:?} each", started.elapsed() / ROUNDS);
    }
}

fn person() -> Caller {
    let id = vigie_model::id::PersonId(uuid::Uuid::nil());
    let session = vigie_model::id::SessionId(uuid::Uuid::nil());
    Caller { kind: CallerKind::Person { id, session, fresh: None }, ..Caller::operator() }
}

fn machine() -> Caller {
    let scopes = vec![Scope::Submit, Scope::Receipts];
    Caller { kind: CallerKind::Token(TokenId(uuid::Uuid::nil())), scopes, ..Caller::operator() }
}
