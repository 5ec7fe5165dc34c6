//! One program of the mesh as a process of its own.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use test_support::free_port;

/// SIGKILL.
const KILLED: i32 = 9;
/// By when a process serves, on a machine that has much else to do.
const START: Duration = Duration::from_mins(3);
/// By when a process that dies or drains has ended: a drain gives calls 20 s and other work 30 s.
const END: Duration = Duration::from_mins(1);
/// By when health and metrics say what is: asked every second, and a frozen server is waited for a
/// few.
const KNOWN: Duration = Duration::from_mins(2);

/// A service: how it is started, and its process while it runs.
pub struct Program {
    name: &'static str,
    file: PathBuf,
    settings: Vec<(String, String)>,
    log: PathBuf,
    address: String,
    metrics: String,
    process: Mutex<Option<Child>>,
}

impl Program {
    /// Not running yet. `settings` are its environment, beside the addresses, which are free ones,
    /// and what is usual.
    pub fn new(name: &'static str, folder: &Path, settings: Vec<(String, String)>) -> Self {
        Self::logging_to(folder.join(format!("{name}.log")), name, settings)
    }

    /// The same service of the version that lies in another folder.
    pub fn of_version(mut self, programs: &Path) -> Self {
        self.file = programs.join(self.name);
        self
    }

    /// Another replica of the same service, of today's version: the same database and consumer
    /// group, addresses of its own. Not running yet.
    pub fn twin(&self) -> Self {
        let log = self.log.with_file_name(format!("{}-twin.log", self.name));
        Self::logging_to(log, self.name, self.settings.clone())
    }

    fn logging_to(log: PathBuf, name: &'static str, settings: Vec<(String, String)>) -> Self {
        Self {
            name,
            file: path(name),
            settings,
            log,
            address: format!("127.0.0.1:{}", free_port()),
            metrics: format!("127.0.0.1:{}", free_port()),
            process: Mutex::new(None),
        }
    }

    /// Its name, `svc-orders`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where callers are served: `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The same as a URL.
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

    /// Starts `serve` so that it is killed when it comes to this fail point:
    /// `mail::claimed=return`, see `docs/fail-points.md`.
    pub fn start_to_die_at(&self, point: &str) {
        let mut command = self.command();
        command.env("FAILPOINTS", point);
        self.spawn(command);
    }

    /// Waits until it was killed at its fail point.
    pub async fn dies(&self) {
        let status = self.ends().await;
        assert_eq!(status.signal(), Some(KILLED), "{}: {status}", self.name);
    }

    /// Asks it to end (SIGTERM), as a roll-out does, and waits until it has drained.
    pub async fn drain(&self) {
        self.signal("TERM");
        let status = self.ends().await;
        assert!(status.success(), "{}: {status}", self.name);
    }

    async fn ends(&self) -> ExitStatus {
        test_support::eventually(END, async || {
            let mut process = self.process.lock().unwrap();
            let child = process.as_mut().expect("it was started");
            match child.try_wait().expect("the process can be asked") {
                Some(status) => {
                    *process = None;
                    Ok(status)
                }
                None => Err(format!("{} lives", self.name)),
            }
        })
        .await
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
        self.serves_within(START).await;
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

    /// Stops it in its tracks (SIGSTOP): its connections stay open, it does nothing.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on (SIGCONT).
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let process = self.process.lock().unwrap();
        let id = process.as_ref().expect("it runs").id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(
            sent.expect("there is a kill").success(),
            "{signal} to {}",
            self.name
        );
    }

    /// What a metric is for these labels, as Prometheus would read it: the sum of the series that
    /// have them all.
    pub async fn metric(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let text = self.metrics().await;
        let of_this = |line: &&str| {
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with(['{', ' ']))
                && labels.iter().all(|label| line.contains(label))
        };
        text.lines()
            .filter(of_this)
            .filter_map(|line| line.rsplit(' ').next()?.parse().ok())
            .reduce(|sum: f64, value| sum + value)
    }

    /// Waits until its health says of a dependency that it is there, or that it isn't, and its
    /// metrics say the same. Of the whole (`""`) there is no metric.
    pub async fn says(&self, dependency: &str, there: bool) {
        let label = format!("dependency=\"{dependency}\"");
        test_support::eventually(KNOWN, async || {
            let health = artel::health::check(&self.url(), dependency).await;
            if !health.as_ref().is_ok_and(|is| *is == there) {
                return Err(format!("{}: {dependency:?} is {health:?}", self.name));
            }
            let metric = self.metric("artel_dependency_up", &[&label]).await;
            if dependency.is_empty() || metric.is_some_and(|up| (up > 0.5) == there) {
                Ok(())
            } else {
                Err(format!("{}: the metric of {dependency} is {metric:?}", self.name))
            }
        })
        .await;
    }

    /// Kills it without a warning, as a power cut would. A process that has ended by itself can't
    /// be.
    pub fn kill(&self) {
        if let Some(mut child) = self.process.lock().unwrap().take() {
            let ended = child.try_wait().expect("it is a child");
            assert!(ended.is_none(), "{} had ended by itself: {ended:?}", self.name);
            child.kill().expect("the process can be killed");
            child.wait().expect("the process has ended");
        }
    }

    /// What it tells Prometheus.
    pub async fn metrics(&self) -> String {
        let answer = crate::mesh::http()
            .get(format!("http://{}/metrics", self.metrics))
            .send()
            .await;
        let answer = answer.expect("the metrics listener answers");
        answer.text().await.expect("metrics are text")
    }

    /// All that it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The process never logged a panic.
    pub fn never_panicked(&self) {
        let log = self.log();
        let panics: Vec<_> = log.lines().filter(|line| line.contains("panicked")).collect();
        assert!(panics.is_empty(), "{}: {panics:?}", self.name);
    }

    /// The last lines of its log.
    pub fn last_words(&self) -> String {
        let text = self.log();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.file);
        command
            .env("ARTEL_LOG_FORMAT", "text")
            // A backtrace behind the reason why a program ended would push that reason out of its
            // last words.
            .env("RUST_BACKTRACE", "0")
            .envs(self.settings.iter().cloned())
            .env("ARTEL_GRPC_LISTEN", &self.address)
            .env("ARTEL_METRICS_LISTEN", &self.metrics)
            .stdin(Stdio::null());
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
