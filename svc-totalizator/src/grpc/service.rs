//! The contract's service: each call goes to its own file.

use money::Currency;
use service_host::Database;
use tonic::{Request, Response, Status};
use totalizator_contract::v1 as pb;
use totalizator_contract::v1::totalizator_service_server::TotalizatorService;

use crate::domain::pseudonym::Key;
use crate::grpc::{get_pool, get_settlement, list_bets, place_bet};

/// The totalizator's calls.
#[derive(Clone)]
pub struct Api {
    /// Its own database.
    pub db: Database,
    /// What links managers to pseudonyms.
    pub key: Key,
    /// The deployment's currency.
    pub currency: Currency,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl TotalizatorService for Api {
    async fn place_bet(&self, request: Request<pb::PlaceBetRequest>) -> Answer<pb::PlaceBetResponse> {
        Ok(Response::new(place_bet::handle(self, request).await?))
    }

    async fn get_pool(&self, request: Request<pb::GetPoolRequest>) -> Answer<pb::GetPoolResponse> {
        Ok(Response::new(get_pool::handle(self, request).await?))
    }

    async fn list_bets(&self, request: Request<pb::ListBetsRequest>) -> Answer<pb::ListBetsResponse> {
        Ok(Response::new(list_bets::handle(self, request).await?))
    }

    async fn get_settlement(
        &self,
        request: Request<pb::GetSettlementRequest>,
    ) -> Answer<pb::GetSettlementResponse> {
        Ok(Response::new(get_settlement::handle(self, request).await?))
    }
}
