//! The tables of this crate.

diesel::table! {
    inbox (consumer, event_id) {
        consumer -> Text,
        event_id -> Uuid,
        received_at -> Timestamptz,
    }
}

diesel::table! {
    outbox (id) {
        id -> Int8,
        topic -> Text,
        key -> Text,
        ce_id -> Uuid,
        ce_type -> Text,
        ce_time -> Timestamptz,
        traceparent -> Nullable<Text>,
        payload -> Bytea,
    }
}

diesel::table! {
    parked (id) {
        id -> Int8,
        consumer -> Text,
        topic -> Text,
        partition -> Int4,
        offset -> Int8,
        key -> Text,
        headers -> Jsonb,
        payload -> Bytea,
        event_id -> Uuid,
        ce_type -> Text,
        state -> Text,
        reason -> Text,
        first_seen -> Timestamptz,
        waiting_since -> Timestamptz,
        attempts -> Int4,
        last_attempt -> Nullable<Timestamptz>,
        next_attempt -> Nullable<Timestamptz>,
        dropped_by_role -> Nullable<Text>,
        dropped_by_id -> Nullable<Text>,
        dropped_at -> Nullable<Timestamptz>,
        drop_reason -> Nullable<Text>,
    }
}
