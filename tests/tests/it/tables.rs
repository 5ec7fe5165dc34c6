//! What the services' databases hold: enough to see that nothing has changed.

use std::collections::BTreeMap;
use std::time::Duration;

use test_support::eventually;
use tokio::sync::Mutex;
use tokio_postgres::NoTls;

use crate::mesh::Mesh;

/// A table's rows: how many, and a digest of all of them.
pub type Rows = (i64, String);

/// Every table of every service, by `svc-orders.orders`.
pub type Tables = BTreeMap<String, Rows>;

/// Looks at all tables.
pub async fn look(mesh: &Mesh) -> Tables {
    let mut tables = Tables::new();
    for (service, database) in mesh.databases() {
        let (client, connection) = tokio_postgres::connect(database.url(), NoTls)
            .await
            .expect("the database is there");
        let connection = tokio::spawn(connection);
        let names = "SELECT table_name::text FROM information_schema.tables \
                     WHERE table_schema = 'public' AND table_type = 'BASE TABLE'";
        for row in client.query(names, &[]).await.expect("a catalogue") {
            let name: String = row.get(0);
            let digest = format!(
                "SELECT count(*), coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM \"{name}\" t"
            );
            let row = client.query_one(&digest, &[]).await.expect("a table");
            tables.insert(format!("{service}.{name}"), (row.get(0), row.get(1)));
        }
        drop(client);
        let _ = connection.await;
    }
    tables
}

/// Looks at all tables, once everything that is under way has arrived.
pub async fn look_at_rest(mesh: &Mesh) -> Tables {
    const AT_REST: usize = 3;
    let seen = Mutex::new((Tables::new(), 0));
    eventually(Duration::from_mins(1), async || {
        let now = look(mesh).await;
        let mut seen = seen.lock().await;
        if seen.0 == now {
            seen.1 += 1;
        } else {
            let moved = difference(&seen.0, &now);
            *seen = (now, 0);
            return Err(format!("still moving: {moved:?}"));
        }
        if seen.1 < AT_REST {
            return Err("perhaps at rest".to_owned());
        }
        Ok(seen.0.clone())
    })
    .await
}

/// The tables that are not as they were.
pub fn difference(before: &Tables, after: &Tables) -> Vec<String> {
    let names = before
        .keys()
        .chain(after.keys().filter(|name| !before.contains_key(*name)));
    names
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| {
            let rows = |tables: &Tables| tables.get(name).map_or(0, |(rows, _)| *rows);
            format!("{name}: {} rows before, {} after", rows(before), rows(after))
        })
        .collect()
}
