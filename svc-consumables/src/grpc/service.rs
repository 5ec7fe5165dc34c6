//! The contract's service: each call goes to its own file.

use std::pin::Pin;

use consumables_contract::v1 as pb;
use consumables_contract::v1::consumables_service_server::ConsumablesService;
use service_host::Database;
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use crate::domain::cookie::Patience;
use crate::grpc::{
    count_stock, create_material, get_kit, get_material, issue_kit, list_employees, list_kits,
    list_materials, list_stock_movements, mark_cookie, mark_kit_ready, receive_stock, register_employee,
    request_materials, return_materials, take_kit, update_employee, update_material, watch_kits,
    write_off_stock,
};

/// The department's calls.
#[derive(Clone)]
pub struct Api {
    /// The department's database.
    pub db: Database,
    /// How long to wait for cookies.
    pub patience: Patience,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl ConsumablesService for Api {
    type WatchKitsStream = Pin<Box<dyn Stream<Item = Result<pb::WatchKitsResponse, Status>> + Send>>;

    async fn register_employee(
        &self,
        request: Request<pb::RegisterEmployeeRequest>,
    ) -> Answer<pb::RegisterEmployeeResponse> {
        Ok(Response::new(register_employee::handle(&self.db, request).await?))
    }

    async fn update_employee(
        &self,
        request: Request<pb::UpdateEmployeeRequest>,
    ) -> Answer<pb::UpdateEmployeeResponse> {
        Ok(Response::new(update_employee::handle(&self.db, request).await?))
    }

    async fn list_employees(
        &self,
        request: Request<pb::ListEmployeesRequest>,
    ) -> Answer<pb::ListEmployeesResponse> {
        Ok(Response::new(list_employees::handle(&self.db, request).await?))
    }

    async fn create_material(
        &self,
        request: Request<pb::CreateMaterialRequest>,
    ) -> Answer<pb::CreateMaterialResponse> {
        Ok(Response::new(create_material::handle(&self.db, request).await?))
    }

    async fn update_material(
        &self,
        request: Request<pb::UpdateMaterialRequest>,
    ) -> Answer<pb::UpdateMaterialResponse> {
        Ok(Response::new(update_material::handle(&self.db, request).await?))
    }

    async fn get_material(
        &self,
        request: Request<pb::GetMaterialRequest>,
    ) -> Answer<pb::GetMaterialResponse> {
        Ok(Response::new(get_material::handle(&self.db, request).await?))
    }

    async fn list_materials(
        &self,
        request: Request<pb::ListMaterialsRequest>,
    ) -> Answer<pb::ListMaterialsResponse> {
        Ok(Response::new(list_materials::handle(&self.db, request).await?))
    }

    async fn receive_stock(
        &self,
        request: Request<pb::ReceiveStockRequest>,
    ) -> Answer<pb::ReceiveStockResponse> {
        Ok(Response::new(receive_stock::handle(&self.db, request).await?))
    }

    async fn write_off_stock(
        &self,
        request: Request<pb::WriteOffStockRequest>,
    ) -> Answer<pb::WriteOffStockResponse> {
        Ok(Response::new(write_off_stock::handle(&self.db, request).await?))
    }

    async fn count_stock(&self, request: Request<pb::CountStockRequest>) -> Answer<pb::CountStockResponse> {
        Ok(Response::new(count_stock::handle(&self.db, request).await?))
    }

    async fn return_materials(
        &self,
        request: Request<pb::ReturnMaterialsRequest>,
    ) -> Answer<pb::ReturnMaterialsResponse> {
        Ok(Response::new(return_materials::handle(&self.db, request).await?))
    }

    async fn list_stock_movements(
        &self,
        request: Request<pb::ListStockMovementsRequest>,
    ) -> Answer<pb::ListStockMovementsResponse> {
        Ok(Response::new(
            list_stock_movements::handle(&self.db, request).await?,
        ))
    }

    async fn get_kit(&self, request: Request<pb::GetKitRequest>) -> Answer<pb::GetKitResponse> {
        Ok(Response::new(get_kit::handle(&self.db, request).await?))
    }

    async fn list_kits(&self, request: Request<pb::ListKitsRequest>) -> Answer<pb::ListKitsResponse> {
        Ok(Response::new(list_kits::handle(&self.db, request).await?))
    }

    async fn take_kit(&self, request: Request<pb::TakeKitRequest>) -> Answer<pb::TakeKitResponse> {
        Ok(Response::new(take_kit::handle(&self.db, request).await?))
    }

    async fn mark_kit_ready(
        &self,
        request: Request<pb::MarkKitReadyRequest>,
    ) -> Answer<pb::MarkKitReadyResponse> {
        Ok(Response::new(mark_kit_ready::handle(&self.db, request).await?))
    }

    async fn issue_kit(&self, request: Request<pb::IssueKitRequest>) -> Answer<pb::IssueKitResponse> {
        Ok(Response::new(issue_kit::handle(&self.db, request).await?))
    }

    async fn mark_cookie(&self, request: Request<pb::MarkCookieRequest>) -> Answer<pb::MarkCookieResponse> {
        Ok(Response::new(mark_cookie::handle(&self.db, request).await?))
    }

    async fn request_materials(
        &self,
        request: Request<pb::RequestMaterialsRequest>,
    ) -> Answer<pb::RequestMaterialsResponse> {
        Ok(Response::new(
            request_materials::handle(&self.db, self.patience, request).await?,
        ))
    }

    async fn watch_kits(&self, request: Request<pb::WatchKitsRequest>) -> Answer<Self::WatchKitsStream> {
        Ok(Response::new(Box::pin(
            watch_kits::handle(&self.db, request).await?,
        )))
    }
}
