//! The events of these tests, and a listener that does what an event's note says.

use std::sync::LazyLock;

use conventions::{Event, Validate};
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use messaging::{On, Received, Stop};
use prost::Message as _;
use prost_protovalidate::{ValidationError, Violation};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet};

/// One step of the thing named by `key`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Step {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(int64, tag = "2")]
    pub number: i64,
    /// How the listener takes it: "", "refused", "panics", "violates", "loses connection",
    /// "needs:<thing>".
    #[prost(string, tag = "3")]
    pub note: String,
}

impl Validate for Step {
    fn validate(&self) -> Result<(), ValidationError> {
        if self.note.len() <= 100 {
            return Ok(());
        }
        Err(ValidationError::single(Violation::new(
            "note",
            "string.max_len",
            "at most 100 bytes",
        )))
    }
}

impl Event for Step {
    const TYPE: &'static str = "artel.test.v1.Step";
    const TOPIC: &'static str = "artel.test.step.v1";
    const KEY: &'static str = "key";
    fn key(&self) -> &str {
        &self.key
    }
    fn descriptors() -> &'static [u8] {
        static SET: LazyLock<Vec<u8>> = LazyLock::new(descriptors);
        &SET
    }
}

/// The contract of [`Step`], built by hand.
fn descriptors() -> Vec<u8> {
    let field = |name: &str, number: i32, kind: Type| FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        label: Some(Label::Optional.into()),
        r#type: Some(kind.into()),
        ..FieldDescriptorProto::default()
    };
    let message = DescriptorProto {
        name: Some("Step".to_owned()),
        field: vec![
            field("key", 1, Type::String),
            field("number", 2, Type::Int64),
            field("note", 3, Type::String),
        ],
        ..DescriptorProto::default()
    };
    let file = FileDescriptorProto {
        name: Some("artel/test/v1/test.proto".to_owned()),
        package: Some("artel.test.v1".to_owned()),
        message_type: vec![message],
        syntax: Some("proto3".to_owned()),
        ..FileDescriptorProto::default()
    };
    FileDescriptorSet { file: vec![file] }.encode_to_vec()
}

/// Something that steps may need; on a topic of its own.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Thing {
    #[prost(string, tag = "1")]
    pub name: String,
}

impl Validate for Thing {
    fn validate(&self) -> Result<(), ValidationError> {
        Ok(())
    }
}

impl Event for Thing {
    const TYPE: &'static str = "artel.test.v1.Thing";
    const TOPIC: &'static str = "artel.test.thing.v1";
    const KEY: &'static str = "name";
    fn key(&self) -> &str {
        &self.name
    }
}

pub fn step(key: &str, number: i64, note: &str) -> Step {
    Step {
        key: key.to_owned(),
        number,
        note: note.to_owned(),
    }
}

/// What the listeners write to.
pub const TABLES: &str = "
    CREATE TABLE effects (id bigserial PRIMARY KEY, key text NOT NULL, number bigint NOT NULL CHECK (number >= 0),
                          event_id uuid NOT NULL, trace text);
    CREATE TABLE things (name text PRIMARY KEY);
    CREATE TABLE forgiven (key text PRIMARY KEY);
    CREATE SEQUENCE losses;";

/// How many attempts lose the connection: more than the tries after which other errors park.
pub const LOSSES: i64 = 6;

pub struct OnStep;

impl On<Step> for OnStep {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<Step>) -> Result<(), Stop> {
        let Step { key, number, note } = &event.message;
        if let Some(thing) = note.strip_prefix("needs:")
            && !known(conn, "things WHERE name", thing).await?
        {
            return Err(Stop::not_yet(format!("thing {thing}")));
        }
        if note == "refused" && !known(conn, "forgiven WHERE key", key).await? {
            return Err(Stop::refused("this step is refused"));
        }
        assert!(note != "panics", "a listener's bug");
        if note == "loses connection" {
            // The sequence counts the attempts: a rollback does not reset it.
            let lose =
                format!("SELECT pg_terminate_backend(pg_backend_pid()) WHERE nextval('losses') <= {LOSSES}");
            diesel::sql_query(lose).execute(conn).await?;
        }
        let number = if note == "violates" { -1 } else { *number };
        diesel::sql_query("INSERT INTO effects (key, number, event_id, trace) VALUES ($1, $2, $3, $4)")
            .bind::<Text, _>(key)
            .bind::<BigInt, _>(number)
            .bind::<SqlUuid, _>(event.id)
            .bind::<Nullable<Text>, _>(service_host::telemetry::trace_id())
            .execute(conn)
            .await?;
        Ok(())
    }
}

pub struct OnThing;

impl On<Thing> for OnThing {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<Thing>) -> Result<(), Stop> {
        diesel::sql_query("INSERT INTO things (name) VALUES ($1)")
            .bind::<Text, _>(&event.message.name)
            .execute(conn)
            .await?;
        Ok(())
    }
}

#[derive(diesel::QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    found: i64,
}

async fn known(conn: &mut AsyncPgConnection, place: &str, value: &str) -> diesel::QueryResult<bool> {
    let found: Found = diesel::sql_query(format!("SELECT count(*) AS found FROM {place} = $1"))
        .bind::<Text, _>(value)
        .get_result(conn)
        .await?;
    Ok(found.found > 0)
}
