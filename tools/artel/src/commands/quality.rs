//! Quality cases, hypotheses, the audit log.

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::{Page, Request};
use crate::contracts::Context::Admin;

/// Quality cases.
#[derive(Debug, Subcommand)]
pub enum Case {
    /// Draw a completed, not yet reviewed order at random.
    Draw,
    /// Open the case of one completed order.
    Open {
        /// The order.
        order_id: Uuid,
    },
    /// Show one with its order's whole story.
    Show {
        /// The case.
        case_id: Uuid,
    },
    /// List them.
    List {
        /// Only open or only closed ones.
        #[arg(long, value_parser = ["open", "closed"])]
        state: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Write a note.
    Note {
        /// The case.
        case_id: Uuid,
        /// What to note.
        text: String,
        /// About a call with the client.
        #[arg(long)]
        call: bool,
    },
    /// Close one.
    Close(CloseCase),
}

/// The form that closes a case.
#[derive(Debug, Args)]
pub struct CloseCase {
    /// The case.
    case_id: Uuid,
    /// What was found.
    #[arg(long, value_parser = ["good", "worker-at-fault", "client-at-fault", "company-at-fault", "nobody-at-fault"])]
    verdict: String,
    /// Of the work, 1..5; 0 where nobody was assigned.
    #[arg(long)]
    rating: i64,
    /// What client and worker are told.
    #[arg(long)]
    conclusion: String,
    /// For the company alone.
    #[arg(long, default_value = "")]
    root_cause: String,
    /// Hypotheses that it supports; several times.
    #[arg(long = "hypothesis", value_name = "ID")]
    hypotheses: Vec<Uuid>,
}

/// `worker-at-fault` → `VERDICT_WORKER_AT_FAULT`.
fn constant(prefix: &str, word: &str) -> String {
    format!("{prefix}_{}", word.replace('-', "_").to_uppercase())
}

impl Case {
    /// As a call.
    pub fn request(self) -> Request {
        match self {
            Self::Draw => Request::new(Admin, "DrawCase"),
            Self::Open { order_id } => Request::new(Admin, "OpenCase").field("orderId", order_id),
            Self::Show { case_id } => Request::new(Admin, "GetCase").field("caseId", case_id),
            Self::List { state, page } => {
                let state = state.map(|state| constant("CASE_STATE", &state));
                page.of(Request::new(Admin, "ListCases").field("state", state))
            }
            Self::Note { case_id, text, call } => Request::new(Admin, "AddNote")
                .field("caseId", case_id)
                .field("text", text)
                .field("call", call),
            Self::Close(close) => {
                let hypotheses: Vec<String> = close.hypotheses.iter().map(Uuid::to_string).collect();
                let form = json!({
                    "verdict": constant("VERDICT", &close.verdict), "rating": close.rating,
                    "conclusion": close.conclusion, "rootCause": close.root_cause, "hypothesisIds": hypotheses,
                });
                Request::new(Admin, "CloseCase")
                    .field("caseId", close.case_id)
                    .field("form", form)
            }
        }
    }
}

/// The board of hypotheses.
#[derive(Debug, Subcommand)]
pub enum Hypothesis {
    /// Put one on the board.
    Create {
        /// What is supposed.
        text: String,
    },
    /// Move one to another column.
    Move {
        /// The hypothesis.
        hypothesis_id: Uuid,
        /// The column.
        #[arg(value_parser = ["open", "testing", "confirmed", "rejected"])]
        state: String,
    },
    /// The board.
    List(Page),
}

impl Hypothesis {
    /// As a call.
    pub fn request(self) -> Request {
        match self {
            Self::Create { text } => Request::new(Admin, "CreateHypothesis").field("text", text),
            Self::Move { hypothesis_id, state } => Request::new(Admin, "MoveHypothesis")
                .field("hypothesisId", hypothesis_id)
                .field("state", constant("HYPOTHESIS_STATE", &state)),
            Self::List(page) => page.of(Request::new(Admin, "ListHypotheses")),
        }
    }
}

/// The audit log.
#[derive(Debug, Args)]
pub struct Audit {
    /// Only about this entry.
    #[arg(long)]
    subject: Option<Uuid>,
    #[command(flatten)]
    page: Page,
}

impl Audit {
    /// As a call.
    pub fn request(self) -> Request {
        self.page
            .of(Request::new(Admin, "ListAuditEntries").field("subjectId", self.subject))
    }
}
