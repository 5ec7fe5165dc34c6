//! What the seven services cost while they do nothing much: disk, start, memory.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::process::{Child, Command};
use tonic::transport::Endpoint;

use crate::page::{Section, Table, mebibytes, progress, time};
use crate::program;

const SERVICES: [&str; 7] = [
    "admin",
    "orders",
    "consumables",
    "billing",
    "onboarding",
    "notify",
    "totalizator",
];
/// A service that does not serve within this time has something to say in its log.
const STARTING: Duration = Duration::from_secs(30);

#[derive(clap::Args)]
pub struct Options {
    /// How many stories are played, one after the other, before memory is looked at again
    #[arg(long, default_value = "3")]
    stories: usize,
}

/// One service's figures.
struct Figures {
    service: &'static str,
    program: u64,
    start: Duration,
    idle: u64,
    /// Of it, memory that is its own, and not pages of the program's file.
    own: u64,
}

impl Figures {
    fn now(service: &'static str, start: Duration) -> anyhow::Result<Self> {
        Ok(Self {
            service,
            program: std::fs::metadata(program(service))?.len() / 1024,
            start,
            idle: resident(service, "VmRSS:")?,
            own: resident(service, "RssAnon:")?,
        })
    }
}

/// Brings the mesh up in the release profile, restarts each service, plays stories.
pub async fn measure(options: &Options) -> anyhow::Result<Section> {
    progress("bringing the mesh up in the release profile");
    mesh(&["up"]).await?;
    let mut starts = Vec::new();
    for service in SERVICES {
        progress(format_args!("starting svc-{service}"));
        starts.push(start(service).await?);
    }
    let figures: Vec<Figures> = SERVICES
        .into_iter()
        .zip(starts)
        .map(|(service, start)| Figures::now(service, start))
        .collect::<Result<_, _>>()?;
    progress(format_args!("playing {} stories", options.stories));
    let story = stories(options.stories).await?;
    page(&figures, options.stories, story)
}

fn page(figures: &[Figures], stories: usize, story: Duration) -> anyhow::Result<Section> {
    let mut table = Table::new([
        "service",
        "program",
        "start to serving",
        "resident, idle",
        "of it, its own",
        "after the stories",
        "at most, in them",
    ]);
    let (mut idle, mut own, mut after, mut busy) = (0, 0, 0, 0);
    for figures in figures {
        let service = figures.service;
        let (then, most) = (resident(service, "VmRSS:")?, resident(service, "VmHWM:")?);
        idle += figures.idle;
        own += figures.own;
        after += then;
        busy += most;
        table.row([
            format!("svc-{service}"),
            mebibytes(figures.program),
            time(figures.start),
            mebibytes(figures.idle),
            mebibytes(figures.own),
            mebibytes(then),
            mebibytes(most),
        ]);
    }
    table.row([
        "together".into(),
        String::new(),
        String::new(),
        mebibytes(idle),
        mebibytes(own),
        mebibytes(after),
        mebibytes(busy),
    ]);
    Ok(Section::new("Footprint")
        .with("To reach: 110 MiB for all seven together, idle; 150 ms from start to serving each.")
        .with(table)
        .with(format_args!(
            "{stories} stories, one after the other, each from the first call to the last mail, took {} (a cookie's two seconds \
             of baking and a payout's second of waiting included). Start to serving includes the health checks of PostgreSQL and \
             Kafka. What limits memory: pages of the program's own file, which Linux maps in large pieces around those that are \
             touched, and takes back when memory is short; it shares none of them between different programs.",
            time(story)
        ))
        .with("Repeat: `make bench ARGS=footprint`"))
}

/// Stops the mesh's process, starts the program itself until it serves, and gives the place back to
/// the mesh.
async fn start(service: &str) -> anyhow::Result<Duration> {
    mesh(&["stop", service]).await?;
    let settings = settings(service).await?;
    let listen = settings
        .get("ARTEL_GRPC_LISTEN")
        .context("no address in the settings")?;
    let endpoint = Endpoint::from_shared(format!("http://{listen}"))?;
    let begun = Instant::now();
    let mut process = Command::new(program(service))
        .arg("serve")
        .envs(&settings)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    program::until_serving(&endpoint, STARTING).await?;
    let took = begun.elapsed();
    stop(&mut process).await?;
    mesh(&["start", service]).await?;
    Ok(took)
}

async fn stop(process: &mut Child) -> anyhow::Result<()> {
    let pid = process.id().context("it has ended by itself")?.to_string();
    Command::new("kill").args(["-TERM", &pid]).status().await?;
    process.wait().await?;
    Ok(())
}

/// Plays the stories of `mesh demo`. Not side by side: they share one company, and one's manager
/// would review another's order.
async fn stories(count: usize) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    for _ in 0..count {
        mesh(&["demo"]).await?;
    }
    Ok(begun.elapsed())
}

async fn mesh(arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new("tools/mesh/mesh")
        .args(arguments)
        .env("RELEASE", "1")
        .stdout(Stdio::null())
        .status()
        .await?;
    ensure!(status.success(), "mesh {} failed", arguments.join(" "));
    Ok(())
}

fn program(service: &str) -> PathBuf {
    program::path(&format!("svc-{service}"))
}

/// A service's settings as the mesh keeps them, which is shell code.
async fn settings(service: &str) -> anyhow::Result<HashMap<String, String>> {
    let file = format!(".artel/env/svc-{service}.env");
    let output = Command::new("bash")
        .args(["-c", "set -a; source \"$0\"; env -0", &file])
        .output()
        .await?;
    ensure!(output.status.success(), "{file} can't be read");
    let text = String::from_utf8(output.stdout)?;
    let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
    Ok(pairs
        .filter(|(name, _)| name.starts_with("ARTEL_"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

/// A line of the status of the mesh's process, in KiB.
fn resident(service: &str, line: &str) -> anyhow::Result<u64> {
    let file = std::fs::read_to_string(format!(".artel/run/svc-{service}.pid"))?;
    let pid = file.split_whitespace().next().context("an empty pid file")?;
    program::status_of(pid, line)
}
