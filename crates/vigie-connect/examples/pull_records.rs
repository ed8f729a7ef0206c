//! How long a pull of many records takes over loopback: asked, answered, read, and each record checked against its grant.
//!
//! ```sh
//! cargo run --release -p vigie-connect --example pull_records -- 100000
//! ```

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use vigie_app::records::pull_whole;
use vigie_connect::records::SignedPull;
use vigie_model::disclosure::{Category, Field, Grant, GrantedTask, Span};
use vigie_model::id::{GrantId, RequestId, TaskId};
use vigie_model::{ManualClock, Moment};
use vigie_seal::grants::SignedGrant;
use vigie_seal::note::{Kind, SignerKey};
use vigie_simulator::Messenger;
use vigie_simulator::messenger::Session;
use vigie_synth::{Operation, Plan};

const SECRET: &[u8] = b"known to both sides";
const TASK: TaskId = TaskId(Uuid::from_u128(1));

fn grant(operation: &Operation, now: Moment) -> Grant {
    let year = Duration::from_secs(365 * 24 * 3600);
    let task = GrantedTask {
        task: TASK,
        category: Category::Identification,
        subjects: vec![operation.accounts[0].id.to_string()],
        fields: vec![Field::Address, Field::Port, Field::At],
        span: Span { from: now, until: now.after(year) },
    };
    Grant {
        version: 1,
        id: GrantId(Uuid::from_u128(2)),
        request: RequestId(Uuid::from_u128(3)),
        reference: "4711/26".into(),
        authority: "An example".into(),
        service: operation.plan.service.clone(),
        rule_set: "eu-epoc@1".into(),
        tasks: vec![task],
        granted_at: now,
        expires_at: now.after(year),
        approvals: vec![],
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: u64 = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let now = Moment::from_unix_seconds(1_800_000_000);
    // Before the year of the grant, so that the count is what was asked for.
    let operation = Operation::generate(&Plan::small(5, now.before(Duration::from_secs(30 * 24 * 3600))));
    let clock = Arc::new(ManualClock::at(now));
    let messenger = Messenger::new(&operation, SECRET, clock.clone());
    let key = SignerKey::from_seed("vigie.example/disclosure", Kind::Note, &[7; 32])?;
    messenger.trust_grants(vec![key.verifier()]);
    messenger.connect(
        &operation.accounts[0].id,
        (0..count).map(|second| Session {
            address: Ipv4Addr::new(198, 51, 100, (second % 254) as u8).into(),
            port: (second % 7 > 0).then_some((1024 + second % 60_000) as u16),
            at: now.after(Duration::from_secs(second)),
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let records = SignedPull::new(&format!("http://{}", listener.local_addr()?), SECRET)?;
    let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
    let until = cancel.clone();
    tasks.spawn(async move { messenger.serve(listener, until).await });

    let grant = grant(&operation, now);
    let signed = SignedGrant::sign(&grant, &key)?.to_bytes();
    for run in 1..=3 {
        let start = Instant::now();
        let pulled = pull_whole(&records, &signed, &grant, TASK, &*clock).await?;
        println!("run {run}: {} records in {:.3} s", pulled.len(), start.elapsed().as_secs_f64());
    }
    cancel.cancel();
    tasks.close();
    tasks.wait().await;
    Ok(())
}
