//! Where the story is played.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use conventions::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::call::Caller;
use crate::contracts::Context;
use crate::failure::Error;
use crate::keys::{Key, TTL};
use crate::mesh::Mesh;

/// Pause between two looks at something awaited.
const LOOK: Duration = Duration::from_millis(100);

/// Hears who did what.
pub type Tell = Box<dyn Fn(&str, &str) + Send + Sync>;

/// Hears of a point, with the order's id and the managers' ids.
pub type At = Box<dyn Fn(Point, &str, &[String]) -> Result<(), Error> + Send + Sync>;

/// What the story needs to know about the mesh.
pub struct Script {
    /// Connections to the services.
    pub mesh: Mesh,
    /// Signs everybody's tokens.
    pub key: Key,
    /// Where the mail server shows its mailboxes: `http://127.0.0.1:17301`.
    pub mailbox: String,
    /// The root manager, made by the admin service's own command line.
    pub root: Uuid,
    /// The consumables department's address.
    pub department: String,
    /// The deployment's currency.
    pub currency: String,
    /// How long a service may be away, and how long something may take to happen, before the story
    /// gives up.
    pub patience: Duration,
    /// Hears every step as it happens: who, did what.
    pub tell: Tell,
    /// Called at points of the story where others may join in.
    pub at: At,
}

/// A point of the story where others may join in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The order is assigned, work has not begun.
    Assigned,
    /// The order has ended.
    Ended,
}

/// The stage: one run of the story on one mesh.
#[derive(Clone)]
pub struct Stage {
    /// What it is played by.
    pub script: Arc<Script>,
    /// Tells this run's people and things from those of other runs.
    pub run: String,
    /// The run's trace: 32 hex digits.
    pub trace: String,
    http: reqwest::Client,
}

impl Stage {
    /// A new run.
    pub fn new(script: Script) -> Result<Self, Error> {
        // Another part of the process may have chosen a provider already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| Error::Io(error.to_string()))?;
        let trace = rand::random::<[u8; 16]>()
            .iter()
            .fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
        Ok(Self {
            script: Arc::new(script),
            run: trace.chars().take(6).collect(),
            trace,
            http,
        })
    }

    /// Calls with one identity.
    pub fn caller(&self, roles: &[Role], subject: &str) -> Result<Caller, Error> {
        let roles: Vec<String> = roles.iter().map(|role| role.claim().to_owned()).collect();
        let token = self.script.key.sign(&roles, subject, TTL)?;
        Ok(self.equip(Caller::new(self.script.mesh.clone(), Some(token))))
    }

    /// Calls anonymously.
    pub fn public(&self) -> Caller {
        self.equip(Caller::new(self.script.mesh.clone(), None))
    }

    /// The root manager, who may do what every manager may.
    pub fn root(&self) -> Result<Caller, Error> {
        self.caller(
            &[Role::Manager, Role::Quality, Role::Root],
            &self.script.root.to_string(),
        )
    }

    fn equip(&self, caller: Caller) -> Caller {
        caller.patient(self.script.patience).traced(format!(
            "00-{}-{:016x}-01",
            self.trace,
            rand::random::<u64>() | 1
        ))
    }

    /// Says what happened.
    pub fn tell(&self, who: &str, what: impl AsRef<str>) {
        (self.script.tell)(who, what.as_ref());
    }

    /// Lets others join in.
    pub fn at(&self, point: Point, order_id: &str, managers: &[String]) -> Result<(), Error> {
        (self.script.at)(point, order_id, managers)
    }

    /// Looks again and again until something is there. `look` says what it saw instead.
    pub async fn until<T>(
        &self,
        what: &str,
        look: impl AsyncFn() -> Result<Result<T, String>, Error>,
    ) -> Result<T, Error> {
        let give_up = Instant::now() + self.script.patience;
        loop {
            match look().await? {
                Ok(found) => return Ok(found),
                Err(seen) if Instant::now() >= give_up => {
                    let seconds = self.script.patience.as_secs();
                    return Err(Error::Waited {
                        what: what.to_owned(),
                        seconds,
                        seen,
                    });
                }
                Err(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }

    /// Calls again and again while the refusal has one of these reasons: what another context knows
    /// already has yet to arrive.
    pub async fn call_until_known(
        &self,
        caller: &Caller,
        context: Context,
        method: &str,
        request: Value,
        unknown: &[&str],
    ) -> Result<Value, Error> {
        self.until(&format!("{} {method}", context.name()), async || {
            match caller.call(context, method, request.clone()).await {
                Ok(answer) => Ok(Ok(answer)),
                Err(error) if unknown.contains(&error.reason().as_str()) => Ok(Err(error.to_string())),
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// The letters in a mailbox, oldest first: `{subject, text, …}`.
    pub async fn mails(&self, to: &str) -> Result<Vec<Value>, Error> {
        let answer = self.outside("mailbox", &[("to", to)]).await?;
        Ok(answer
            .as_array()
            .cloned()
            .or_else(|| answer.get("mails")?.as_array().cloned())
            .unwrap_or_default())
    }

    /// What the outside world's stand-ins show: their mailboxes (`mailbox`), the calls that they
    /// received (`_calls`).
    pub async fn outside(&self, what: &str, query: &[(&str, &str)]) -> Result<Value, Error> {
        let url = format!("{}/{what}", self.script.mailbox);
        let io = |error: reqwest::Error| Error::Io(format!("the outside world: {error}"));
        let answer = self.http.get(url).query(query).send().await.map_err(io)?;
        answer.error_for_status().map_err(io)?.json().await.map_err(io)
    }

    /// The letter whose subject begins so, once it is there.
    pub async fn mail(&self, to: &str, subject: &str) -> Result<Value, Error> {
        self.until(&format!("the letter “{subject}…” to {to}"), async || {
            let mails = self.mails(to).await?;
            let seen = subjects(&mails).join("; ");
            Ok(mails.into_iter().find(|mail| begins(mail, subject)).ok_or(seen))
        })
        .await
    }

    /// Checks that a mailbox holds a letter with each of these beginnings of subjects, exactly once
    /// each.
    pub async fn mailed_once(&self, to: &str, subjects_begin: &[&str]) -> Result<(), Error> {
        for subject in subjects_begin {
            self.mail(to, subject).await?;
        }
        let mails = self.mails(to).await?;
        for subject in subjects_begin {
            let count = mails.iter().filter(|mail| begins(mail, subject)).count();
            super::expect(&format!("the number of letters “{subject}…” to {to}"), &count, &1)?;
        }
        Ok(())
    }

    /// Checks that a mailbox holds letters with exactly these subjects, once each.
    pub async fn mailed_exactly(&self, to: &str, exact: &[String]) -> Result<(), Error> {
        for subject in exact {
            let count = self
                .until(&format!("the letter “{subject}” to {to}"), async || {
                    let subjects = subjects(&self.mails(to).await?);
                    let count = subjects.iter().filter(|is| *is == subject).count();
                    Ok(if count > 0 {
                        Ok(count)
                    } else {
                        Err(subjects.join("; "))
                    })
                })
                .await?;
            super::expect(&format!("the number of letters “{subject}” to {to}"), &count, &1)?;
        }
        Ok(())
    }

    /// Checks that the department was told once to assemble the kit for a service. Its letters may
    /// be in either language.
    pub async fn mailed_department(&self, service: &str) -> Result<(), Error> {
        let to = &self.script.department;
        let count = self
            .until("the letter to the department", async || {
                let subjects = subjects(&self.mails(to).await?);
                let about = |subject: &&String| {
                    subject.contains(service)
                        && (subject.starts_with("Kit to assemble") || subject.starts_with("Собрать"))
                };
                let count = subjects.iter().filter(about).count();
                Ok(if count > 0 {
                    Ok(count)
                } else {
                    Err(subjects.join("; "))
                })
            })
            .await?;
        super::expect("the number of letters to the department", &count, &1)
    }

    /// The secret in the link of a letter.
    pub async fn token_from_mail(&self, to: &str, subject: &str) -> Result<String, Error> {
        let mail = self.mail(to, subject).await?;
        let text = super::text(&mail, "/text")?;
        let token = text.split("token=").nth(1).map(|rest| {
            rest.chars()
                .take_while(|letter| letter.is_ascii_alphanumeric() || "-_.~".contains(*letter))
                .collect()
        });
        token.ok_or_else(|| Error::Story(format!("the letter “{subject}…” has no link: {text}")))
    }

    /// An address that only this run has.
    pub fn email(&self, name: &str) -> String {
        format!("{name}-{}@example.org", self.run)
    }

    /// Somebody to write to.
    pub fn person(&self, name: &str) -> Value {
        let email = self.email(&name.to_lowercase());
        json!({ "name": name, "email": email, "language": "en" })
    }

    /// A sum in the deployment's currency.
    pub fn money(&self, minor_units: i64) -> Value {
        json!({ "currencyCode": self.script.currency, "minorUnits": minor_units })
    }
}

fn begins(mail: &Value, subject: &str) -> bool {
    mail.get("subject")
        .and_then(Value::as_str)
        .is_some_and(|is| is.starts_with(subject))
}

fn subjects(mails: &[Value]) -> Vec<String> {
    mails
        .iter()
        .filter_map(|mail| Some(mail.get("subject")?.as_str()?.to_owned()))
        .collect()
}
