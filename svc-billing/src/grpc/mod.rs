//! Billing's calls, one file each.

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

use billing_contract::v1 as pb;
use billing_contract::v1::billing_service_server::BillingService;
use service_host::Database;
use tonic::{Request, Response, Status};

use crate::domain::Settings;
use crate::gateways::Gateways;
use crate::jobs::Wakes;

/// What calls work with.
#[derive(Clone)]
pub struct Api {
    /// Billing's database.
    pub db: Database,
    /// The company's settings.
    pub settings: Arc<Settings>,
    /// The payment methods that clients can choose from.
    pub gateways: Gateways,
    /// Starts the jobs that a call has made work for.
    pub wakes: Wakes,
}

#[tonic::async_trait]
impl BillingService for Api {
    async fn get_account(
        &self,
        request: Request<pb::GetAccountRequest>,
    ) -> Result<Response<pb::GetAccountResponse>, Status> {
        Ok(Response::new(get_account::handle(self, request).await?))
    }

    async fn list_company_accounts(
        &self,
        request: Request<pb::ListCompanyAccountsRequest>,
    ) -> Result<Response<pb::ListCompanyAccountsResponse>, Status> {
        Ok(Response::new(list_company_accounts::handle(self, request).await?))
    }

    async fn list_lines(
        &self,
        request: Request<pb::ListLinesRequest>,
    ) -> Result<Response<pb::ListLinesResponse>, Status> {
        Ok(Response::new(list_lines::handle(self, request).await?))
    }

    async fn list_transactions(
        &self,
        request: Request<pb::ListTransactionsRequest>,
    ) -> Result<Response<pb::ListTransactionsResponse>, Status> {
        Ok(Response::new(list_transactions::handle(self, request).await?))
    }

    async fn list_invoices(
        &self,
        request: Request<pb::ListInvoicesRequest>,
    ) -> Result<Response<pb::ListInvoicesResponse>, Status> {
        Ok(Response::new(list_invoices::handle(self, request).await?))
    }

    async fn get_invoice(
        &self,
        request: Request<pb::GetInvoiceRequest>,
    ) -> Result<Response<pb::GetInvoiceResponse>, Status> {
        Ok(Response::new(get_invoice::handle(self, request).await?))
    }

    async fn get_invoice_document(
        &self,
        request: Request<pb::GetInvoiceDocumentRequest>,
    ) -> Result<Response<pb::GetInvoiceDocumentResponse>, Status> {
        Ok(Response::new(get_invoice_document::handle(self, request).await?))
    }

    async fn list_payments(
        &self,
        request: Request<pb::ListPaymentsRequest>,
    ) -> Result<Response<pb::ListPaymentsResponse>, Status> {
        Ok(Response::new(list_payments::handle(self, request).await?))
    }

    async fn list_payouts(
        &self,
        request: Request<pb::ListPayoutsRequest>,
    ) -> Result<Response<pb::ListPayoutsResponse>, Status> {
        Ok(Response::new(list_payouts::handle(self, request).await?))
    }

    async fn set_payment_method(
        &self,
        request: Request<pb::SetPaymentMethodRequest>,
    ) -> Result<Response<pb::SetPaymentMethodResponse>, Status> {
        Ok(Response::new(set_payment_method::handle(self, request).await?))
    }

    async fn set_payout_beneficiary(
        &self,
        request: Request<pb::SetPayoutBeneficiaryRequest>,
    ) -> Result<Response<pb::SetPayoutBeneficiaryResponse>, Status> {
        Ok(Response::new(
            set_payout_beneficiary::handle(self, request).await?,
        ))
    }

    async fn credit_worker(
        &self,
        request: Request<pb::CreditWorkerRequest>,
    ) -> Result<Response<pb::CreditWorkerResponse>, Status> {
        Ok(Response::new(credit_worker::handle(self, request).await?))
    }

    async fn reverse_transaction(
        &self,
        request: Request<pb::ReverseTransactionRequest>,
    ) -> Result<Response<pb::ReverseTransactionResponse>, Status> {
        Ok(Response::new(reverse_transaction::handle(self, request).await?))
    }

    async fn retry_charge(
        &self,
        request: Request<pb::RetryChargeRequest>,
    ) -> Result<Response<pb::RetryChargeResponse>, Status> {
        Ok(Response::new(retry_charge::handle(self, request).await?))
    }

    async fn retry_payout(
        &self,
        request: Request<pb::RetryPayoutRequest>,
    ) -> Result<Response<pb::RetryPayoutResponse>, Status> {
        Ok(Response::new(retry_payout::handle(self, request).await?))
    }

    async fn close_periods(
        &self,
        request: Request<pb::ClosePeriodsRequest>,
    ) -> Result<Response<pb::ClosePeriodsResponse>, Status> {
        Ok(Response::new(close_periods::handle(self, request).await?))
    }

    async fn list_periods(
        &self,
        request: Request<pb::ListPeriodsRequest>,
    ) -> Result<Response<pb::ListPeriodsResponse>, Status> {
        Ok(Response::new(list_periods::handle(self, request).await?))
    }

    async fn verify_ledger(
        &self,
        request: Request<pb::VerifyLedgerRequest>,
    ) -> Result<Response<pb::VerifyLedgerResponse>, Status> {
        Ok(Response::new(verify_ledger::handle(self, request).await?))
    }
}
