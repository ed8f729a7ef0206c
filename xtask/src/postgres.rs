//! A PostgreSQL for one test run: made in a temporary folder, stopped and removed at the end.
//!
//! It listens on loopback only, on a free port, without a Unix socket, and trusts whoever connects: it lives for
//! minutes and holds synthetic data. Its settings are PostgreSQL's own, `fsync` included, because what the tests show
//! about durability must hold for the settings people run.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::Signal;

use crate::tools::PostgresPrograms;
use crate::{environment, interrupt, step};

/// The role and the database that tests connect to first; each test makes databases of its own.
const ROLE: &str = "vigie";

/// How long starting and stopping may take before something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. Dropping it stops it and removes its folder.
pub(crate) struct Cluster {
    server: Child,
    port: u16,
    // Held for its `Drop`, which runs after the server is gone.
    _folder: tempfile::TempDir,
}

impl Cluster {
    /// Makes a cluster and waits until it answers.
    ///
    /// # Errors
    /// When the cluster cannot be made, or does not answer within a minute; the end of its log is in the message.
    pub(crate) fn start(programs: &PostgresPrograms) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("vigie-postgres-").tempdir()?;
        let user = ServerUser::choose()?;
        let data = user.folder_in(folder.path(), "data")?;
        initialise(programs, &user, &data)?;

        let port = free_port()?;
        let log_path = folder.path().join("log");
        let log = std::fs::File::create(&log_path).context("cannot write the log of PostgreSQL")?;
        let mut server = user.command(&programs.folder.join("postgres"));
        server
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c"])
            .arg(format!("port={port}"))
            .args(["-c", "max_connections=200"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Its own group: a Ctrl-C on the terminal is for the tests first, and we stop the server after them.
            .process_group(0);
        let server = server.spawn().context("cannot start PostgreSQL")?;
        let mut cluster = Self { server, port, _folder: folder };
        cluster.wait_until_it_answers(programs, &log_path)?;
        Ok(cluster)
    }

    /// Where tests find it, as `postgres://…`.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_it_answers(&mut self, programs: &PostgresPrograms, log: &Path) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end && self.server.try_wait()?.is_none() && !interrupt::asked_to_stop() {
            let port = self.port.to_string();
            let mut ask = Command::new(programs.folder.join("pg_isready"));
            ask.args(["--quiet", "--host=127.0.0.1", "--port", &port]);
            if ask.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(log).unwrap_or_default();
        bail!("PostgreSQL does not answer on port {}; its log:\n{log}", self.port);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // An interrupt asks PostgreSQL to end its sessions and shut down in good order.
        interrupt::signal(&self.server, Signal::INT);
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if !matches!(self.server.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        eprintln!("PostgreSQL did not stop within a minute and is killed");
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// Who runs the server: PostgreSQL refuses to run as root.
enum ServerUser {
    Ourselves,
    Other { name: &'static str, uid: u32, gid: u32 },
}

impl ServerUser {
    fn choose() -> anyhow::Result<Self> {
        if !environment::is_root() {
            return Ok(Self::Ourselves);
        }
        let id_of = |kind: &str, name: &str| -> Option<u32> {
            step::output(Command::new("id").args([kind, name])).ok()?.parse().ok()
        };
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| Some(Self::Other { name, uid: id_of("-u", name)?, gid: id_of("-g", name)? }))
            .context("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`")
    }

    /// A folder only this user may enter.
    fn folder_in(&self, parent: &Path, name: &str) -> anyhow::Result<PathBuf> {
        let folder = parent.join(name);
        std::fs::create_dir(&folder)?;
        if let Self::Other { uid, gid, .. } = self {
            std::os::unix::fs::chown(&folder, Some(*uid), Some(*gid))?;
            // The parent is root's alone; the server only has to pass through it.
            let passable = std::os::unix::fs::PermissionsExt::from_mode(0o711);
            std::fs::set_permissions(parent, passable)?;
        }
        Ok(folder)
    }

    /// A command that runs as this user and ends when we end, even by a kill that lets us tidy up nothing.
    fn command(&self, program: &Path) -> Command {
        if environment::program("setpriv").is_none() {
            return self.plain_command(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if let Self::Other { name, gid, .. } = self {
            command.args(["--reuid", name, "--regid", &gid.to_string(), "--clear-groups"]);
        }
        command.arg("--").arg(program);
        command
    }

    fn plain_command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Self::Other { uid, gid, .. } = self {
            command.uid(*uid).gid(*gid);
        }
        command
    }
}

fn initialise(programs: &PostgresPrograms, user: &ServerUser, data: &Path) -> anyhow::Result<()> {
    let mut initdb = user.command(&programs.folder.join("initdb"));
    initdb
        .arg("-D")
        .arg(data)
        // The folder is removed with the run: what initdb writes need not survive a power cut.
        .args(["--username", ROLE, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
        .current_dir(data);
    step::output(&mut initdb).context("cannot make a PostgreSQL cluster").map(|_| ())
}

/// A port nobody listens on now. Somebody may take it before PostgreSQL does; then PostgreSQL says so and ends.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot look for a free port")?;
    Ok(listener.local_addr()?.port())
}
