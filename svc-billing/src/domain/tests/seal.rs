use proptest::prelude::*;
use uuid::Uuid;

use super::{at, entry};
use crate::domain::seal::{Hash, SealedPosting, block, digest};
use crate::domain::{Actor, Cause, Entry, OrderId, TransactionId};

fn postings() -> Vec<SealedPosting> {
    [(1, 500), (2, -500)]
        .map(|(id, minor_units)| SealedPosting {
            id,
            account: Uuid::from_u128(u128::from(id.unsigned_abs())),
            minor_units,
            currency: "RUB".to_owned(),
            reason: "bonus".to_owned(),
        })
        .to_vec()
}

fn digest_of(entry: &Entry, postings: &[SealedPosting]) -> Hash {
    digest(TransactionId(Uuid::nil()), entry, postings)
}

#[test]
fn b10_every_field_of_an_entry_is_in_its_digest() {
    let plain = digest_of(&entry(), &postings());
    let entries: [fn(&mut Entry); 6] = [
        |entry| entry.cause = Cause::request("m", Uuid::nil()),
        |entry| entry.order = Some(OrderId(Uuid::nil())),
        |entry| entry.note = "x".to_owned(),
        |entry| {
            entry.by = Actor {
                role: "manager".to_owned(),
                id: "m".to_owned(),
            }
        },
        |entry| entry.occurred_at = at("2026-11-22T10:00:00.000001Z"),
        |entry| entry.booked_at = at("2026-11-22T10:00:02Z"),
    ];
    for change in entries {
        let mut changed = entry();
        change(&mut changed);
        assert_ne!(digest_of(&changed, &postings()), plain);
    }
    let lines: [fn(&mut SealedPosting); 5] = [
        |posting| posting.id = 3,
        |posting| posting.account = Uuid::max(),
        |posting| posting.minor_units = 501,
        |posting| posting.currency = "USD".to_owned(),
        |posting| posting.reason = "fine".to_owned(),
    ];
    for change in lines {
        let mut changed = postings();
        change(&mut changed[0]);
        assert_ne!(digest_of(&entry(), &changed), plain);
    }
    assert_ne!(digest(TransactionId(Uuid::max()), &entry(), &postings()), plain);
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
    fn b10_what_moves_from_one_field_to_the_next_does_not_go_unseen(note in "[a-z]{1,8}", role in "[a-z]{1,8}") {
        let mut left = entry();
        left.note = format!("{note}{role}");
        left.by.role = String::new();
        let mut right = entry();
        right.note = note;
        right.by.role = role;
        prop_assert_ne!(digest_of(&left, &postings()), digest_of(&right, &postings()));
    }

    #[test]
    fn b10_a_hash_reads_back_from_its_digits(bytes in prop::array::uniform32(any::<u8>()), noise in ".{0,70}") {
        let hash = Hash(bytes);
        prop_assert_eq!(Hash::from_hex(&hash.to_string()), Some(hash));
        let _ = Hash::from_hex(&noise);
    }
}
