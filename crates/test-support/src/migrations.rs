//! Checks that migrations can be reverted.

use diesel::QueryableByName;
use diesel::migration::{Migration, MigrationSource as _};
use diesel::pg::Pg;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection as _, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _};

use crate::Database;
use crate::database::{Sets, apart};

/// Lists all objects that migrations create, one per line. Extensions and their objects are left
/// out, because they are not reverted.
const SCHEMA: &str = "
    SELECT format('%s %s.%s %s %s', relkind, relname, attname, format_type(atttypid, atttypmod), attnotnull)
        || coalesce(' ' || pg_get_expr(adbin, adrelid), '') AS line
    FROM pg_class
    JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'S') AND relname NOT LIKE '\\_\\_diesel%'
    UNION ALL
    SELECT format('constraint %s.%s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '\\_\\_diesel%'
    UNION ALL
    SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_diesel%'
    UNION ALL
    SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    UNION ALL
    SELECT format('type %s %s', typname, typtype) FROM pg_type
    WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_type.oid AND deptype = 'e')
    ORDER BY line";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Runs every migration of a service up, down and up again, one after the other.
///
/// # Panics
/// If the schema after `down` differs from the one before `up`, or if the second `up` has another
/// result than the first.
pub async fn every_migration_can_be_taken_back(sets: &[EmbeddedMigrations]) {
    let database = Database::fresh(&[]).await;
    apart(async || up_and_down(&database, Sets(sets)).await);
}

async fn up_and_down(database: &Database, sets: Sets<'_>) {
    let mut harness = AsyncMigrationHarness::new(database.connection().await);
    let mut migrations: Vec<Box<dyn Migration<Pg>>> =
        sets.migrations().expect("embedded migrations are there");
    migrations.sort_by_key(|migration| migration.name().version().to_string());
    let mut before = schema(database).await;
    for migration in &migrations {
        let name = migration.name();
        let fail = |what: &str, error: Box<dyn std::error::Error + Send + Sync>| -> ! {
            panic!("{name} can't be run {what}: {error}")
        };
        if let Err(error) = harness.run_migration(migration) {
            fail("up", error);
        }
        let after = schema(database).await;
        if let Err(error) = harness.revert_migration(migration) {
            fail("down", error);
        }
        assert_eq!(
            schema(database).await,
            before,
            "down.sql of {name} leaves another schema than was there before"
        );
        if let Err(error) = harness.run_migration(migration) {
            fail("up again", error);
        }
        before = schema(database).await;
        assert_eq!(before, after, "{name}, run again, leaves another schema");
    }
}

async fn schema(database: &Database) -> Vec<String> {
    let mut connection: AsyncPgConnection = AsyncPgConnection::establish(database.url())
        .await
        .expect("the test's database can be reached");
    let lines: Vec<Line> = diesel::sql_query(SCHEMA)
        .load(&mut connection)
        .await
        .expect("PostgreSQL's catalogue can be read");
    lines.into_iter().map(|line| line.line).collect()
}
