use std::sync::Arc;

use futures::stream::BoxStream;
use money::Currency;
use orders_contract::v1 as pb;
use orders_contract::v1::matching_service_server::MatchingService;
use orders_contract::v1::orders_service_server::OrdersService;
use orders_contract::v1::workers_service_server::WorkersService;
use service_host::Database;
use tokio::sync::Semaphore;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::{
    balances, cancel_order, clients, complete_work, download_photo, explain_match, get_order, import_clients,
    list_orders, offerings, pipelines, place_order, register_client, repeat_order, report_failure,
    start_work, suspend_worker, upload_photo, watch_orders, workers,
};
use crate::domain::pricing::Formula;
use crate::matching::Matcher;
use crate::photos::PhotoStore;

/// Everything that a call needs.
#[derive(Clone)]
pub struct Api {
    /// The service's database.
    pub db: Database,
    /// Places orders of several clients together.
    pub placing: place_order::Together,
    /// Reads orders for several callers together.
    pub reader: get_order::Reader,
    /// Where photos lie.
    pub photos: PhotoStore,
    /// How many photos may be on their way in at once.
    pub uploads: Arc<Semaphore>,
    /// For dry runs.
    pub matcher: Arc<Matcher>,
    /// The company's currency.
    pub currency: Currency,
}

impl Api {
    fn formula(&self) -> Formula {
        self.matcher.rules().formula
    }
}

type Reply<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl OrdersService for Api {
    async fn register_client(
        &self,
        request: Request<pb::RegisterClientRequest>,
    ) -> Reply<pb::RegisterClientResponse> {
        Ok(Response::new(register_client::handle(&self.db, request).await?))
    }

    async fn import_clients(
        &self,
        request: Request<Streaming<pb::ImportClientsRequest>>,
    ) -> Reply<pb::ImportClientsResponse> {
        Ok(Response::new(import_clients::handle(&self.db, request).await?))
    }

    async fn get_client(&self, request: Request<pb::GetClientRequest>) -> Reply<pb::GetClientResponse> {
        Ok(Response::new(clients::get(&self.db, request).await?))
    }

    async fn list_clients(&self, request: Request<pb::ListClientsRequest>) -> Reply<pb::ListClientsResponse> {
        Ok(Response::new(clients::list(&self.db, request).await?))
    }

    async fn list_offerings(
        &self,
        request: Request<pb::ListOfferingsRequest>,
    ) -> Reply<pb::ListOfferingsResponse> {
        Ok(Response::new(
            offerings::list(&self.db, self.formula(), request).await?,
        ))
    }

    async fn quote_order(&self, request: Request<pb::QuoteOrderRequest>) -> Reply<pb::QuoteOrderResponse> {
        Ok(Response::new(
            offerings::quote(&self.db, self.formula(), request).await?,
        ))
    }

    async fn place_order(&self, request: Request<pb::PlaceOrderRequest>) -> Reply<pb::PlaceOrderResponse> {
        Ok(Response::new(
            place_order::handle(&self.db, &self.placing, request).await?,
        ))
    }

    async fn cancel_order(&self, request: Request<pb::CancelOrderRequest>) -> Reply<pb::CancelOrderResponse> {
        Ok(Response::new(cancel_order::handle(&self.db, request).await?))
    }

    async fn repeat_order(&self, request: Request<pb::RepeatOrderRequest>) -> Reply<pb::RepeatOrderResponse> {
        Ok(Response::new(repeat_order::handle(&self.db, request).await?))
    }

    async fn start_work(&self, request: Request<pb::StartWorkRequest>) -> Reply<pb::StartWorkResponse> {
        Ok(Response::new(start_work::handle(&self.db, request).await?))
    }

    async fn complete_work(
        &self,
        request: Request<pb::CompleteWorkRequest>,
    ) -> Reply<pb::CompleteWorkResponse> {
        Ok(Response::new(complete_work::handle(&self.db, request).await?))
    }

    async fn report_failure(
        &self,
        request: Request<pb::ReportFailureRequest>,
    ) -> Reply<pb::ReportFailureResponse> {
        Ok(Response::new(report_failure::handle(&self.db, request).await?))
    }

    async fn get_order(&self, request: Request<pb::GetOrderRequest>) -> Reply<pb::GetOrderResponse> {
        Ok(Response::new(get_order::handle(&self.reader, request).await?))
    }

    async fn list_orders(&self, request: Request<pb::ListOrdersRequest>) -> Reply<pb::ListOrdersResponse> {
        Ok(Response::new(list_orders::handle(&self.db, request).await?))
    }

    type WatchOrdersStream = ReceiverStream<Result<pb::WatchOrdersResponse, Status>>;

    async fn watch_orders(&self, request: Request<pb::WatchOrdersRequest>) -> Reply<Self::WatchOrdersStream> {
        Ok(Response::new(watch_orders::handle(&self.db, &request)?))
    }

    async fn upload_photo(
        &self,
        request: Request<Streaming<pb::UploadPhotoRequest>>,
    ) -> Reply<pb::UploadPhotoResponse> {
        Ok(Response::new(
            upload_photo::handle(&self.db, &self.photos, &self.uploads, request).await?,
        ))
    }

    type DownloadPhotoStream = BoxStream<'static, Result<pb::DownloadPhotoResponse, Status>>;

    async fn download_photo(
        &self,
        request: Request<pb::DownloadPhotoRequest>,
    ) -> Reply<Self::DownloadPhotoStream> {
        Ok(Response::new(
            download_photo::handle(&self.db, &self.photos, request).await?,
        ))
    }

    async fn get_balance(&self, request: Request<pb::GetBalanceRequest>) -> Reply<pb::GetBalanceResponse> {
        Ok(Response::new(
            balances::get(&self.db, self.currency, request).await?,
        ))
    }
}

#[tonic::async_trait]
impl WorkersService for Api {
    async fn list_workers(&self, request: Request<pb::ListWorkersRequest>) -> Reply<pb::ListWorkersResponse> {
        Ok(Response::new(workers::list(&self.db, request).await?))
    }

    async fn get_worker(&self, request: Request<pb::GetWorkerRequest>) -> Reply<pb::GetWorkerResponse> {
        Ok(Response::new(workers::get(&self.db, request).await?))
    }

    async fn suspend_worker(
        &self,
        request: Request<pb::SuspendWorkerRequest>,
    ) -> Reply<pb::SuspendWorkerResponse> {
        Ok(Response::new(suspend_worker::handle(&self.db, request).await?))
    }

    async fn reinstate_worker(
        &self,
        request: Request<pb::ReinstateWorkerRequest>,
    ) -> Reply<pb::ReinstateWorkerResponse> {
        Ok(Response::new(workers::reinstate(&self.db, request).await?))
    }
}

#[tonic::async_trait]
impl MatchingService for Api {
    async fn put_pipeline(&self, request: Request<pb::PutPipelineRequest>) -> Reply<pb::PutPipelineResponse> {
        Ok(Response::new(pipelines::put(&self.db, request).await?))
    }

    async fn get_pipeline(&self, request: Request<pb::GetPipelineRequest>) -> Reply<pb::GetPipelineResponse> {
        Ok(Response::new(pipelines::get(&self.db, request).await?))
    }

    async fn list_pipelines(
        &self,
        request: Request<pb::ListPipelinesRequest>,
    ) -> Reply<pb::ListPipelinesResponse> {
        Ok(Response::new(pipelines::list(&self.db, request).await?))
    }

    async fn list_built_in_steps(
        &self,
        request: Request<pb::ListBuiltInStepsRequest>,
    ) -> Reply<pb::ListBuiltInStepsResponse> {
        Ok(Response::new(pipelines::built_in_steps(&request)?))
    }

    async fn explain_match(
        &self,
        request: Request<pb::ExplainMatchRequest>,
    ) -> Reply<pb::ExplainMatchResponse> {
        Ok(Response::new(
            explain_match::handle(&self.matcher, request).await?,
        ))
    }
}
