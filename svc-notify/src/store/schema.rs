//! The tables of this service's migrations.

diesel::table! {
    deliveries (notification_id) {
        notification_id -> Uuid,
        email -> Text,
        status -> Text,
        attempts -> Int4,
        next_attempt_at -> Nullable<Timestamptz>,
        last_error -> Text,
        sent_at -> Nullable<Timestamptz>,
        traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    notifications (id) {
        id -> Uuid,
        seq -> Int8,
        event_id -> Uuid,
        event_type -> Text,
        template -> Text,
        secret -> Bool,
        recipient_id -> Uuid,
        about_kind -> Text,
        about_id -> Text,
        language -> Text,
        subject -> Text,
        body_text -> Text,
        body_html -> Text,
        created_at -> Timestamptz,
        read_at -> Nullable<Timestamptz>,
        erased -> Bool,
    }
}

diesel::table! {
    recipients (id) {
        id -> Uuid,
        seq -> Int8,
        kind -> Text,
        version -> Int8,
        name -> Text,
        email -> Text,
        language -> Text,
        hires -> Bool,
        archived -> Bool,
        known_since -> Timestamptz,
        erased_at -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(deliveries -> notifications (notification_id));
diesel::joinable!(notifications -> recipients (recipient_id));
diesel::allow_tables_to_appear_in_same_query!(deliveries, notifications, recipients);
