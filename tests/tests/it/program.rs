//! One program of the mesh as a process of its own.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use test_support::free_port;

/// SIGKILL.
const KILLED: i32 = 9;

/// A service: how it is started, and its process while it runs.
pub struct Program {
    name: &'static str,
    settings: Vec<(String, String)>,
    log: PathBuf,
    address: String,
    metrics: String,
    process: Mutex<Option<Child>>,
}

impl Program {
    /// Not running yet. `own` settings are its environment, beside the addresses, which are free ones, and what is usual.
    pub fn new(name: &'static str, folder: &Path, own: Vec<(String, String)>) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let metrics = format!("127.0.0.1:{}", free_port());
        let usual = [
            ("ARTEL_GRPC_LISTEN", address.as_str()),
            ("ARTEL_METRICS_LISTEN", &metrics),
            ("ARTEL_LOG_FORMAT", "text"),
            // A backtrace behind the reason why a program ended would push that reason out of its last words.
            ("RUST_BACKTRACE", "0"),
        ];
        let usual = usual.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            name,
            settings: usual.into_iter().chain(own).collect(),
            log: folder.join(format!("{name}.log")),
            address,
            metrics,
            process: Mutex::new(None),
        }
    }

    /// Its name, `svc-orders`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where callers are served.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Runs one of its commands to the end; what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{} {arguments:?}: {out}{err}", self.name);
        out.trim().to_owned()
    }

    /// Runs one of its commands to the end.
    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command()
            .args(arguments)
            .output()
            .expect("the program can be started")
    }

    /// Starts `serve`.
    pub fn start(&self) {
        self.spawn(self.command());
    }

    /// Starts `serve` so that it is killed when it comes to this fail point: `mail::claimed=return`, see
    /// `docs/fail-points.md`.
    pub fn start_to_die_at(&self, point: &str) {
        let mut command = self.command();
        command.env("FAILPOINTS", point);
        self.spawn(command);
    }

    /// Waits until it was killed at its fail point.
    pub async fn dies(&self) {
        let dead = test_support::eventually(Duration::from_mins(1), async || {
            let mut process = self.process.lock().unwrap();
            let child = process.as_mut().expect("it was started");
            match child.try_wait().expect("the process can be asked") {
                Some(status) => {
                    *process = None;
                    Ok(status)
                }
                None => Err(format!("{} lives", self.name)),
            }
        });
        let status = dead.await;
        assert_eq!(status.signal(), Some(KILLED), "{}: {status}", self.name);
    }

    fn spawn(&self, mut command: Command) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .expect("the log can be written");
        let errors = log.try_clone().expect("the log can be written");
        let child = command
            .arg("serve")
            .stdout(log)
            .stderr(errors)
            .spawn()
            .expect("the program can be started");
        *self.process.lock().unwrap() = Some(child);
    }

    /// Waits until it serves.
    pub async fn serves(&self) {
        self.serves_within(Duration::from_mins(1)).await;
    }

    /// The same where what it stands on may be away for long.
    pub async fn serves_within(&self, bound: Duration) {
        let serving = test_support::eventually(bound, async || {
            match artel::health::check(&self.url(), "").await {
                Ok(true) => Ok(()),
                Ok(false) => Err(format!("{} does not serve", self.name)),
                Err(error) => Err(format!("{}: {error}", self.name)),
            }
        });
        serving.await;
    }

    /// Kills it without a warning, as a power cut would.
    pub fn kill(&self) {
        if let Some(mut child) = self.process.lock().unwrap().take() {
            child.kill().expect("the process can be killed");
            child.wait().expect("the process has ended");
        }
    }

    /// What it tells Prometheus.
    pub async fn metrics(&self) -> String {
        let answer = reqwest::get(format!("http://{}/metrics", self.metrics)).await;
        let answer = answer.expect("the metrics listener answers");
        answer.text().await.expect("metrics are text")
    }

    /// All that it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The last lines of its log.
    pub fn last_words(&self) -> String {
        let text = self.log();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(path(self.name));
        command.envs(self.settings.iter().cloned()).stdin(Stdio::null());
        command
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("--- {}: last words\n{}", self.name, self.last_words());
        }
        if let Some(mut child) = self.process.lock().unwrap().take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Where cargo put one of the workspace's programs: next to this test's own folder.
pub fn path(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("this test is a program");
    let folder = own.parent().and_then(Path::parent).expect("target/debug/deps");
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} isn't built: run make test, or cargo build --workspace --bins",
        path.display()
    );
    path
}
