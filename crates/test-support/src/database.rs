//! A separate database for each test, copied from a template that is migrated once.

use std::fmt::Write as _;
use std::os::unix::fs::MetadataExt as _;

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Text};
use diesel_async::{
    AsyncConnection as _, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl as _,
    SimpleAsyncConnection as _,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Builder;
use uuid::Uuid;

use crate::environment;

/// The advisory lock that is held while a template is created.
const LOCK: i64 = 0x6172_7465_6c54;
/// The login that owns the databases. It is an ordinary one, as those of services, so that
/// statements that need a superuser fail in tests.
const OWNER: &str = "artel_test";

/// An empty, migrated database for one test. It is dropped with this value, and its connections are
/// closed.
pub struct Database {
    admin: Url,
    name: String,
    url: String,
}

impl Database {
    /// Creates a database with these migrations on the server that all tests share. The first test
    /// with the same migrations runs them; the others copy its template.
    pub async fn fresh(migrations: &[EmbeddedMigrations]) -> Self {
        Self::fresh_on(&environment("ARTEL_TEST_POSTGRES"), migrations).await
    }

    /// Creates a database on another server. `administrator` is the superuser's URL.
    #[allow(clippy::unused_async, reason = "how it is done is not the tests' affair")]
    pub async fn fresh_on(administrator: &str, migrations: &[EmbeddedMigrations]) -> Self {
        let admin = Url::parse(administrator);
        let name = format!("test_{}", Uuid::new_v4().simple());
        let sets = Sets(migrations);
        let template = format!("template_{}", sets.fingerprint());
        let database = Self {
            url: admin.owners(&name),
            admin,
            name,
        };
        apart(async || create(&database.admin, &template, &database.name, sets).await);
        database
    }

    /// The URL: `postgres://login:password@host:port/name`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets the server answer new connections to this database in Russian.
    ///
    /// # Panics
    /// If the server has no Russian locale or no Russian messages.
    pub async fn answer_in_russian(&self) {
        let set = format!("ALTER DATABASE {} SET lc_messages = 'ru_RU.UTF-8'", self.name);
        let mut admin = AsyncPgConnection::establish(&self.admin.whole)
            .await
            .expect("the tests' PostgreSQL is up");
        let hint = "install Debian's package `locales`, run `localedef --no-archive -i ru_RU -f UTF-8 \
                    ru_RU.UTF-8` on the machine of the tests' PostgreSQL, and restart that server";
        admin
            .batch_execute(&set)
            .await
            .unwrap_or_else(|error| panic!("{set}: {error}; {hint}"));
        let error = self.connection().await.batch_execute("SELECT 1 / 0").await;
        let message = error.expect_err("1 / 0 is an error").to_string();
        assert_eq!(message, "деление на ноль", "not in Russian; {hint}");
    }

    /// Opens a connection.
    pub async fn connection(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(&self.url)
            .await
            .expect("the test's database can be reached")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        // On a thread, because there may be no runtime, or one that must not block. Joined, because
        // the thread would end with the process.
        let dropping = std::thread::spawn(move || {
            let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
                return;
            };
            runtime.block_on(async {
                if let Ok(mut connection) = AsyncPgConnection::establish(&admin.whole).await {
                    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                    let _ = connection.batch_execute(&sql).await;
                }
            });
        });
        let _ = dropping.join();
    }
}

async fn create(admin: &Url, template: &str, name: &str, migrations: Sets<'_>) {
    let mut connection = AsyncPgConnection::establish(&admin.whole)
        .await
        .expect("the tests' PostgreSQL is up");
    let run = async |connection: &mut AsyncPgConnection, sql: String| {
        connection
            .batch_execute(&sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    };
    run(&mut connection, format!("SELECT pg_advisory_lock({LOCK})")).await;
    if !exists(&mut connection, template).await {
        let password = &admin.password;
        let login = format!(
            "DO $$ BEGIN CREATE ROLE {OWNER} LOGIN PASSWORD '{password}'; EXCEPTION WHEN duplicate_object THEN END $$"
        );
        run(&mut connection, login).await;
        let half = format!("{template}_half");
        run(
            &mut connection,
            format!("DROP DATABASE IF EXISTS {half} WITH (FORCE)"),
        )
        .await;
        run(&mut connection, format!("CREATE DATABASE {half} OWNER {OWNER}")).await;
        migrate(&admin.owners(&half), migrations).await;
        run(
            &mut connection,
            format!("ALTER DATABASE {half} RENAME TO {template}"),
        )
        .await;
    }
    run(&mut connection, format!("SELECT pg_advisory_unlock({LOCK})")).await;
    run(
        &mut connection,
        format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}"),
    )
    .await;
}

async fn exists(connection: &mut AsyncPgConnection, name: &str) -> bool {
    let known = diesel::dsl::sql::<Bool>("EXISTS (SELECT FROM pg_database WHERE datname = ")
        .bind::<Text, _>(name)
        .sql(")");
    diesel::select(known)
        .get_result(connection)
        .await
        .expect("pg_database can be read")
}

async fn migrate(url: &str, migrations: Sets<'_>) {
    let connection = AsyncPgConnection::establish(url)
        .await
        .expect("the template can be reached");
    let mut harness = AsyncMigrationHarness::new(connection);
    if let Err(error) = harness.run_pending_migrations(migrations) {
        panic!("a migration failed: {error}");
    }
}

/// Runs `work` on a multi-thread runtime, which migrations need and a test may not have. Blocks
/// until the work is done.
pub(crate) fn apart(work: impl AsyncFnOnce() + Send) {
    std::thread::scope(|scope| {
        let working = scope.spawn(|| {
            let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
            runtime.expect("a thread can be started").block_on(work());
        });
        working
            .join()
            .expect("what was done to the database failed; its panic is above");
    });
}

/// The parts of `postgres://login:password@host:port/name`.
#[derive(Clone)]
struct Url {
    whole: String,
    password: String,
    server: String,
}

impl Url {
    fn parse(url: &str) -> Self {
        let parts = || {
            let (login, place) = url.strip_prefix("postgres://")?.rsplit_once('@')?;
            let (_, password) = login.split_once(':')?;
            let (server, _) = place.split_once('/')?;
            Some(Self {
                whole: url.to_owned(),
                password: password.to_owned(),
                server: server.to_owned(),
            })
        };
        parts().expect("the administrator's URL is postgres://login:password@host:port/name")
    }

    /// The owner's URL of a database on the same server. The owner has the administrator's
    /// password.
    fn owners(&self, name: &str) -> String {
        format!("postgres://{OWNER}:{}@{}/{name}", self.password, self.server)
    }
}

/// Several sets of migrations as one.
pub(crate) struct Sets<'a>(pub(crate) &'a [EmbeddedMigrations]);

impl Sets<'_> {
    /// Identifies these migrations in this build of the test program. A changed migration changes
    /// the build.
    fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        for migration in MigrationSource::<Pg>::migrations(self).expect("embedded migrations are there") {
            digest.update(migration.name().to_string());
            digest.update([0]);
        }
        if let Ok(program) = std::env::current_exe()
            && let Ok(metadata) = program.metadata()
        {
            digest.update(program.as_os_str().as_encoded_bytes());
            digest.update(metadata.len().to_be_bytes());
            digest.update(metadata.mtime().to_be_bytes());
            digest.update(metadata.mtime_nsec().to_be_bytes());
        }
        digest.finalize()[..8]
            .iter()
            .fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }
}

impl MigrationSource<Pg> for Sets<'_> {
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<Pg>>>> {
        let mut all = Vec::new();
        for set in self.0 {
            all.extend(MigrationSource::<Pg>::migrations(set)?);
        }
        Ok(all)
    }
}
