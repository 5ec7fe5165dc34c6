use conventions::Role;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use svc_consumables::MIGRATIONS;

macro_rules! migration {
    ($name:literal) => {
        include_str!(concat!("../../migrations/", $name))
    };
}

#[tokio::test]
async fn every_migration_goes_up_down_and_up_again() {
    let sets = [service_host::MIGRATIONS, messaging::MIGRATIONS, MIGRATIONS];
    test_support::every_migration_can_be_taken_back(&sets).await;
}

#[tokio::test]
async fn g6_stored_roles_become_words_and_numbers_again() {
    let sets = [service_host::MIGRATIONS, messaging::MIGRATIONS, MIGRATIONS];
    let database = test_support::Database::fresh(&sets).await;
    let mut conn = database.connection().await;
    conn.batch_execute(migration!("2026-12-01-010000_plural_tables/down.sql"))
        .await
        .unwrap();
    conn.batch_execute(
        "INSERT INTO material VALUES ('soap', 'Soap', 'piece', 0);
         INSERT INTO stock_balance (material_code) VALUES ('soap');
         INSERT INTO stock_movement (material_code, kind, on_hand_change, reserved_change, reason, actor_role, actor_id, at)
             SELECT 'soap', 'receipt', 1, 0, '', role, '', now() FROM generate_series(0, 10) AS role;",
    )
    .await
    .unwrap();
    let numbers: Vec<String> = (0..=10).map(|number| number.to_string()).collect();
    let words: Vec<String> = (0..=10)
        .map(|number| Role::try_from(number).unwrap().claim().to_owned())
        .collect();
    for (migration, table, roles) in [
        (
            migration!("2026-12-01-010000_plural_tables/up.sql"),
            "stock_movements",
            &words,
        ),
        (
            migration!("2026-12-01-010000_plural_tables/down.sql"),
            "stock_movement",
            &numbers,
        ),
    ] {
        conn.batch_execute(migration).await.unwrap();
        assert_eq!(roles_in(&mut conn, table).await, *roles);
    }
}

#[derive(diesel::QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    role: String,
}

async fn roles_in(conn: &mut AsyncPgConnection, table: &str) -> Vec<String> {
    let query = format!("SELECT actor_role::text AS role FROM {table} ORDER BY id");
    let rows: Vec<Stored> = diesel::sql_query(query).load(conn).await.unwrap();
    rows.into_iter().map(|row| row.role).collect()
}
