// @generated automatically by Diesel CLI.

diesel::table! {
    answers (application_id, test_index, task_index) {
        application_id -> Uuid,
        test_index -> Int2,
        task_index -> Int2,
        answer -> Jsonb,
        given_at -> Timestamptz,
        score -> Nullable<Int2>,
        comment -> Text,
        grader -> Nullable<Text>,
        grader_tries -> Int4,
        grader_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    applications (application_id) {
        application_id -> Uuid,
        vacancy_id -> Uuid,
        vacancy_version -> Int8,
        vacancy_title -> Text,
        rule -> Jsonb,
        state -> Text,
        person_key -> Nullable<Bytea>,
        name -> Nullable<Text>,
        age -> Nullable<Int2>,
        email -> Nullable<Text>,
        language -> Nullable<Text>,
        form -> Jsonb,
        submitted_at -> Timestamptz,
        confirmation_hash -> Bytea,
        confirm_by -> Timestamptz,
        test_set_id -> Nullable<Uuid>,
        test_set_version -> Nullable<Int8>,
        test_set_name -> Nullable<Text>,
        link_hash -> Nullable<Bytea>,
        link_expires_at -> Nullable<Timestamptz>,
        score -> Nullable<Int2>,
        recommendation -> Nullable<Text>,
        outcome -> Nullable<Jsonb>,
        scored_at -> Nullable<Timestamptz>,
        worker_id -> Nullable<Uuid>,
        decided_by -> Nullable<Uuid>,
        decided_at -> Nullable<Timestamptz>,
        decision_reason -> Nullable<Text>,
        erased_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    attempts (application_id) {
        application_id -> Uuid,
        test_set -> Jsonb,
        sittings -> Jsonb,
        closed_at -> Nullable<Timestamptz>,
        deadline -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    contact_notes (contact_note_id) {
        contact_note_id -> Int8,
        application_id -> Uuid,
        text -> Text,
        actor_role -> Text,
        actor_id -> Text,
        at -> Timestamptz,
    }
}

diesel::table! {
    ended_orders (order_id) {
        order_id -> Uuid,
        worker_id -> Uuid,
        completed -> Bool,
    }
}

diesel::table! {
    letter_allowances (person_key) {
        person_key -> Bytea,
        full_at -> Timestamptz,
    }
}

diesel::table! {
    managers (manager_id) {
        manager_id -> Uuid,
        version -> Int8,
        archived -> Bool,
    }
}

diesel::table! {
    photos (application_id) {
        application_id -> Uuid,
        media_type -> Text,
        bytes -> Bytea,
    }
}

diesel::table! {
    test_sets (test_set_id) {
        test_set_id -> Uuid,
        version -> Int8,
        body -> Jsonb,
    }
}

diesel::table! {
    used_challenges (challenge_id) {
        challenge_id -> Uuid,
        request_id -> Uuid,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    vacancies (vacancy_id) {
        vacancy_id -> Uuid,
        version -> Int8,
        archived -> Bool,
        body -> Jsonb,
        listed_at -> Timestamptz,
    }
}

diesel::joinable!(answers -> attempts (application_id));
diesel::joinable!(applications -> vacancies (vacancy_id));
diesel::joinable!(attempts -> applications (application_id));
diesel::joinable!(contact_notes -> applications (application_id));
diesel::joinable!(photos -> applications (application_id));

diesel::allow_tables_to_appear_in_same_query!(
    answers,
    applications,
    attempts,
    contact_notes,
    photos,
    vacancies,
);
