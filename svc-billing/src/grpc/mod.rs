//! The calls, one file each.

mod close_periods;
mod convert;
mod credit_worker;
mod get_account;
mod get_invoice;
mod get_invoice_document;
mod list_company_accounts;
mod list_invoices;
mod list_lines;
mod list_payments;
mod list_payouts;
mod list_periods;
mod list_transactions;
mod retry_charge;
mod retry_payout;
mod reverse_transaction;
mod set_payment_method;
mod set_payout_beneficiary;
mod verify_ledger;

use std::sync::Arc;

use service_host::{Clock, Database};

use crate::domain::Settings;
use crate::gateways::Gateways;
use crate::jobs::Wakes;

/// What calls work with.
#[derive(Clone)]
pub struct Api {
    pub db: Database,
    pub settings: Arc<Settings>,
    /// The payment methods that clients can choose from.
    pub gateways: Gateways,
    pub clock: Clock,
    /// Starts the jobs that a call has made work for.
    pub wakes: Wakes,
}

billing_contract::dispatch!(BillingService for Api);
