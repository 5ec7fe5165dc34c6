//! The five kinds of entry: their fields, calls and messages.

use admin_contract::v1 as pb;
use service_host::field;
use tonic::Request;

use super::super::{Api, entry};
use crate::domain::manager::Manager;
use crate::domain::service_type::ServiceType;
use crate::domain::test::Test;
use crate::domain::test_set::TestSet;
use crate::domain::vacancy::Vacancy;
use crate::error::Error;

/// Writes a module with a `handle` for each of the five calls of one kind. `$entry`, `$id` and
/// `$entries` are the names of the fields with the body, the id and the list.
macro_rules! calls {
    (
        $kind:ty { $entry:ident, $id:ident, $entries:ident }
        $create:ident($create_request:ident) -> $create_response:ident,
        $update:ident($update_request:ident) -> $update_response:ident,
        $archive:ident($archive_request:ident) -> $archive_response:ident,
        $get:ident($get_request:ident) -> $get_response:ident,
        $list:ident($list_request:ident) -> $list_response:ident,
    ) => {
        pub(in crate::grpc) mod $create {
            use super::*;

            pub(in crate::grpc) async fn handle(
                api: &Api,
                request: Request<pb::$create_request>,
            ) -> Result<pb::$create_response, Error> {
                let body = request.get_ref().$entry.clone();
                let draft = entry::draft::<$kind, _>(api, stringify!($entry), body)?;
                entry::create::<$kind, _, _>(api, request, draft, |state| pb::$create_response {
                    $entry: Some(state),
                })
                .await
            }
        }

        pub(in crate::grpc) mod $update {
            use super::*;

            pub(in crate::grpc) async fn handle(
                api: &Api,
                request: Request<pb::$update_request>,
            ) -> Result<pb::$update_response, Error> {
                let message = request.get_ref();
                let version = (
                    field::id(stringify!($id), &message.$id)?,
                    message.expected_version,
                );
                let draft = entry::draft::<$kind, _>(api, stringify!($entry), message.$entry.clone())?;
                entry::update::<$kind, _, _>(api, request, version, draft, |state| pb::$update_response {
                    $entry: Some(state),
                })
                .await
            }
        }

        pub(in crate::grpc) mod $archive {
            use super::*;

            pub(in crate::grpc) async fn handle(
                api: &Api,
                request: Request<pb::$archive_request>,
            ) -> Result<pb::$archive_response, Error> {
                let id = field::id(stringify!($id), &request.get_ref().$id)?;
                let restore = request.get_ref().restore;
                entry::archive::<$kind, _, _>(api, request, id, restore, |state| pb::$archive_response {
                    $entry: Some(state),
                })
                .await
            }
        }

        pub(in crate::grpc) mod $get {
            use super::*;

            pub(in crate::grpc) async fn handle(
                api: &Api,
                request: Request<pb::$get_request>,
            ) -> Result<pb::$get_response, Error> {
                let request = request.into_inner();
                let id = field::id(stringify!($id), &request.$id)?;
                let state = entry::get::<$kind>(api, id, request.version).await?;
                Ok(pb::$get_response {
                    $entry: Some(state),
                })
            }
        }

        pub(in crate::grpc) mod $list {
            use super::*;

            pub(in crate::grpc) async fn handle(
                api: &Api,
                request: Request<pb::$list_request>,
            ) -> Result<pb::$list_response, Error> {
                let request = request.into_inner();
                let (size, token) = (request.page_size, &request.page_token);
                let list = entry::list::<$kind>(
                    api,
                    stringify!($entries),
                    request.include_archived,
                    size,
                    token,
                );
                let ($entries, next_page_token) = list.await?;
                Ok(pb::$list_response {
                    $entries,
                    next_page_token,
                })
            }
        }
    };
}

calls! {
    ServiceType { service_type, service_type_id, service_types }
    create_service_type(CreateServiceTypeRequest) -> CreateServiceTypeResponse,
    update_service_type(UpdateServiceTypeRequest) -> UpdateServiceTypeResponse,
    archive_service_type(ArchiveServiceTypeRequest) -> ArchiveServiceTypeResponse,
    get_service_type(GetServiceTypeRequest) -> GetServiceTypeResponse,
    list_service_types(ListServiceTypesRequest) -> ListServiceTypesResponse,
}

calls! {
    Vacancy { vacancy, vacancy_id, vacancies }
    create_vacancy(CreateVacancyRequest) -> CreateVacancyResponse,
    update_vacancy(UpdateVacancyRequest) -> UpdateVacancyResponse,
    archive_vacancy(ArchiveVacancyRequest) -> ArchiveVacancyResponse,
    get_vacancy(GetVacancyRequest) -> GetVacancyResponse,
    list_vacancies(ListVacanciesRequest) -> ListVacanciesResponse,
}

calls! {
    Test { test, test_id, tests }
    create_test(CreateTestRequest) -> CreateTestResponse,
    update_test(UpdateTestRequest) -> UpdateTestResponse,
    archive_test(ArchiveTestRequest) -> ArchiveTestResponse,
    get_test(GetTestRequest) -> GetTestResponse,
    list_tests(ListTestsRequest) -> ListTestsResponse,
}

calls! {
    TestSet { test_set, test_set_id, test_sets }
    create_test_set(CreateTestSetRequest) -> CreateTestSetResponse,
    update_test_set(UpdateTestSetRequest) -> UpdateTestSetResponse,
    archive_test_set(ArchiveTestSetRequest) -> ArchiveTestSetResponse,
    get_test_set(GetTestSetRequest) -> GetTestSetResponse,
    list_test_sets(ListTestSetsRequest) -> ListTestSetsResponse,
}

calls! {
    Manager { manager, manager_id, managers }
    create_manager(CreateManagerRequest) -> CreateManagerResponse,
    update_manager(UpdateManagerRequest) -> UpdateManagerResponse,
    archive_manager(ArchiveManagerRequest) -> ArchiveManagerResponse,
    get_manager(GetManagerRequest) -> GetManagerResponse,
    list_managers(ListManagersRequest) -> ListManagersResponse,
}
