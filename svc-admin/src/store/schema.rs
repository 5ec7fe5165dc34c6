diesel::table! {
    entries (kind, entry_id) {
        kind -> Text,
        entry_id -> Uuid,
        version -> BigInt,
        archived -> Bool,
        unique_key -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    entry_versions (kind, entry_id, version) {
        kind -> Text,
        entry_id -> Uuid,
        version -> BigInt,
        archived -> Bool,
        body -> Jsonb,
        changed_at -> Timestamptz,
        actor_role -> Text,
        actor_id -> Text,
    }
}

diesel::table! {
    audit_entries (audit_entry_id) {
        audit_entry_id -> BigInt,
        at -> Timestamptz,
        actor_role -> Text,
        actor_id -> Text,
        what -> Text,
        subject_id -> Uuid,
        before -> Nullable<Jsonb>,
        after -> Jsonb,
    }
}

diesel::table! {
    reviewed_orders (order_id) {
        order_id -> Uuid,
        version -> BigInt,
        state -> Text,
        no_show -> Bool,
        client_id -> Uuid,
        client_name -> Text,
        worker_id -> Nullable<Uuid>,
        service_type_id -> Uuid,
        service_type_name -> Text,
        description -> Text,
        place -> Text,
        slot_start -> Timestamptz,
        slot_end -> Timestamptz,
        draw_key -> Uuid,
    }
}

diesel::table! {
    story_entries (event_id) {
        event_id -> Uuid,
        order_id -> Uuid,
        at -> Timestamptz,
        actor_role -> Text,
        actor_id -> Text,
        what -> Text,
        detail -> Text,
        price_minor -> Nullable<BigInt>,
        price_currency -> Nullable<Text>,
        photo_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    cases (case_id) {
        case_id -> Uuid,
        order_id -> Uuid,
        cause -> Text,
        client_id -> Uuid,
        worker_id -> Nullable<Uuid>,
        opened_at -> Timestamptz,
        opened_by_role -> Text,
        opened_by_id -> Text,
        closed_at -> Nullable<Timestamptz>,
        closed_by_role -> Nullable<Text>,
        closed_by_id -> Nullable<Text>,
        form -> Nullable<Jsonb>,
    }
}

diesel::table! {
    case_notes (case_note_id) {
        case_note_id -> BigInt,
        case_id -> Uuid,
        text -> Text,
        call -> Bool,
        at -> Timestamptz,
        actor_role -> Text,
        actor_id -> Text,
    }
}

diesel::table! {
    hypotheses (hypothesis_id) {
        hypothesis_id -> Uuid,
        text -> Text,
        state -> Text,
        created_at -> Timestamptz,
        actor_role -> Text,
        actor_id -> Text,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    hypothesis_cases (hypothesis_id, case_id) {
        hypothesis_id -> Uuid,
        case_id -> Uuid,
    }
}

diesel::joinable!(cases -> reviewed_orders (order_id));
diesel::allow_tables_to_appear_in_same_query!(entries, entry_versions);
diesel::allow_tables_to_appear_in_same_query!(cases, reviewed_orders, hypothesis_cases, hypotheses);
