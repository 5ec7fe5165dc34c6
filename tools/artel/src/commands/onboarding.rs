//! Applications, for candidates and managers.

use clap::Subcommand;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Page, Request};
use crate::cli::Globals;
use crate::contracts::Context::Onboarding;
use crate::failure::Error;
use crate::story;

/// Applications.
#[derive(Debug, Subcommand)]
pub enum Application {
    /// List open vacancies.
    Vacancies,
    /// Apply as a candidate. Solves the proof of work.
    Apply {
        /// The vacancy's id.
        #[arg(long)]
        vacancy: Uuid,
        /// The candidate's name.
        #[arg(long)]
        name: String,
        /// The candidate's age.
        #[arg(long)]
        age: i64,
        /// The candidate's e-mail address.
        #[arg(long)]
        email: String,
        /// The language of mails.
        #[arg(long, default_value = "ru", value_parser = ["ru", "en"])]
        language: String,
        /// An answer to the vacancy's form, NAME=TEXT; repeatable.
        #[arg(long = "answer", value_name = "NAME=TEXT")]
        answers: Vec<String>,
    },
    /// Confirm the address with the token from the mail, as the candidate.
    Confirm {
        /// The token from the mail.
        token: String,
    },
    /// Begin the next test, as the candidate.
    Begin {
        /// The personal token from the mail.
        token: String,
    },
    /// Show the next task of the current test, as the candidate.
    Task {
        /// The personal token from the mail.
        token: String,
    },
    /// Answer a task, as the candidate.
    Answer {
        /// The personal token from the mail.
        token: String,
        /// The task's id.
        task_id: String,
        /// The ids of chosen or ordered choices; repeatable.
        #[arg(long = "choice")]
        choices: Vec<String>,
        /// A number.
        #[arg(long, allow_hyphen_values = true)]
        number: Option<String>,
        /// A text.
        #[arg(long)]
        text: Option<String>,
    },
    /// Finish the current test, as the candidate.
    Finish {
        /// The personal token from the mail.
        token: String,
    },
    /// List applications.
    List {
        /// Only for this vacancy.
        #[arg(long)]
        vacancy: Option<Uuid>,
        #[command(flatten)]
        page: Page,
    },
    /// Show an application.
    Show {
        /// The application.
        application_id: Uuid,
    },
    /// Note that the candidate was contacted.
    Note {
        /// The application.
        application_id: Uuid,
        /// What to note.
        text: String,
    },
    /// Assign a test set.
    Assign {
        /// The application.
        application_id: Uuid,
        /// Another than the vacancy's.
        #[arg(long)]
        test_set: Option<Uuid>,
    },
    /// Approve: the candidate becomes a worker.
    Approve {
        /// The application.
        application_id: Uuid,
        /// Why, where the vacancy's rule does not recommend it.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Decline.
    Decline {
        /// The application.
        application_id: Uuid,
        /// Why, for the company alone.
        #[arg(long)]
        reason: String,
        /// What the candidate is told.
        #[arg(long, default_value = "")]
        message: String,
    },
}

impl Application {
    /// Executes the command.
    pub async fn run(self, globals: &Globals) -> Result<(), Error> {
        let public = |method: &str| Request::new(Onboarding, method).anonymously();
        let request = match self {
            Self::Apply {
                vacancy,
                name,
                age,
                email,
                language,
                answers,
            } => {
                let challenge = globals
                    .ask(public("GetChallenge").field("vacancyId", vacancy))
                    .await?;
                let puzzle = story::text(&challenge, "/challenge")?;
                let bits = challenge
                    .get("difficultyBits")
                    .and_then(Value::as_u64)
                    .unwrap_or_default();
                let nonce = story::hire::solve(&puzzle, bits)?;
                let answers: Vec<Value> = answers
                    .iter()
                    .map(|answer| form_answer(answer))
                    .collect::<Result<_, _>>()?;
                public("Apply")
                    .field("vacancyId", vacancy)
                    .field("name", name)
                    .field("age", age)
                    .field("email", email)
                    .field("language", language)
                    .field("formAnswers", Value::Array(answers))
                    .field("challenge", puzzle)
                    .field("nonce", json!(nonce))
            }
            Self::Vacancies => public("ListVacancies"),
            Self::Confirm { token } => public("ConfirmEmail").field("token", token),
            Self::Begin { token } => public("BeginTest").field("token", token),
            Self::Task { token } => public("NextTask").field("token", token),
            Self::Answer {
                token,
                task_id,
                choices,
                number,
                text,
            } => {
                let mut answer = json!({ "choiceIds": choices });
                if let Some(number) = number {
                    answer["number"] = number.into();
                }
                if let Some(text) = text {
                    answer["text"] = text.into();
                }
                public("SubmitAnswer")
                    .field("token", token)
                    .field("taskId", task_id)
                    .field("answer", answer)
            }
            Self::Finish { token } => public("FinishTest").field("token", token),
            manager => manager.by_manager(),
        };
        globals.send(request).await
    }

    fn by_manager(self) -> Request {
        let about = |method: &str, id: Uuid| Request::new(Onboarding, method).field("applicationId", id);
        match self {
            Self::Show { application_id } => about("GetApplication", application_id),
            Self::Note { application_id, text } => about("NoteContact", application_id).field("text", text),
            Self::Assign {
                application_id,
                test_set,
            } => about("AssignTestSet", application_id).field("testSetId", test_set),
            Self::Approve {
                application_id,
                reason,
            } => about("ApproveApplication", application_id).field("reason", reason),
            Self::Decline {
                application_id,
                reason,
                message,
            } => about("DeclineApplication", application_id)
                .field("reason", reason)
                .field("message", message),
            Self::List { vacancy, page } => {
                page.of(Request::new(Onboarding, "ListApplications").field("vacancyId", vacancy))
            }
            // The candidate's commands are calls of their own, made in `run`.
            _ => Request::new(Onboarding, "ListVacancies"),
        }
    }
}

fn form_answer(text: &str) -> Result<Value, Error> {
    let (name, text) = text
        .split_once('=')
        .ok_or_else(|| Error::Input(format!("--answer wants NAME=TEXT, not {text}")))?;
    Ok(json!({ "name": name, "text": text }))
}
