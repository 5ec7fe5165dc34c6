//! Commands and queries. The five calls of one kind of entry share a file; every other call has its own.

mod add_note;
mod close_case;
pub mod convert;
mod get_case;
mod hypotheses;
mod list_audit_entries;
mod list_cases;
mod managers;
mod open_case;
mod pages;
mod service_types;
mod test_sets;
mod tests;
mod vacancies;

use admin_contract::v1 as pb;
use admin_contract::v1::admin_service_server::AdminService;
use money::Currency;
use service_host::Database;
use tonic::{Request, Response, Status};

/// What calls need.
#[derive(Clone)]
pub struct Api {
    /// Where state is kept.
    pub db: Database,
    /// The deployment's only currency.
    pub currency: Currency,
}

#[tonic::async_trait]
impl AdminService for Api {
    async fn create_service_type(
        &self,
        request: Request<pb::CreateServiceTypeRequest>,
    ) -> Result<Response<pb::CreateServiceTypeResponse>, Status> {
        Ok(Response::new(service_types::create(self, request).await?))
    }

    async fn update_service_type(
        &self,
        request: Request<pb::UpdateServiceTypeRequest>,
    ) -> Result<Response<pb::UpdateServiceTypeResponse>, Status> {
        Ok(Response::new(service_types::update(self, request).await?))
    }

    async fn archive_service_type(
        &self,
        request: Request<pb::ArchiveServiceTypeRequest>,
    ) -> Result<Response<pb::ArchiveServiceTypeResponse>, Status> {
        Ok(Response::new(service_types::archive(self, request).await?))
    }

    async fn get_service_type(
        &self,
        request: Request<pb::GetServiceTypeRequest>,
    ) -> Result<Response<pb::GetServiceTypeResponse>, Status> {
        Ok(Response::new(service_types::get(self, request).await?))
    }

    async fn list_service_types(
        &self,
        request: Request<pb::ListServiceTypesRequest>,
    ) -> Result<Response<pb::ListServiceTypesResponse>, Status> {
        Ok(Response::new(service_types::list(self, request).await?))
    }

    async fn create_vacancy(
        &self,
        request: Request<pb::CreateVacancyRequest>,
    ) -> Result<Response<pb::CreateVacancyResponse>, Status> {
        Ok(Response::new(vacancies::create(self, request).await?))
    }

    async fn update_vacancy(
        &self,
        request: Request<pb::UpdateVacancyRequest>,
    ) -> Result<Response<pb::UpdateVacancyResponse>, Status> {
        Ok(Response::new(vacancies::update(self, request).await?))
    }

    async fn archive_vacancy(
        &self,
        request: Request<pb::ArchiveVacancyRequest>,
    ) -> Result<Response<pb::ArchiveVacancyResponse>, Status> {
        Ok(Response::new(vacancies::archive(self, request).await?))
    }

    async fn get_vacancy(
        &self,
        request: Request<pb::GetVacancyRequest>,
    ) -> Result<Response<pb::GetVacancyResponse>, Status> {
        Ok(Response::new(vacancies::get(self, request).await?))
    }

    async fn list_vacancies(
        &self,
        request: Request<pb::ListVacanciesRequest>,
    ) -> Result<Response<pb::ListVacanciesResponse>, Status> {
        Ok(Response::new(vacancies::list(self, request).await?))
    }

    async fn create_test(
        &self,
        request: Request<pb::CreateTestRequest>,
    ) -> Result<Response<pb::CreateTestResponse>, Status> {
        Ok(Response::new(tests::create(self, request).await?))
    }

    async fn update_test(
        &self,
        request: Request<pb::UpdateTestRequest>,
    ) -> Result<Response<pb::UpdateTestResponse>, Status> {
        Ok(Response::new(tests::update(self, request).await?))
    }

    async fn archive_test(
        &self,
        request: Request<pb::ArchiveTestRequest>,
    ) -> Result<Response<pb::ArchiveTestResponse>, Status> {
        Ok(Response::new(tests::archive(self, request).await?))
    }

    async fn get_test(
        &self,
        request: Request<pb::GetTestRequest>,
    ) -> Result<Response<pb::GetTestResponse>, Status> {
        Ok(Response::new(tests::get(self, request).await?))
    }

    async fn list_tests(
        &self,
        request: Request<pb::ListTestsRequest>,
    ) -> Result<Response<pb::ListTestsResponse>, Status> {
        Ok(Response::new(tests::list(self, request).await?))
    }

    async fn create_test_set(
        &self,
        request: Request<pb::CreateTestSetRequest>,
    ) -> Result<Response<pb::CreateTestSetResponse>, Status> {
        Ok(Response::new(test_sets::create(self, request).await?))
    }

    async fn update_test_set(
        &self,
        request: Request<pb::UpdateTestSetRequest>,
    ) -> Result<Response<pb::UpdateTestSetResponse>, Status> {
        Ok(Response::new(test_sets::update(self, request).await?))
    }

    async fn archive_test_set(
        &self,
        request: Request<pb::ArchiveTestSetRequest>,
    ) -> Result<Response<pb::ArchiveTestSetResponse>, Status> {
        Ok(Response::new(test_sets::archive(self, request).await?))
    }

    async fn get_test_set(
        &self,
        request: Request<pb::GetTestSetRequest>,
    ) -> Result<Response<pb::GetTestSetResponse>, Status> {
        Ok(Response::new(test_sets::get(self, request).await?))
    }

    async fn list_test_sets(
        &self,
        request: Request<pb::ListTestSetsRequest>,
    ) -> Result<Response<pb::ListTestSetsResponse>, Status> {
        Ok(Response::new(test_sets::list(self, request).await?))
    }

    async fn create_manager(
        &self,
        request: Request<pb::CreateManagerRequest>,
    ) -> Result<Response<pb::CreateManagerResponse>, Status> {
        Ok(Response::new(managers::create(self, request).await?))
    }

    async fn update_manager(
        &self,
        request: Request<pb::UpdateManagerRequest>,
    ) -> Result<Response<pb::UpdateManagerResponse>, Status> {
        Ok(Response::new(managers::update(self, request).await?))
    }

    async fn archive_manager(
        &self,
        request: Request<pb::ArchiveManagerRequest>,
    ) -> Result<Response<pb::ArchiveManagerResponse>, Status> {
        Ok(Response::new(managers::archive(self, request).await?))
    }

    async fn get_manager(
        &self,
        request: Request<pb::GetManagerRequest>,
    ) -> Result<Response<pb::GetManagerResponse>, Status> {
        Ok(Response::new(managers::get(self, request).await?))
    }

    async fn list_managers(
        &self,
        request: Request<pb::ListManagersRequest>,
    ) -> Result<Response<pb::ListManagersResponse>, Status> {
        Ok(Response::new(managers::list(self, request).await?))
    }

    async fn draw_case(
        &self,
        request: Request<pb::DrawCaseRequest>,
    ) -> Result<Response<pb::DrawCaseResponse>, Status> {
        Ok(Response::new(open_case::draw(self, request).await?))
    }

    async fn open_case(
        &self,
        request: Request<pb::OpenCaseRequest>,
    ) -> Result<Response<pb::OpenCaseResponse>, Status> {
        Ok(Response::new(open_case::open(self, request).await?))
    }

    async fn get_case(
        &self,
        request: Request<pb::GetCaseRequest>,
    ) -> Result<Response<pb::GetCaseResponse>, Status> {
        Ok(Response::new(get_case::get(self, request).await?))
    }

    async fn list_cases(
        &self,
        request: Request<pb::ListCasesRequest>,
    ) -> Result<Response<pb::ListCasesResponse>, Status> {
        Ok(Response::new(list_cases::list(self, request).await?))
    }

    async fn add_note(
        &self,
        request: Request<pb::AddNoteRequest>,
    ) -> Result<Response<pb::AddNoteResponse>, Status> {
        Ok(Response::new(add_note::add(self, request).await?))
    }

    async fn close_case(
        &self,
        request: Request<pb::CloseCaseRequest>,
    ) -> Result<Response<pb::CloseCaseResponse>, Status> {
        Ok(Response::new(close_case::close(self, request).await?))
    }

    async fn create_hypothesis(
        &self,
        request: Request<pb::CreateHypothesisRequest>,
    ) -> Result<Response<pb::CreateHypothesisResponse>, Status> {
        Ok(Response::new(hypotheses::create(self, request).await?))
    }

    async fn move_hypothesis(
        &self,
        request: Request<pb::MoveHypothesisRequest>,
    ) -> Result<Response<pb::MoveHypothesisResponse>, Status> {
        Ok(Response::new(hypotheses::move_to(self, request).await?))
    }

    async fn list_hypotheses(
        &self,
        request: Request<pb::ListHypothesesRequest>,
    ) -> Result<Response<pb::ListHypothesesResponse>, Status> {
        Ok(Response::new(hypotheses::list(self, request).await?))
    }

    async fn list_audit_entries(
        &self,
        request: Request<pb::ListAuditEntriesRequest>,
    ) -> Result<Response<pb::ListAuditEntriesResponse>, Status> {
        Ok(Response::new(list_audit_entries::list(self, request).await?))
    }
}
