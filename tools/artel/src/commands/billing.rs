//! Money.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Page, Request, sum};
use crate::cli::Globals;
use crate::contracts::Context::Billing as BillingContext;
use crate::failure::Error;
use crate::story;

/// Whose account.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Owner {
    /// A client's.
    Client,
    /// A worker's.
    Worker,
}

impl Owner {
    const fn constant(self) -> &'static str {
        match self {
            Self::Client => "OWNER_KIND_CLIENT",
            Self::Worker => "OWNER_KIND_WORKER",
        }
    }
}

/// Accounts, invoices, payments.
#[derive(Debug, Subcommand)]
pub enum Billing {
    /// An account's balance.
    Account {
        /// Whose kind.
        kind: Owner,
        /// Whose.
        owner_id: Uuid,
    },
    /// Every line charged or credited, newest first.
    Lines {
        /// Whose kind.
        kind: Owner,
        /// Whose.
        owner_id: Uuid,
        #[command(flatten)]
        page: Page,
    },
    /// The company's own accounts.
    Company,
    /// The postings, newest first; with `--order` those about one order.
    Transactions {
        /// The order's id.
        #[arg(long)]
        order: Option<Uuid>,
        #[command(flatten)]
        page: Page,
    },
    /// Invoices, newest first.
    Invoices {
        /// Only this client's or worker's.
        #[arg(long)]
        owner: Option<Uuid>,
        #[command(flatten)]
        page: Page,
    },
    /// One invoice with its lines; --pdf saves it as a document.
    Invoice {
        /// The invoice.
        invoice_id: Uuid,
        /// Save the document here.
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
    },
    /// Choose how a client pays.
    PaymentMethod {
        /// The client's id.
        client_id: Uuid,
        /// card or wallet.
        #[arg(value_parser = ["card", "wallet"])]
        kind: String,
        /// The gateway's token for the card, or the wallet's payer.
        token: String,
    },
    /// Say where a worker's pay goes.
    Beneficiary {
        /// The worker's id.
        worker_id: Uuid,
        /// The payout provider's name for them.
        beneficiary: String,
    },
    /// Credit a worker.
    Credit {
        /// The worker's id.
        worker_id: Uuid,
        /// How much, such as 50.00.
        #[arg(value_parser = sum)]
        amount: Value,
        /// The reason.
        #[arg(long)]
        reason: String,
    },
    /// Reverse a transaction.
    Reverse {
        /// The transaction.
        transaction_id: Uuid,
        /// The reason.
        #[arg(long)]
        reason: String,
    },
    /// Close every period up to now: clients' weeks, workers' months.
    Close,
    /// Charge an overdue invoice again.
    RetryCharge {
        /// The invoice.
        invoice_id: Uuid,
    },
}

impl Billing {
    /// Executes the command.
    pub async fn run(self, globals: &Globals) -> Result<(), Error> {
        let call = |method: &str| Request::new(BillingContext, method);
        let request = match self {
            Self::Account { kind, owner_id } => call("GetAccount")
                .field("ownerKind", kind.constant())
                .field("ownerId", owner_id),
            Self::Lines { kind, owner_id, page } => page.of(call("ListLines")
                .field("ownerKind", kind.constant())
                .field("ownerId", owner_id)),
            Self::Company => call("ListCompanyAccounts"),
            Self::Transactions { order, page } => page.of(call("ListTransactions").field("orderId", order)),
            Self::Invoices { owner, page } => page.of(call("ListInvoices").field("ownerId", owner)),
            Self::Invoice {
                invoice_id,
                pdf: None,
            } => call("GetInvoice").field("invoiceId", invoice_id),
            Self::Invoice {
                invoice_id,
                pdf: Some(path),
            } => {
                let document = globals
                    .ask(call("GetInvoiceDocument").field("invoiceId", invoice_id))
                    .await?;
                let content = BASE64_STANDARD
                    .decode(story::text(&document, "/content")?)
                    .map_err(|error| Error::Io(error.to_string()))?;
                let saved = std::fs::write(&path, content);
                return saved.map_err(|error| Error::Io(format!("{}: {error}", path.display())));
            }
            Self::PaymentMethod {
                client_id,
                kind,
                token,
            } => call("SetPaymentMethod")
                .field("clientId", client_id)
                .field("kind", kind)
                .field("token", token),
            Self::Beneficiary {
                worker_id,
                beneficiary,
            } => call("SetPayoutBeneficiary")
                .field("workerId", worker_id)
                .field("beneficiary", beneficiary),
            Self::Credit {
                worker_id,
                amount,
                reason,
            } => call("CreditWorker")
                .field("workerId", worker_id)
                .field("amount", amount)
                .field("reason", reason),
            Self::Reverse {
                transaction_id,
                reason,
            } => call("ReverseTransaction")
                .field("transactionId", transaction_id)
                .field("reason", reason),
            Self::Close => call("ClosePeriods"),
            Self::RetryCharge { invoice_id } => call("RetryCharge").field("invoiceId", invoice_id),
        };
        globals.send(request).await
    }
}

/// The ledger.
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Verify that no entry is lost or corrupt. Prints the first corrupt entry and fails.
    Verify {
        /// The head that an earlier verification printed: the ledger must still contain it.
        #[arg(long)]
        expected_head: Option<String>,
    },
}

impl Ledger {
    /// Makes the call. A corrupt ledger is a failure.
    pub async fn run(self, globals: &Globals) -> Result<(), Error> {
        let Self::Verify { expected_head } = self;
        let body = json!({ "expectedHead": expected_head });
        let answer = globals
            .ask(Request {
                body,
                ..Request::new(BillingContext, "VerifyLedger")
            })
            .await?;
        globals.print(&answer)?;
        if answer.get("intact").and_then(Value::as_bool) == Some(true) {
            return Ok(());
        }
        Err(Error::Input(
            "the ledger is corrupt; the finding is printed above".to_owned(),
        ))
    }
}
