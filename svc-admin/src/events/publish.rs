//! Domain → event.

use admin_contract::v1 as pb;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use messaging::publish;

use crate::domain::case::{Case, Closing};
use crate::domain::manager::Manager;
use crate::domain::service_type::ServiceType;
use crate::domain::test::Test;
use crate::domain::test_set::TestSet;
use crate::domain::vacancy::Vacancy;
use crate::domain::{Entry, Versioned};
use crate::grpc::convert;

/// An entry whose versions are told to the others.
pub trait Announce: Entry {
    /// Publishes the version, in the transaction that saves it.
    fn publish(
        conn: &mut AsyncPgConnection,
        entry: &Versioned<Self>,
    ) -> impl Future<Output = QueryResult<()>> + Send;
}

impl Announce for ServiceType {
    async fn publish(conn: &mut AsyncPgConnection, entry: &Versioned<Self>) -> QueryResult<()> {
        publish(conn, &convert::service_type::state(entry)).await
    }
}

impl Announce for Vacancy {
    async fn publish(conn: &mut AsyncPgConnection, entry: &Versioned<Self>) -> QueryResult<()> {
        publish(conn, &convert::vacancy::state(entry)).await
    }
}

/// A test is told as part of the sets that it is in.
impl Announce for Test {
    async fn publish(_: &mut AsyncPgConnection, _: &Versioned<Self>) -> QueryResult<()> {
        Ok(())
    }
}

impl Announce for TestSet {
    async fn publish(conn: &mut AsyncPgConnection, entry: &Versioned<Self>) -> QueryResult<()> {
        publish(conn, &convert::test::set_state(entry)).await
    }
}

impl Announce for Manager {
    async fn publish(conn: &mut AsyncPgConnection, entry: &Versioned<Self>) -> QueryResult<()> {
        publish(conn, &convert::manager::state(entry)).await
    }
}

/// Says that a case was opened.
pub(crate) async fn case_opened(conn: &mut AsyncPgConnection, case: &Case) -> QueryResult<()> {
    let event = pb::QualityCaseOpened {
        order_id: case.order_id.to_string(),
        case_id: case.id.to_string(),
        cause: convert::case::cause(case.cause).into(),
        client_id: case.client_id.to_string(),
        worker_id: convert::optional_id(case.worker_id),
        at: Some(convert::time(case.opened_at)),
        by: Some(convert::actor(&case.opened_by)),
    };
    publish(conn, &event).await
}

/// Says that a case was closed.
pub(crate) async fn case_closed(
    conn: &mut AsyncPgConnection,
    case: &Case,
    closing: &Closing,
    service_type_name: &str,
) -> QueryResult<()> {
    let event = pb::QualityCaseClosed {
        order_id: case.order_id.to_string(),
        case_id: case.id.to_string(),
        client_id: case.client_id.to_string(),
        worker_id: convert::optional_id(case.worker_id),
        service_type_name: service_type_name.to_owned(),
        verdict: convert::case::verdict(closing.form.verdict).into(),
        conclusion: closing.form.conclusion.clone(),
        rating: closing.form.rating,
        at: Some(convert::time(closing.at)),
        by: Some(convert::actor(&closing.by)),
    };
    publish(conn, &event).await
}
