//! The tables of the migrations, without `transactions.booked_in`, which only the database uses.

diesel::table! {
    accounts (id) {
        id -> Uuid,
        owner_kind -> Text,
        owner -> Text,
        currency -> Text,
        balance -> BigInt,
        paid -> BigInt,
        version -> BigInt,
        opened_at -> Timestamptz,
        changed_at -> Timestamptz,
        announced_closing -> Timestamptz,
    }
}

diesel::table! {
    transactions (id) {
        id -> Uuid,
        sequence -> BigInt,
        cause -> Text,
        order_id -> Nullable<Uuid>,
        note -> Text,
        actor_role -> Text,
        actor_id -> Text,
        occurred_at -> Timestamptz,
        booked_at -> Timestamptz,
    }
}

diesel::table! {
    postings (id) {
        id -> BigInt,
        transaction_id -> Uuid,
        account_id -> Uuid,
        amount -> BigInt,
        currency -> Text,
        reason -> Text,
    }
}

diesel::table! {
    open_lines (posting_id) {
        posting_id -> BigInt,
        account_id -> Uuid,
        amount -> BigInt,
        booked_at -> Timestamptz,
    }
}

diesel::table! {
    payment_details (id) {
        id -> BigInt,
        account_id -> Uuid,
        provider -> Text,
        token -> Text,
        actor_role -> Text,
        actor_id -> Text,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    periods (id) {
        id -> Uuid,
        owner_kind -> Text,
        starts_at -> Timestamptz,
        ends_at -> Timestamptz,
        opened_at -> Timestamptz,
        closed_at -> Nullable<Timestamptz>,
        traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    closings (period_id, account_id) {
        period_id -> Uuid,
        account_id -> Uuid,
        total -> BigInt,
        closed_at -> Timestamptz,
    }
}

diesel::table! {
    invoices (id) {
        id -> Uuid,
        sequence -> BigInt,
        number -> Text,
        account_id -> Uuid,
        period_id -> Uuid,
        amount -> BigInt,
        currency -> Text,
        line_count -> Integer,
        status -> Text,
        issued_at -> Timestamptz,
        paid_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    invoice_lines (posting_id) {
        posting_id -> BigInt,
        invoice_id -> Uuid,
    }
}

diesel::table! {
    attempts (id) {
        id -> Uuid,
        kind -> Text,
        invoice_id -> Uuid,
        account_id -> Uuid,
        number -> Integer,
        status -> Text,
        provider -> Nullable<Text>,
        token -> Nullable<Text>,
        reference -> Text,
        reason -> Text,
        tries -> Integer,
        due_at -> Timestamptz,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    journal_blocks (height) {
        height -> BigInt,
        previous -> Bytea,
        hash -> Bytea,
        entries -> Integer,
        sealed_at -> Timestamptz,
    }
}

diesel::table! {
    sealed_entries (transaction_id) {
        transaction_id -> Uuid,
        height -> BigInt,
        position -> Integer,
        digest -> Bytea,
    }
}

diesel::table! {
    unsealed_entries (transaction_id) {
        transaction_id -> Uuid,
    }
}

diesel::joinable!(postings -> transactions (transaction_id));
diesel::joinable!(postings -> accounts (account_id));
diesel::joinable!(open_lines -> accounts (account_id));
diesel::joinable!(invoices -> accounts (account_id));
diesel::joinable!(invoices -> periods (period_id));
diesel::joinable!(attempts -> accounts (account_id));
diesel::joinable!(attempts -> invoices (invoice_id));
diesel::joinable!(invoice_lines -> postings (posting_id));
diesel::joinable!(sealed_entries -> transactions (transaction_id));

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    transactions,
    postings,
    open_lines,
    payment_details,
    periods,
    closings,
    invoices,
    invoice_lines,
    attempts,
    journal_blocks,
    sealed_entries,
    unsealed_entries,
);
