use proptest::prelude::*;
use uuid::Uuid;

use super::at;
use crate::domain::seal::{Hash, JournalEntry, JournalPosting, block};

fn entry() -> JournalEntry {
    let posting = |id, amount| JournalPosting {
        id,
        account_id: Uuid::from_u128(1),
        amount,
        currency: "RUB".to_owned(),
        reason: "bonus".to_owned(),
    };
    JournalEntry {
        transaction_id: Uuid::nil(),
        cause: format!("event:{}", Uuid::nil()),
        order_id: None,
        note: String::new(),
        actor_role: "system".to_owned(),
        actor_id: String::new(),
        occurred_at: at("2026-11-22T10:00:00Z"),
        booked_at: at("2026-11-22T10:00:01Z"),
        postings: vec![posting(1, 500), posting(2, -500)],
    }
}

#[test]
fn b10_every_field_of_an_entry_is_in_its_digest() {
    let changes: [fn(&mut JournalEntry); 13] = [
        |entry| entry.transaction_id = Uuid::max(),
        |entry| entry.cause = "request:m".to_owned(),
        |entry| entry.order_id = Some(Uuid::nil()),
        |entry| entry.note = "x".to_owned(),
        |entry| entry.actor_role = "manager".to_owned(),
        |entry| entry.actor_id = "m".to_owned(),
        |entry| entry.occurred_at = at("2026-11-22T10:00:00.000001Z"),
        |entry| entry.booked_at = at("2026-11-22T10:00:02Z"),
        |entry| entry.postings[0].id = 3,
        |entry| entry.postings[0].account_id = Uuid::max(),
        |entry| entry.postings[0].amount = 501,
        |entry| entry.postings[0].currency = "USD".to_owned(),
        |entry| entry.postings[0].reason = "fine".to_owned(),
    ];
    for change in changes {
        let mut changed = entry();
        change(&mut changed);
        assert_ne!(changed.digest(), entry().digest(), "{changed:?}");
    }
}

#[test]
fn b10_a_block_depends_on_its_predecessor_its_height_and_the_order_of_its_entries() {
    let [a, b] = [Hash([1; 32]), Hash([2; 32])];
    let plain = block(Hash::GENESIS, 1, &[a, b]);
    assert_ne!(block(Hash([9; 32]), 1, &[a, b]), plain);
    assert_ne!(block(Hash::GENESIS, 2, &[a, b]), plain);
    assert_ne!(block(Hash::GENESIS, 1, &[b, a]), plain);
    assert_ne!(block(Hash::GENESIS, 1, &[a]), plain);
}

proptest! {
    #[test]
    fn b10_text_moved_from_one_field_to_another_changes_the_digest(note in "[a-z]{1,8}", role in "[a-z]{1,8}") {
        let mut left = entry();
        left.note = format!("{note}{role}");
        left.actor_role = String::new();
        let mut right = entry();
        right.note = note;
        right.actor_role = role;
        prop_assert_ne!(left.digest(), right.digest());
    }

    #[test]
    fn b10_a_hash_reads_back_from_its_digits(bytes in prop::array::uniform32(any::<u8>()), noise in ".{0,70}") {
        let hash = Hash(bytes);
        prop_assert_eq!(Hash::from_hex(&hash.to_string()), Some(hash));
        let _ = Hash::from_hex(&noise);
    }
}
