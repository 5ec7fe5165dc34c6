//! A service is replaced by its next version and back (N → N+1 → N), under load, on the schema of a
//! version after both.
//!
//! `make roll SVC=orders` runs this with a program of an older commit as N, whose tables may really
//! be others. Among all tests N is today's program: it, too, meets a schema that it doesn't know.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use artel::story;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_postgres::NoTls;

use crate::clients::{Call, Clients, Wish};
use crate::mesh::{Mesh, Plan};
use crate::program::Program;

const SERVICE: &str = "svc-orders";
/// Names the folder with N's program; today's where it is not set.
const FROM: &str = "ARTEL_ROLL_FROM";
/// How many order at the same time.
const CLIENTS: usize = 4;
/// How many orders are accepted before, between and after.
const ORDERS: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_replaced_and_rolled_back_under_load_and_one_repetition_mends_every_call() {
    let older = std::env::var_os(FROM).map(PathBuf::from);
    let mesh = Mesh::up_as(Plan {
        older: older.as_deref().map(|programs| (SERVICE, programs)),
        ..Plan::default()
    })
    .await;
    let stage = mesh.stage(Box::new(|_, _, _| Ok(())));
    let wish = Wish::new(&stage).await.unwrap_or_else(|error| panic!("{error}"));
    let old = mesh.program(SERVICE);
    let next = old.twin();
    let front = Front::before(&old).await;
    let connections = || {
        Mesh::connections_to(&|name| match name {
            SERVICE => front.url(),
            other => mesh.program(other).url(),
        })
    };

    let clients = Clients::begin(CLIENTS, &mesh, connections, wish);
    let mut phases = vec![("on N", clients.accepted(ORDERS).await)];
    phases.push(("migrated, N → N+1", Instant::now()));
    next.run(&["migrate", "--create-topics"]);
    expand(&mesh).await;
    replace(&old, &next, &front, &clients).await;
    phases.push(("on N+1", clients.accepted(ORDERS).await));
    phases.push(("N+1 → N", Instant::now()));
    replace(&next, &old, &front, &clients).await;
    phases.push(("on N, new schema", clients.accepted(ORDERS).await));
    let calls = clients.end(&mesh, &stage).await;

    println!("\n{}", table(&phases, &calls));
    let unmended: Vec<_> = calls.iter().filter(|call| is_unmended(call)).collect();
    assert!(unmended.is_empty(), "refused though repeated: {unmended:?}");
    // What clients don't call works on the new schema as well: matching, photos, kits, money.
    let stage = mesh.stage(Box::new(|_, _, _| Ok(())));
    story::play(&stage)
        .await
        .unwrap_or_else(|error| panic!("N on the new schema: {error}"));
    mesh.every_event_was_processed().await;
}

/// As Kubernetes does: the new one is ready before the old one is asked to drain, and from then on
/// gets what connects. For a while both work: one on calls, each on its share of the events.
async fn replace(old: &Program, new: &Program, front: &Front, clients: &Clients) {
    new.start();
    new.serves().await;
    front.lead_to(new);
    clients.accepted(ORDERS).await;
    old.drain().await;
}

/// Proxies the replicas of a service, like a Kubernetes Service: new connections go to the one that
/// is ready, and what is connected stays.
struct Front {
    address: SocketAddr,
    ready: watch::Sender<String>,
}

impl Front {
    async fn before(program: &Program) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let ready = watch::Sender::new(program.address().to_owned());
        tokio::spawn(let_in(listener, ready.subscribe()));
        Self { address, ready }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn lead_to(&self, program: &Program) {
        self.ready.send_replace(program.address().to_owned());
    }
}

async fn let_in(listener: TcpListener, ready: watch::Receiver<String>) {
    while let Ok((mut caller, _)) = listener.accept().await {
        let ready = ready.borrow().clone();
        tokio::spawn(async move {
            // A client that cannot be connected sees its connection closed.
            if let Ok(mut replica) = TcpStream::connect(ready).await {
                let _ = tokio::io::copy_bidirectional(&mut caller, &mut replica).await;
            }
        });
    }
}

/// A schema that neither version knows: everything that migrations may do without a reason is done
/// to each table.
async fn expand(mesh: &Mesh) {
    let (_, database) = mesh
        .databases()
        .find(|(service, _)| *service == SERVICE)
        .expect("its database");
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls)
        .await
        .expect("the database is there");
    let connection = tokio::spawn(connection);
    let tables = "SELECT table_name::text FROM information_schema.tables \
                  WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1";
    let mut migration = "CREATE TABLE of_the_next_version (id uuid PRIMARY KEY);\n".to_owned();
    for row in client.query(tables, &[]).await.expect("a catalogue") {
        let table: String = row.get(0);
        let _ = writeln!(
            migration,
            "ALTER TABLE {table} ADD COLUMN next_note text;\n\
             ALTER TABLE {table} ADD COLUMN next_count bigint NOT NULL DEFAULT 0;\n\
             CREATE INDEX ON {table} (next_note);"
        );
    }
    assert_eq!(objections(&migration), "", "the rule of migrations allows this");
    // One statement after another, each for itself: none may hold a table while it waits for
    // another.
    for statement in migration.lines() {
        client
            .batch_execute(statement)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    drop(client);
    let _ = connection.await;
}

/// What `make lint` says to a migration.
fn objections(migration: &str) -> String {
    let rule = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/mesh/contracting.awk");
    let mut awk = Command::new("awk")
        .args(["-v", "file=next.sql", "-f"])
        .arg(rule)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("there is an awk");
    let mut pipe = awk.stdin.take().expect("a pipe");
    pipe.write_all(migration.as_bytes()).expect("awk reads");
    drop(pipe);
    let said = awk.wait_with_output().expect("awk ends");
    assert!(
        said.status.success() || !said.stdout.is_empty(),
        "awk says nothing and fails: {said:?}"
    );
    String::from_utf8_lossy(&said.stdout).into_owned()
}

/// Refused at the first repetition: one was not enough.
fn is_unmended(call: &Call) -> bool {
    call.repeats == 1 && call.refused.is_some()
}

/// One line per phase: what callers saw of it.
fn table(phases: &[(&str, Instant)], calls: &[Call]) -> String {
    let mut table = format!(
        "{:<20} {:>6} {:>13} {:>7} {:>9} {:>9} {:>9} {:>9}\n",
        "PHASE", "CALLS", "FAILED FIRST", "MENDED", "UNMENDED", "P50", "P99", "MAX"
    );
    for (number, (phase, begin)) in phases.iter().enumerate() {
        let end = phases.get(number + 1).map(|(_, begin)| *begin);
        let within = |call: &&Call| call.began >= *begin && end.is_none_or(|end| call.began < end);
        let of_it: Vec<&Call> = calls.iter().filter(within).collect();
        let (firsts, repeats): (Vec<&Call>, Vec<&Call>) = of_it.iter().partition(|call| call.repeats == 0);
        let failed = firsts.iter().filter(|call| call.refused.is_some()).count();
        let mended = repeats
            .iter()
            .filter(|call| call.repeats == 1 && call.refused.is_none());
        let mut took: Vec<Duration> = of_it.iter().map(|call| call.took).collect();
        took.sort();
        let at = |per_cent: usize| {
            let place = (took.len() * per_cent / 100).min(took.len().saturating_sub(1));
            format!("{:.1?}", took.get(place).copied().unwrap_or_default())
        };
        let _ = writeln!(
            table,
            "{phase:<20} {:>6} {failed:>13} {:>7} {:>9} {:>9} {:>9} {:>9}",
            firsts.len(),
            mended.count(),
            of_it.iter().filter(|call| is_unmended(call)).count(),
            at(50),
            at(99),
            at(100),
        );
    }
    table
}
