//! Calls that many tests make, each with its own request id.

use admin_contract::v1 as pb;
use orders_contract::v1 as orders;
use svc_admin::events::OnOrder;
use tonic::Status;

use crate::samples::{self, Order};
use crate::support::{World, id};

type Answer<T> = Result<T, Status>;

impl World {
    pub async fn create_service_type(&self, body: pb::ServiceType) -> Answer<pb::ServiceTypeState> {
        let request = pb::CreateServiceTypeRequest {
            request_id: id(),
            service_type: Some(body),
        };
        let answer = self.api().create_service_type(self.by_manager(request)).await?;
        Ok(answer.into_inner().service_type.unwrap())
    }

    pub async fn update_service_type(
        &self,
        of: &str,
        expected_version: i64,
        body: pb::ServiceType,
    ) -> Answer<pb::ServiceTypeState> {
        let request = pb::UpdateServiceTypeRequest {
            request_id: id(),
            service_type_id: of.to_owned(),
            expected_version,
            service_type: Some(body),
        };
        let answer = self.api().update_service_type(self.by_manager(request)).await?;
        Ok(answer.into_inner().service_type.unwrap())
    }

    pub async fn archive_service_type(&self, of: &str, restore: bool) -> Answer<pb::ServiceTypeState> {
        let request = pb::ArchiveServiceTypeRequest {
            request_id: id(),
            service_type_id: of.to_owned(),
            restore,
        };
        let answer = self.api().archive_service_type(self.by_manager(request)).await?;
        Ok(answer.into_inner().service_type.unwrap())
    }

    /// Version 0 means the current one.
    pub async fn get_service_type(&self, of: &str, version: i64) -> Answer<pb::ServiceTypeState> {
        let request = pb::GetServiceTypeRequest {
            service_type_id: of.to_owned(),
            version,
        };
        let answer = self.api().get_service_type(self.by_manager(request)).await?;
        Ok(answer.into_inner().service_type.unwrap())
    }

    pub async fn create_test(&self, body: pb::TestDraft) -> Answer<pb::Test> {
        let request = pb::CreateTestRequest {
            request_id: id(),
            test: Some(body),
        };
        let answer = self.api().create_test(self.by_manager(request)).await?;
        Ok(answer.into_inner().test.unwrap())
    }

    pub async fn update_test(
        &self,
        of: &str,
        expected_version: i64,
        body: pb::TestDraft,
    ) -> Answer<pb::Test> {
        let request = pb::UpdateTestRequest {
            request_id: id(),
            test_id: of.to_owned(),
            expected_version,
            test: Some(body),
        };
        let answer = self.api().update_test(self.by_manager(request)).await?;
        Ok(answer.into_inner().test.unwrap())
    }

    pub async fn archive_test(&self, of: &str) -> Answer<pb::Test> {
        let request = pb::ArchiveTestRequest {
            request_id: id(),
            test_id: of.to_owned(),
            restore: false,
        };
        let answer = self.api().archive_test(self.by_manager(request)).await?;
        Ok(answer.into_inner().test.unwrap())
    }

    pub async fn create_set(&self, name: &str, test_ids: &[&str]) -> Answer<pb::TestSetState> {
        let request = pb::CreateTestSetRequest {
            request_id: id(),
            test_set: Some(pb::TestSet {
                name: name.to_owned(),
                test_ids: test_ids.iter().map(ToString::to_string).collect(),
            }),
        };
        let answer = self.api().create_test_set(self.by_manager(request)).await?;
        Ok(answer.into_inner().test_set.unwrap())
    }

    pub async fn archive_set(&self, of: &str, restore: bool) -> Answer<pb::TestSetState> {
        let request = pb::ArchiveTestSetRequest {
            request_id: id(),
            test_set_id: of.to_owned(),
            restore,
        };
        let answer = self.api().archive_test_set(self.by_manager(request)).await?;
        Ok(answer.into_inner().test_set.unwrap())
    }

    /// Version 0 means the current one.
    pub async fn get_set(&self, of: &str, version: i64) -> Answer<pb::TestSetState> {
        let request = pb::GetTestSetRequest {
            test_set_id: of.to_owned(),
            version,
        };
        let answer = self.api().get_test_set(self.by_manager(request)).await?;
        Ok(answer.into_inner().test_set.unwrap())
    }

    pub async fn create_vacancy(&self, body: pb::Vacancy) -> Answer<pb::VacancyState> {
        let request = pb::CreateVacancyRequest {
            request_id: id(),
            vacancy: Some(body),
        };
        let answer = self.api().create_vacancy(self.by_manager(request)).await?;
        Ok(answer.into_inner().vacancy.unwrap())
    }

    pub async fn create_manager(&self, body: pb::Manager) -> Answer<pb::ManagerState> {
        let request = pb::CreateManagerRequest {
            request_id: id(),
            manager: Some(body),
        };
        let answer = self.api().create_manager(self.by_root(request)).await?;
        Ok(answer.into_inner().manager.unwrap())
    }

    pub async fn update_manager(&self, of: &pb::ManagerState, body: pb::Manager) -> Answer<pb::ManagerState> {
        let request = pb::UpdateManagerRequest {
            request_id: id(),
            manager_id: of.manager_id.clone(),
            expected_version: of.version,
            manager: Some(body),
        };
        let answer = self.api().update_manager(self.by_root(request)).await?;
        Ok(answer.into_inner().manager.unwrap())
    }

    pub async fn archive_manager(&self, of: &str, restore: bool) -> Answer<pb::ManagerState> {
        let request = pb::ArchiveManagerRequest {
            request_id: id(),
            manager_id: of.to_owned(),
            restore,
        };
        let answer = self.api().archive_manager(self.by_root(request)).await?;
        Ok(answer.into_inner().manager.unwrap())
    }

    /// Delivers the events of a completed order.
    pub async fn complete(&self, order: &Order) {
        self.deliver(&OnOrder, &order.placed()).await;
        self.deliver(&OnOrder, &order.assigned()).await;
        self.deliver(&OnOrder, &order.started()).await;
        self.deliver(&OnOrder, &order.completed()).await;
    }

    /// Delivers the events of a failed order and returns its case.
    pub async fn fail(&self, order: &Order, kind: orders::FailureKind) -> pb::QualityCase {
        self.deliver(&OnOrder, &order.assigned()).await;
        self.deliver(&OnOrder, &order.failed(kind)).await;
        self.case_of(order).await.unwrap()
    }

    pub async fn case_of(&self, order: &Order) -> Option<pb::QualityCase> {
        let request = pb::ListCasesRequest {
            order_id: order.id.to_string(),
            ..Default::default()
        };
        let answer = self.api().list_cases(self.by_quality(request)).await.unwrap();
        let mut cases = answer.into_inner().cases;
        assert!(cases.len() < 2, "at most one case per order");
        cases.pop()
    }

    pub async fn draw(&self) -> Answer<pb::QualityCase> {
        let request = pb::DrawCaseRequest { request_id: id() };
        let answer = self.api().draw_case(self.by_quality(request)).await?;
        Ok(answer.into_inner().case.unwrap())
    }

    pub async fn open_case(&self, order: &Order) -> Answer<pb::QualityCase> {
        let request = pb::OpenCaseRequest {
            request_id: id(),
            order_id: order.id.to_string(),
        };
        let answer = self.api().open_case(self.by_quality(request)).await?;
        Ok(answer.into_inner().case.unwrap())
    }

    pub async fn get_case(&self, of: &str) -> Answer<pb::QualityCase> {
        let request = pb::GetCaseRequest {
            case_id: of.to_owned(),
        };
        let answer = self.api().get_case(self.by_quality(request)).await?;
        Ok(answer.into_inner().case.unwrap())
    }

    pub async fn note(&self, case_id: &str, text: &str, call: bool) -> Answer<pb::Note> {
        let request = pb::AddNoteRequest {
            request_id: id(),
            case_id: case_id.to_owned(),
            text: text.to_owned(),
            call,
        };
        let answer = self.api().add_note(self.by_quality(request)).await?;
        Ok(answer.into_inner().note.unwrap())
    }

    pub async fn close_case(&self, case_id: &str, form: pb::CaseForm) -> Answer<pb::QualityCase> {
        let request = pb::CloseCaseRequest {
            request_id: id(),
            case_id: case_id.to_owned(),
            form: Some(form),
        };
        let answer = self.api().close_case(self.by_quality(request)).await?;
        Ok(answer.into_inner().case.unwrap())
    }

    /// Closes a case with this rating.
    pub async fn rate(&self, case_id: &str, rating: i32) -> Answer<pb::QualityCase> {
        self.close_case(case_id, samples::form(rating)).await
    }

    pub async fn create_hypothesis(&self, text: &str) -> Answer<pb::Hypothesis> {
        let request = pb::CreateHypothesisRequest {
            request_id: id(),
            text: text.to_owned(),
        };
        let answer = self.api().create_hypothesis(self.by_quality(request)).await?;
        Ok(answer.into_inner().hypothesis.unwrap())
    }

    pub async fn move_hypothesis(&self, of: &str, to: pb::HypothesisState) -> Answer<pb::Hypothesis> {
        let request = pb::MoveHypothesisRequest {
            request_id: id(),
            hypothesis_id: of.to_owned(),
            state: to.into(),
        };
        let answer = self.api().move_hypothesis(self.by_quality(request)).await?;
        Ok(answer.into_inner().hypothesis.unwrap())
    }

    /// One column of the board, or the whole board.
    pub async fn board(&self, state: pb::HypothesisState) -> Vec<pb::Hypothesis> {
        let request = pb::ListHypothesesRequest {
            state: state.into(),
            ..Default::default()
        };
        let answer = self
            .api()
            .list_hypotheses(self.by_quality(request))
            .await
            .unwrap();
        answer.into_inner().hypotheses
    }

    /// The audit log about one object, newest first; about all for an empty id.
    pub async fn audit(&self, subject_id: &str) -> Vec<pb::AuditEntry> {
        let request = pb::ListAuditEntriesRequest {
            subject_id: subject_id.to_owned(),
            ..Default::default()
        };
        let answer = self
            .api()
            .list_audit_entries(self.by_manager(request))
            .await
            .unwrap();
        answer.into_inner().entries
    }
}
