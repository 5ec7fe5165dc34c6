//! What managers configure and review.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Page, Request, file, pair, pairs, sum};
use crate::contracts::Context::Admin;
use crate::failure::Error;

/// Service types.
#[derive(Debug, Subcommand)]
pub enum ServiceType {
    /// Create a service type.
    Create(ServiceTypeBody),
    /// Create the next version; replaces all fields.
    Update {
        /// The service type's id.
        id: Uuid,
        /// The version that this edit is based on.
        #[arg(long)]
        version: i64,
        #[command(flatten)]
        body: ServiceTypeBody,
    },
    /// Show a service type.
    Show(Entry),
    /// List active service types, or all.
    List(List),
    /// Archive or restore a service type.
    Archive(Archive),
}

/// The fields of a service type.
#[derive(Debug, Args)]
pub struct ServiceTypeBody {
    /// The text that clients see.
    #[arg(long)]
    name: String,
    /// The text that clients see.
    #[arg(long, default_value = "")]
    description: String,
    /// The price before discounts.
    #[arg(long, default_value = "100.00", value_parser = sum)]
    price: Value,
    /// The usual duration in minutes.
    #[arg(long, default_value_t = 120)]
    minutes: i64,
    /// The grace period for workers in minutes.
    #[arg(long, default_value_t = 15)]
    grace_minutes: i64,
    /// A trait that the work needs, such as care=70; repeatable.
    #[arg(long = "trait", value_name = "NAME=SCORE", value_parser = pair)]
    traits: Vec<(String, i64)>,
    /// A material of the kit, such as soap=2; repeatable.
    #[arg(long = "material", value_name = "CODE=QUANTITY", value_parser = pair)]
    materials: Vec<(String, i64)>,
}

impl ServiceTypeBody {
    fn json(self) -> Result<Value, Error> {
        let seconds = |minutes: i64| {
            let seconds = minutes
                .checked_mul(60)
                .ok_or_else(|| Error::Input("too many minutes".to_owned()))?;
            Ok::<_, Error>(format!("{seconds}s"))
        };
        Ok(json!({
            "name": self.name, "description": self.description, "basePrice": self.price,
            "duration": seconds(self.minutes)?, "gracePeriod": seconds(self.grace_minutes)?,
            "neededTraits": pairs(self.traits, "name", "score"),
            "materials": pairs(self.materials, "materialCode", "quantity"),
        }))
    }
}

/// One entry, in one version.
#[derive(Debug, Args)]
pub struct Entry {
    /// The entry's id.
    id: Uuid,
    /// The version; 0 is the current one.
    #[arg(long, default_value_t = 0)]
    version: i64,
}

/// A list of entries.
#[derive(Debug, Args)]
pub struct List {
    /// Include archived entries.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    page: Page,
}

/// Archiving and restoring.
#[derive(Debug, Args)]
pub struct Archive {
    /// The entry's id.
    id: Uuid,
    /// Restore the entry.
    #[arg(long)]
    restore: bool,
}

fn show(kind: &str, field: &str, entry: &Entry) -> Request {
    Request::new(Admin, &format!("Get{kind}"))
        .field(field, entry.id)
        .field("version", entry.version)
}

fn list(method: &str, list: List) -> Request {
    list.page
        .of(Request::new(Admin, method).field("includeArchived", list.all))
}

fn archive(kind: &str, field: &str, archive: &Archive) -> Request {
    Request::new(Admin, &format!("Archive{kind}"))
        .field(field, archive.id)
        .field("restore", archive.restore)
}

impl ServiceType {
    /// Converts the command to a call.
    pub fn request(self) -> Result<Request, Error> {
        Ok(match self {
            Self::Create(body) => Request::new(Admin, "CreateServiceType").field("serviceType", body.json()?),
            Self::Update { id, version, body } => Request::new(Admin, "UpdateServiceType")
                .field("serviceTypeId", id)
                .field("expectedVersion", version)
                .field("serviceType", body.json()?),
            Self::Show(entry) => show("ServiceType", "serviceTypeId", &entry),
            Self::List(all) => list("ListServiceTypes", all),
            Self::Archive(entry) => archive("ServiceType", "serviceTypeId", &entry),
        })
    }
}

/// Tests.
#[derive(Debug, Subcommand)]
pub enum Test {
    /// Create a test from a JSON file: {"name": …, "timeLimit": "600s", "tasks": […]}; - reads
    /// standard input.
    Create {
        /// The file.
        file: PathBuf,
    },
    /// Create the next version from a JSON file.
    Update {
        /// The test's id.
        id: Uuid,
        /// The version that this edit is based on.
        #[arg(long)]
        version: i64,
        /// The file.
        file: PathBuf,
    },
    /// Show a test.
    Show(Entry),
    /// List active tests, or all.
    List(List),
    /// Archive or restore a test.
    Archive(Archive),
}

impl Test {
    /// Converts the command to a call.
    pub fn request(self) -> Result<Request, Error> {
        Ok(match self {
            Self::Create { file: path } => Request::new(Admin, "CreateTest").field("test", file(&path)?),
            Self::Update {
                id,
                version,
                file: path,
            } => Request::new(Admin, "UpdateTest")
                .field("testId", id)
                .field("expectedVersion", version)
                .field("test", file(&path)?),
            Self::Show(entry) => show("Test", "testId", &entry),
            Self::List(all) => list("ListTests", all),
            Self::Archive(entry) => archive("Test", "testId", &entry),
        })
    }
}

/// Test sets.
#[derive(Debug, Subcommand)]
pub enum TestSet {
    /// Create a test set.
    Create {
        /// The name that managers see.
        #[arg(long)]
        name: String,
        /// A test of the set, in order; repeatable.
        #[arg(long = "test", value_name = "ID", required = true)]
        tests: Vec<Uuid>,
    },
    /// Show a test set.
    Show(Entry),
    /// List active test sets, or all.
    List(List),
    /// Archive or restore a test set.
    Archive(Archive),
}

impl TestSet {
    /// Converts the command to a call.
    pub fn request(self) -> Request {
        match self {
            Self::Create { name, tests } => {
                let tests: Vec<String> = tests.iter().map(Uuid::to_string).collect();
                Request::new(Admin, "CreateTestSet")
                    .field("testSet", json!({ "name": name, "testIds": tests }))
            }
            Self::Show(entry) => show("TestSet", "testSetId", &entry),
            Self::List(all) => list("ListTestSets", all),
            Self::Archive(entry) => archive("TestSet", "testSetId", &entry),
        }
    }
}

/// Vacancies.
#[derive(Debug, Subcommand)]
pub enum Vacancy {
    /// Create a vacancy.
    Create {
        /// The text that candidates see.
        #[arg(long)]
        title: String,
        /// The text that candidates see.
        #[arg(long, default_value = "")]
        description: String,
        /// A test set; repeatable, sets are used side by side.
        #[arg(long = "test-set", value_name = "ID", required = true)]
        test_sets: Vec<Uuid>,
        /// The passing score, 0 to 100.
        #[arg(long, default_value_t = 60)]
        minimum_score: i64,
    },
    /// Show a vacancy.
    Show(Entry),
    /// List active vacancies, or all.
    List(List),
    /// Archive or restore a vacancy.
    Archive(Archive),
}

impl Vacancy {
    /// Converts the command to a call.
    pub fn request(self) -> Request {
        match self {
            Self::Create {
                title,
                description,
                test_sets,
                minimum_score,
            } => {
                let variants: Vec<Value> = test_sets
                    .iter()
                    .map(|id| json!({ "testSetId": id.to_string(), "weight": 1 }))
                    .collect();
                let body = json!({
                    "title": title, "description": description, "variants": variants,
                    "rule": { "minimumScore": minimum_score },
                });
                Request::new(Admin, "CreateVacancy").field("vacancy", body)
            }
            Self::Show(entry) => show("Vacancy", "vacancyId", &entry),
            Self::List(all) => list("ListVacancies", all),
            Self::Archive(entry) => archive("Vacancy", "vacancyId", &entry),
        }
    }
}

/// Managers.
#[derive(Debug, Subcommand)]
pub enum Manager {
    /// Create a manager. `svc-admin create-root` creates the first one.
    Create {
        /// The name.
        #[arg(long)]
        name: String,
        /// The e-mail address.
        #[arg(long)]
        email: String,
        /// The language of mails.
        #[arg(long, default_value = "ru", value_parser = ["ru", "en"])]
        language: String,
        /// A role; repeatable.
        #[arg(long = "role", required = true, value_parser = ["manager", "quality", "consumables", "root"])]
        roles: Vec<String>,
    },
    /// Show a manager.
    Show(Entry),
    /// List active managers, or all.
    List(List),
    /// Archive or restore a manager.
    Archive(Archive),
}

impl Manager {
    /// Converts the command to a call.
    pub fn request(self) -> Request {
        match self {
            Self::Create {
                name,
                email,
                language,
                roles,
            } => {
                let person = json!({ "name": name, "email": email, "language": language });
                Request::new(Admin, "CreateManager")
                    .field("manager", json!({ "person": person, "roles": roles }))
            }
            Self::Show(entry) => show("Manager", "managerId", &entry),
            Self::List(all) => list("ListManagers", all),
            Self::Archive(entry) => archive("Manager", "managerId", &entry),
        }
    }
}
