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
    /// Make one.
    Create(ServiceTypeBody),
    /// Make its next version; says all of it anew.
    Update {
        /// The service type.
        id: Uuid,
        /// The version that you edit.
        #[arg(long)]
        version: i64,
        #[command(flatten)]
        body: ServiceTypeBody,
    },
    /// Show one.
    Show(Entry),
    /// List those in use, or all.
    List(List),
    /// Take one out of use, or back into use.
    Archive(Archive),
}

/// What is said about a service type.
#[derive(Debug, Args)]
pub struct ServiceTypeBody {
    /// As clients see it.
    #[arg(long)]
    name: String,
    /// As clients see it.
    #[arg(long, default_value = "")]
    description: String,
    /// Before discounts.
    #[arg(long, default_value = "100.00", value_parser = sum)]
    price: Value,
    /// How long the work usually takes, in minutes.
    #[arg(long, default_value_t = 120)]
    minutes: i64,
    /// How late a worker may be, in minutes.
    #[arg(long, default_value_t = 15)]
    grace_minutes: i64,
    /// What the work needs of a worker, such as care=70; several times.
    #[arg(long = "trait", value_name = "NAME=SCORE", value_parser = pair)]
    traits: Vec<(String, i64)>,
    /// What a kit holds, such as soap=2; several times.
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
    /// Its id.
    id: Uuid,
    /// The version; 0 is the current one.
    #[arg(long, default_value_t = 0)]
    version: i64,
}

/// A list of entries.
#[derive(Debug, Args)]
pub struct List {
    /// Archived ones, too.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    page: Page,
}

/// Archiving and restoring.
#[derive(Debug, Args)]
pub struct Archive {
    /// Its id.
    id: Uuid,
    /// Back into use.
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
    /// As a call.
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
    /// Make one from a JSON file: {"name": …, "timeLimit": "600s", "tasks": […]}; - reads standard input.
    Create {
        /// The file.
        file: PathBuf,
    },
    /// Make its next version from a JSON file.
    Update {
        /// The test.
        id: Uuid,
        /// The version that you edit.
        #[arg(long)]
        version: i64,
        /// The file.
        file: PathBuf,
    },
    /// Show one.
    Show(Entry),
    /// List those in use, or all.
    List(List),
    /// Take one out of use, or back into use.
    Archive(Archive),
}

impl Test {
    /// As a call.
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
    /// Make one.
    Create {
        /// As managers see it.
        #[arg(long)]
        name: String,
        /// Its tests, in order; several times.
        #[arg(long = "test", value_name = "ID", required = true)]
        tests: Vec<Uuid>,
    },
    /// Show one.
    Show(Entry),
    /// List those in use, or all.
    List(List),
    /// Take one out of use, or back into use.
    Archive(Archive),
}

impl TestSet {
    /// As a call.
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
    /// Make one.
    Create {
        /// As candidates see it.
        #[arg(long)]
        title: String,
        /// As candidates see it.
        #[arg(long, default_value = "")]
        description: String,
        /// Its test sets; several run side by side.
        #[arg(long = "test-set", value_name = "ID", required = true)]
        test_sets: Vec<Uuid>,
        /// The score that suffices, 0..100.
        #[arg(long, default_value_t = 60)]
        minimum_score: i64,
    },
    /// Show one.
    Show(Entry),
    /// List those in use, or all.
    List(List),
    /// Take one out of use, or back into use.
    Archive(Archive),
}

impl Vacancy {
    /// As a call.
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
    /// Make one. The first root is made by `svc-admin create-root`.
    Create {
        /// Their name.
        #[arg(long)]
        name: String,
        /// Their e-mail address.
        #[arg(long)]
        email: String,
        /// The language of letters.
        #[arg(long, default_value = "ru", value_parser = ["ru", "en"])]
        language: String,
        /// What they may do; several times.
        #[arg(long = "role", required = true, value_parser = ["manager", "quality", "consumables", "root"])]
        roles: Vec<String>,
    },
    /// Show one.
    Show(Entry),
    /// List those in use, or all.
    List(List),
    /// Take one out of use, or back into use.
    Archive(Archive),
}

impl Manager {
    /// As a call.
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
