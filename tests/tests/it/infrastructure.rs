//! A PostgreSQL and a Kafka of one test's own, to be killed and frozen without disturbing any other
//! test.

use std::fmt::{self, Display};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

/// One of the two servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    Postgres,
    Kafka,
}

impl Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "postgres",
            Self::Kafka => "kafka",
        })
    }
}

/// Both servers, up and empty. They end with this value, so it must outlive every mesh that stands
/// on it.
///
/// Every method blocks until it is done: `tools/mesh/mesh infra` does the work.
pub struct Infrastructure {
    place: &'static str,
    postgres: String,
    brokers: String,
    /// One at a time: two tests that kill servers under load starve each other, and neither would
    /// tell of Artel.
    _alone: File,
}

impl Infrastructure {
    /// Starts both, once no other test has servers of its own. No two tests may name the same
    /// place.
    pub fn up(place: &'static str) -> Self {
        let lock = Path::new(env!("CARGO_TARGET_TMPDIR")).join("own-servers");
        let alone = File::create(lock).expect("cargo made this folder");
        alone.lock().expect("a file can be locked");
        let told = mesh(&["infra", place, "up"]);
        let value = |name: &str| {
            let words = told.split_whitespace();
            let mut values = words.filter_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            values
                .next()
                .unwrap_or_else(|| panic!("no {name} in: {told}"))
                .to_owned()
        };
        Self {
            place,
            postgres: value("ARTEL_TEST_POSTGRES"),
            brokers: value("ARTEL_TEST_KAFKA"),
            _alone: alone,
        }
    }

    /// The first database of PostgreSQL, for its administrator.
    pub fn postgres_url(&self) -> &str {
        &self.postgres
    }

    /// `host:port` of Kafka.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// Ends the server with all its processes, as a power cut would.
    pub fn kill(&self, server: Server) {
        self.have("kill", server);
    }

    /// Starts the server that was killed, and waits until it answers.
    pub fn start(&self, server: Server) {
        self.have("start", server);
    }

    /// Stops it in its tracks (SIGSTOP): connections stay open, nothing answers.
    pub fn freeze(&self, server: Server) {
        self.have("freeze", server);
    }

    /// Lets it go on (SIGCONT).
    pub fn thaw(&self, server: Server) {
        self.have("thaw", server);
    }

    fn have(&self, verb: &str, server: Server) {
        mesh(&["infra", self.place, verb, &server.to_string()]);
    }
}

impl Drop for Infrastructure {
    fn drop(&mut self) {
        let _ = output(&["infra", self.place, "down"]);
    }
}

/// What a mesh command printed.
fn mesh(arguments: &[&str]) -> String {
    let output = output(arguments).expect("bash is there");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "mesh {arguments:?}: {out}{err}");
    out.into_owned()
}

fn output(arguments: &[&str]) -> std::io::Result<Output> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/mesh/mesh");
    Command::new("bash").arg(program).args(arguments).output()
}
