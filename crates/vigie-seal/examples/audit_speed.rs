//! How long it takes to verify a log of a million entries: laid out in memory first, then audited whole.
//!
//! `cargo run --release -p vigie-seal --example audit_speed [ENTRIES]`

use std::collections::HashMap;
use std::io;
use std::time::Instant;

use vigie_seal::audit::{Files, Questions, audit};
use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::layout::Layout;
use vigie_seal::note::{Kind, SignerKey};
use vigie_seal::tile::{EntryTooLong, Tile};

struct Memory(HashMap<String, Vec<u8>>);

impl Files for Memory {
    fn read(&mut self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(path).cloned())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let size: u64 = std::env::args().nth(1).as_deref().unwrap_or("1000000").parse()?;
    let key = SignerKey::from_seed("example.org/log", Kind::Note, &[7; 32])?;
    let mut files = HashMap::new();
    let mut layout = Layout::new(|tile: Tile, bytes: &[u8]| {
        files.insert(tile.path(), bytes.to_vec());
        Ok::<_, EntryTooLong>(())
    });
    let began = Instant::now();
    for number in 0..size {
        layout.push(format!(r#"{{"H":"{number:064x}","v":1}}"#).as_bytes())?;
    }
    let tree = layout.finish()?;
    println!("laid out {size} entries in {:.3} s", began.elapsed().as_secs_f64());
    let note = Checkpoint { origin: "example.org/log".into(), tree }.sign(&key)?;
    files.insert("checkpoint".into(), note.to_string().into_bytes());

    let began = Instant::now();
    let report = audit(&mut Memory(files), &Questions::about(key.verifier()), &mut |_, _| {})?;
    let seconds = began.elapsed().as_secs_f64();
    println!("verified {} entries and {} tiles in {seconds:.3} s", report.checkpoint.tree.size, report.tiles);
    Ok(())
}
