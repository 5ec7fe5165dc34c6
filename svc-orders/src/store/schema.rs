//! The tables, written by hand beside the migrations (ADR 0007).

diesel::table! {
    balances (owner_id) {
        owner_id -> Uuid,
        balance_minor -> Int8,
        paid_minor -> Int8,
        due_minor -> Int8,
        currency -> Text,
        next_closing -> Timestamptz,
        as_of -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    clients (id) {
        id -> Uuid,
        external_id -> Nullable<Text>,
        name -> Text,
        email -> Text,
        phone -> Text,
        language -> Text,
        registered_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    kits (id) {
        id -> Uuid,
        order_id -> Uuid,
        state -> Text,
        version -> Int8,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    match_requests (order_id) {
        order_id -> Uuid,
        slot_start -> Timestamptz,
        slot_end -> Timestamptz,
        requested -> Int8,
        attempted -> Int8,
        retry_at -> Timestamptz,
        traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    order_changes (order_id, version) {
        order_id -> Uuid,
        version -> Int8,
        event -> Text,
        from_state -> Nullable<Text>,
        to_state -> Text,
        actor_role -> Text,
        actor_id -> Nullable<Uuid>,
        at -> Timestamptz,
        worker_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    orders (id) {
        id -> Uuid,
        client_id -> Uuid,
        client_name -> Text,
        service_type_id -> Uuid,
        service_type_version -> Int8,
        service_type_name -> Text,
        description -> Text,
        place -> Text,
        contact -> Text,
        slot_start -> Timestamptz,
        slot_end -> Timestamptz,
        repeats -> Nullable<Uuid>,
        state -> Text,
        waiting -> Bool,
        worker_id -> Nullable<Uuid>,
        worker_name -> Nullable<Text>,
        base_minor -> Nullable<Int8>,
        discount_minor -> Nullable<Int8>,
        discount_percent -> Nullable<Int2>,
        currency -> Nullable<Text>,
        pipeline -> Nullable<Text>,
        pipeline_version -> Nullable<Int8>,
        reasons -> Nullable<Jsonb>,
        assigned_at -> Nullable<Timestamptz>,
        start_photo -> Nullable<Uuid>,
        started_at -> Nullable<Timestamptz>,
        report_photo -> Nullable<Uuid>,
        ended_at -> Nullable<Timestamptz>,
        failure -> Nullable<Text>,
        end_reason -> Nullable<Text>,
        placed_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    photos (id) {
        id -> Uuid,
        order_id -> Uuid,
        worker_id -> Uuid,
        media_type -> Text,
        size_bytes -> Int8,
        sha256 -> Text,
        location -> Text,
        uploaded_at -> Timestamptz,
    }
}

diesel::table! {
    pipelines (name, version) {
        name -> Text,
        version -> Int8,
        steps -> Jsonb,
        saved_at -> Timestamptz,
        actor_role -> Text,
        actor_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    ratings (case_id) {
        case_id -> Uuid,
        order_id -> Uuid,
        worker_id -> Uuid,
        rating -> Int2,
        at -> Timestamptz,
    }
}

diesel::table! {
    service_types (id, version) {
        id -> Uuid,
        version -> Int8,
        name -> Text,
        description -> Text,
        base_minor -> Int8,
        currency -> Text,
        duration_ms -> Int8,
        grace_ms -> Int8,
        needs -> Jsonb,
        archived -> Bool,
        newest -> Bool,
    }
}

diesel::table! {
    worker_changes (worker_id, version) {
        worker_id -> Uuid,
        version -> Int8,
        standing -> Text,
        reason -> Text,
        actor_role -> Text,
        actor_id -> Nullable<Uuid>,
        at -> Timestamptz,
    }
}

diesel::table! {
    workers (id) {
        id -> Uuid,
        application_id -> Uuid,
        name -> Text,
        email -> Text,
        language -> Text,
        age -> Int2,
        portrait -> Bytea,
        standing -> Text,
        traits -> Jsonb,
        completed -> Int4,
        failed -> Int4,
        rating_sum -> Int4,
        rating_count -> Int4,
        admitted_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::joinable!(match_requests -> orders (order_id));
diesel::joinable!(order_changes -> orders (order_id));

diesel::allow_tables_to_appear_in_same_query!(
    match_requests,
    order_changes,
    orders,
    photos,
    service_types,
    workers
);
