//! The service: each call goes to its file.

use std::sync::Arc;

use onboarding_contract::v1 as pb;
use onboarding_contract::v1::onboarding_service_server::OnboardingService;
use service_host::Database;
use tonic::{Request, Response, Status};

use crate::clock::Clock;
use crate::config::HiringOptions;
use crate::gate::Gate;

/// What the calls work with.
#[derive(Clone)]
pub struct Api {
    /// The service's own database.
    pub db: Database,
    /// What the public has to pass.
    pub gate: Arc<Gate>,
    /// How hiring goes.
    pub hiring: Arc<HiringOptions>,
    /// The server's clock.
    pub clock: Clock,
}

/// Writes the trait's methods: each one calls `handle` of the file of its name.
macro_rules! calls {
    ($($call:ident($request:ident) -> $response:ident),+ $(,)?) => {
        #[tonic::async_trait]
        impl OnboardingService for Api {
            $(
                async fn $call(
                    &self,
                    request: Request<pb::$request>,
                ) -> Result<Response<pb::$response>, Status> {
                    Ok(Response::new(super::$call::handle(self, request).await?))
                }
            )+
        }
    };
}

calls! {
    list_vacancies(ListVacanciesRequest) -> ListVacanciesResponse,
    get_challenge(GetChallengeRequest) -> GetChallengeResponse,
    apply(ApplyRequest) -> ApplyResponse,
    confirm_email(ConfirmEmailRequest) -> ConfirmEmailResponse,
    get_my_application(GetMyApplicationRequest) -> GetMyApplicationResponse,
    begin_test(BeginTestRequest) -> BeginTestResponse,
    next_task(NextTaskRequest) -> NextTaskResponse,
    submit_answer(SubmitAnswerRequest) -> SubmitAnswerResponse,
    finish_test(FinishTestRequest) -> FinishTestResponse,
    erase_my_data(EraseMyDataRequest) -> EraseMyDataResponse,
    list_applications(ListApplicationsRequest) -> ListApplicationsResponse,
    get_application(GetApplicationRequest) -> GetApplicationResponse,
    get_application_photo(GetApplicationPhotoRequest) -> GetApplicationPhotoResponse,
    note_contact(NoteContactRequest) -> NoteContactResponse,
    assign_test_set(AssignTestSetRequest) -> AssignTestSetResponse,
    grade_answer(GradeAnswerRequest) -> GradeAnswerResponse,
    approve_application(ApproveApplicationRequest) -> ApproveApplicationResponse,
    decline_application(DeclineApplicationRequest) -> DeclineApplicationResponse,
    get_variant_report(GetVariantReportRequest) -> GetVariantReportResponse,
}
