use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use svc_billing::domain::seal::Hash;
use svc_billing::domain::{Ending, OwnerKind};
use svc_billing::jobs::seal;
use svc_billing::store::journal;
use svc_billing::use_cases::verify_ledger::{Report, verify_ledger};

use crate::support::{House, days, noon};

/// Six entries: four sealed in two blocks, two waiting.
async fn sealed() -> House {
    let house = House::new().await;
    let (client, worker) = (house.client(None).await, house.worker(None).await);
    for sealing in [true, true, false] {
        house.order(client, worker, Ending::Completed).await;
        house.order(client, worker, Ending::Failed).await;
        if sealing {
            seal::run(&house.db, noon()).await.unwrap();
        }
    }
    house
}

/// Disables all constraints and triggers, as the owner of the tables can, then runs `sql`.
async fn tamper(house: &House, sql: &str) {
    let disarm = "DO $$ DECLARE it record; BEGIN
        FOR it IN SELECT conrelid::regclass AS tab, conname FROM pg_constraint
            WHERE contype = 'f' AND connamespace = 'public'::regnamespace LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', it.tab, it.conname);
        END LOOP;
        FOR it IN SELECT DISTINCT tgrelid::regclass AS tab FROM pg_trigger WHERE NOT tgisinternal LOOP
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', it.tab);
        END LOOP;
    END $$;";
    let mut conn = house.conn().await;
    conn.batch_execute(disarm).await.unwrap();
    conn.batch_execute(sql).await.unwrap();
}

async fn report(house: &House) -> Report {
    verify(house, None).await
}

async fn verify(house: &House, expected_head: Option<Hash>) -> Report {
    let verified = house
        .db
        .transaction(async |conn: &mut AsyncPgConnection| verify_ledger(conn, expected_head).await);
    verified.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn b10_a_correct_ledger_is_verified() {
    let house = sealed().await;
    let found = report(&house).await;
    assert_eq!((found.blocks, found.entries, found.unsealed), (2, 4, 2));
    assert_eq!(found.finding, None);
    assert_ne!(found.head, Hash::GENESIS);
    seal::run(&house.db, noon()).await.unwrap();
    let later = report(&house).await;
    assert_eq!((later.blocks, later.entries, later.unsealed), (3, 6, 0));
    let noted = verify(&house, Some(found.head)).await;
    assert_eq!(noted.finding, None, "an earlier head is part of the chain");
}

#[tokio::test(flavor = "multi_thread")]
async fn b10_the_first_corrupt_entry_is_named() {
    let third = "(SELECT transaction_id FROM sealed_entries ORDER BY height, position OFFSET 2 LIMIT 1)";
    for sql in [
        format!("UPDATE postings SET amount = amount + sign(amount)::int WHERE transaction_id = {third}"),
        format!("UPDATE transactions SET note = 'x' WHERE id = {third}"),
        format!("UPDATE transactions SET booked_at = booked_at - interval '1 day' WHERE id = {third}"),
        format!("UPDATE postings SET reason = 'bonus' WHERE transaction_id = {third}"),
        format!("DELETE FROM postings WHERE transaction_id = {third}"),
        format!("UPDATE sealed_entries SET digest = sha256('x') WHERE transaction_id = {third}"),
        format!("DELETE FROM transactions WHERE id = {third}"),
    ] {
        let house = sealed().await;
        let third = house
            .count(&format!("SELECT sequence FROM transactions WHERE id = {third}"))
            .await;
        let all = journal::list(&mut house.conn().await, None, None, 10)
            .await
            .unwrap();
        let expected = all
            .iter()
            .find(|entry| entry.sequence == third)
            .map(|entry| entry.id);
        tamper(&house, &sql).await;
        let finding = report(&house).await.finding.expect(&sql);
        assert_eq!(finding.transaction, expected, "{sql}: {}", finding.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b10_corrupt_blocks_hidden_entries_and_wrong_balances_are_found() {
    for (sql, expected) in [
        (
            "UPDATE journal_blocks SET hash = sha256('x') WHERE height = 1",
            "block 1 does not match its hash",
        ),
        (
            "UPDATE journal_blocks SET previous = sha256('x') WHERE height = 2",
            "block 2 does not follow",
        ),
        (
            "DELETE FROM journal_blocks WHERE height = 1",
            "block 2 does not follow",
        ),
        (
            "DELETE FROM sealed_entries WHERE height = 1 AND position = 1",
            "block 1 does not match its hash",
        ),
        (
            "UPDATE accounts SET balance = balance + 1 WHERE owner_kind = 'client'",
            "the balance of account",
        ),
        (
            "UPDATE accounts SET paid = paid + 1 WHERE owner_kind = 'client'",
            "has settled 1",
        ),
        ("DELETE FROM unsealed_entries", "neither sealed nor waiting"),
        (
            "UPDATE postings SET amount = 7 WHERE id = (SELECT max(id) FROM postings)",
            "postings, which sum to",
        ),
    ] {
        let house = sealed().await;
        tamper(&house, sql).await;
        let finding = report(&house).await.finding.expect(sql);
        assert!(finding.text.contains(expected), "{sql}: {}", finding.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b10_a_journal_that_was_rewritten_to_its_end_does_not_contain_a_noted_head() {
    let house = sealed().await;
    let noted = report(&house).await.head;
    tamper(
        &house,
        "UPDATE transactions SET note = 'x'; INSERT INTO unsealed_entries SELECT transaction_id FROM sealed_entries; \
         DELETE FROM sealed_entries; DELETE FROM journal_blocks",
    )
    .await;
    seal::run(&house.db, noon()).await.unwrap();
    assert_eq!(report(&house).await.finding, None, "the chain alone can't know");
    let finding = verify(&house, Some(noted)).await.finding.unwrap();
    assert!(finding.text.contains("rewritten"), "{}", finding.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn b10_invoices_that_are_not_the_sum_of_their_lines_are_found() {
    for (sql, expected) in [
        (
            "UPDATE invoices SET amount = amount + 1 WHERE number LIKE 'C-%'",
            "invoice C-",
        ),
        (
            "UPDATE invoices SET amount = amount + 1 WHERE number LIKE 'W-%'",
            "invoice W-",
        ),
        ("UPDATE invoices SET line_count = 1", "invoice C-"),
        (
            "DELETE FROM invoice_lines WHERE posting_id = (SELECT min(posting_id) FROM invoice_lines)",
            "invoice C-",
        ),
        (
            "INSERT INTO open_lines SELECT line.id, account_id, amount, now() FROM postings line \
             WHERE id = (SELECT min(posting_id) FROM invoice_lines)",
            "is open and in an invoice",
        ),
        ("DELETE FROM open_lines", "is neither open nor in an invoice"),
    ] {
        let house = sealed().await;
        house.close(OwnerKind::Client, noon() + days(1)).await;
        house.close(OwnerKind::Worker, noon() + days(1)).await;
        let (client, worker) = (house.client(None).await, house.worker(None).await);
        house.order(client, worker, Ending::Completed).await;
        assert_eq!(report(&house).await.finding, None);
        tamper(&house, sql).await;
        let finding = report(&house).await.finding.expect(sql);
        assert!(finding.text.contains(expected), "{sql}: {}", finding.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b10_an_entry_that_cannot_be_sealed_does_not_block_the_others() {
    let house = sealed().await;
    house
        .conn()
        .await
        .batch_execute(
            "INSERT INTO unsealed_entries SELECT min(transaction_id::text)::uuid FROM sealed_entries",
        )
        .await
        .unwrap();
    assert!(
        seal::run(&house.db, noon()).await.is_err(),
        "the failure is returned"
    );
    let found = report(&house).await;
    assert_eq!((found.entries, found.unsealed, found.finding), (6, 0, None));
}
