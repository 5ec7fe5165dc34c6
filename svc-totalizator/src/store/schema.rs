// @generated automatically by Diesel CLI.

diesel::table! {
    bet (id) {
        id -> Uuid,
        order_id -> Uuid,
        manager -> Text,
        condition -> Text,
        stake -> Int8,
        currency -> Text,
        number -> Int4,
        placed_at -> Timestamptz,
        request_id -> Uuid,
    }
}

diesel::table! {
    known_order (id) {
        id -> Uuid,
        closed_at -> Nullable<Timestamptz>,
        outcome -> Nullable<Text>,
        heard_at -> Timestamptz,
    }
}

diesel::table! {
    settlement (order_id) {
        order_id -> Uuid,
        outcome -> Text,
        staked -> Int8,
        developers -> Int8,
        currency -> Text,
        settled_at -> Timestamptz,
    }
}

diesel::table! {
    share (bet_id) {
        bet_id -> Uuid,
        order_id -> Uuid,
        fate -> Text,
        payout -> Int8,
    }
}

diesel::table! {
    transfer (order_id, position) {
        order_id -> Uuid,
        position -> Int4,
        giver -> Nullable<Text>,
        receiver -> Nullable<Text>,
        amount -> Int8,
    }
}

diesel::joinable!(bet -> known_order (order_id));
diesel::joinable!(settlement -> known_order (order_id));
diesel::joinable!(share -> bet (bet_id));
diesel::joinable!(share -> settlement (order_id));
diesel::joinable!(transfer -> settlement (order_id));

diesel::allow_tables_to_appear_in_same_query!(bet, known_order, settlement, share, transfer,);
