//! Quality cases, hypotheses, the audit log.

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::{Page, Request};
use crate::contracts::Context::Admin;

/// Quality cases.
#[derive(Debug, Subcommand)]
pub enum Case {
    /// Draw a completed order without a case at random and open its case.
    Draw,
    /// Open a case about a completed order.
    Open {
        /// The order's id.
        order_id: Uuid,
    },
    /// Show a case with the history of its order.
    Show {
        /// The case's id.
        case_id: Uuid,
    },
    /// List cases.
    List {
        /// Only open or only closed cases.
        #[arg(long, value_parser = ["open", "closed"])]
        state: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Add a note to a case.
    Note {
        /// The case's id.
        case_id: Uuid,
        /// The note's text.
        text: String,
        /// The note is about a call with the client.
        #[arg(long)]
        call: bool,
    },
    /// Close a case.
    Close(CloseCase),
}

/// The form that closes a case.
#[derive(Debug, Args)]
pub struct CloseCase {
    /// The case's id.
    case_id: Uuid,
    /// The verdict.
    #[arg(long, value_parser = ["good", "worker-at-fault", "client-at-fault", "company-at-fault", "nobody-at-fault"])]
    verdict: String,
    /// The rating of the work, 1 to 5; 0 if no worker was assigned.
    #[arg(long)]
    rating: i64,
    /// The text for the client and the worker.
    #[arg(long)]
    conclusion: String,
    /// The internal text.
    #[arg(long, default_value = "")]
    root_cause: String,
    /// A hypothesis that the case supports; repeatable.
    #[arg(long = "hypothesis", value_name = "ID")]
    hypotheses: Vec<Uuid>,
}

/// `worker-at-fault` → `VERDICT_WORKER_AT_FAULT`.
fn constant(prefix: &str, word: &str) -> String {
    format!("{prefix}_{}", word.replace('-', "_").to_uppercase())
}

impl Case {
    /// Converts the command to a call.
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
    /// Create a hypothesis.
    Create {
        /// The hypothesis's text.
        text: String,
    },
    /// Move a hypothesis to another column.
    Move {
        /// The hypothesis's id.
        hypothesis_id: Uuid,
        /// The column.
        #[arg(value_parser = ["open", "testing", "confirmed", "rejected"])]
        state: String,
    },
    /// Show the board.
    List(Page),
}

impl Hypothesis {
    /// Converts the command to a call.
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
    /// Only changes of this entry.
    #[arg(long)]
    subject: Option<Uuid>,
    #[command(flatten)]
    page: Page,
}

impl Audit {
    /// Converts the command to a call.
    pub fn request(self) -> Request {
        self.page
            .of(Request::new(Admin, "ListAuditEntries").field("subjectId", self.subject))
    }
}
