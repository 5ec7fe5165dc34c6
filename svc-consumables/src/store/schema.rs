// @generated automatically by Diesel CLI.

diesel::table! {
    cookies (order_id) {
        order_id -> Uuid,
        client_name -> Text,
        state -> Text,
        bakery_id -> Nullable<Text>,
        deliver_by -> Timestamptz,
        give_up_at -> Timestamptz,
        expected_at -> Timestamptz,
        late -> Bool,
        failures -> Int8,
        next_call_at -> Timestamptz,
        problem -> Nullable<Text>,
        placed_in -> Nullable<Uuid>,
        traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    employees (id) {
        id -> Uuid,
        name -> Text,
        active -> Bool,
        registered_at -> Timestamptz,
    }
}

diesel::table! {
    kits (id) {
        id -> Uuid,
        order_id -> Uuid,
        worker_id -> Uuid,
        state -> Text,
        acceptance_form -> Text,
        with_cookie -> Bool,
        collector -> Nullable<Uuid>,
        without_cookie -> Nullable<Text>,
        cancel_reason -> Nullable<Text>,
        version -> Int8,
        slot_start -> Timestamptz,
        requested_at -> Timestamptz,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    kit_lines (kit_id, material_code) {
        kit_id -> Uuid,
        material_code -> Text,
        needed -> Int8,
        reserved -> Int8,
        returned -> Int8,
    }
}

diesel::table! {
    kit_steps (id) {
        id -> Int8,
        kit_id -> Uuid,
        what -> Text,
        actor_role -> Text,
        actor_id -> Text,
        at -> Timestamptz,
    }
}

diesel::table! {
    orders (id) {
        id -> Uuid,
        version -> Int8,
        client_id -> Uuid,
        client_name -> Text,
        worker_id -> Nullable<Uuid>,
        worker_name -> Text,
        service_type_id -> Uuid,
        service_type_version -> Int8,
        service_type_name -> Text,
        description -> Text,
        place -> Text,
        slot_start -> Timestamptz,
        slot_end -> Timestamptz,
        over -> Bool,
    }
}

diesel::table! {
    materials (code) {
        code -> Text,
        name -> Text,
        unit -> Text,
        low_level -> Int8,
    }
}

diesel::table! {
    service_type_materials (service_type_id, version) {
        service_type_id -> Uuid,
        version -> Int8,
        materials -> Jsonb,
    }
}

diesel::table! {
    stock_balances (material_code) {
        material_code -> Text,
        on_hand -> Int8,
        reserved -> Int8,
        low -> Bool,
    }
}

diesel::table! {
    stock_movements (id) {
        id -> Int8,
        material_code -> Text,
        kind -> Text,
        on_hand_change -> Int8,
        reserved_change -> Int8,
        kit_id -> Nullable<Uuid>,
        reason -> Text,
        actor_role -> Text,
        actor_id -> Text,
        at -> Timestamptz,
    }
}

diesel::joinable!(cookies -> kits (placed_in));
diesel::joinable!(cookies -> orders (order_id));
diesel::joinable!(kits -> employees (collector));
diesel::joinable!(kits -> orders (order_id));
diesel::joinable!(kit_lines -> kits (kit_id));
diesel::joinable!(kit_lines -> materials (material_code));
diesel::joinable!(kit_steps -> kits (kit_id));
diesel::joinable!(stock_balances -> materials (material_code));
diesel::joinable!(stock_movements -> kits (kit_id));
diesel::joinable!(stock_movements -> materials (material_code));

diesel::allow_tables_to_appear_in_same_query!(
    cookies,
    employees,
    kits,
    kit_lines,
    kit_steps,
    orders,
    materials,
    service_type_materials,
    stock_balances,
    stock_movements,
);
