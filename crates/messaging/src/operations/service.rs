//! The five methods of the contract.

use conventions::Actor;
use conventions::page::Page;
use diesel_async::AsyncPgConnection;
use operations_contract::v1 as pb;
use operations_contract::v1::operations_service_server::{OperationsService, OperationsServiceServer};
use service_host::{Caller, Database, Refusal, command};
use tonic::{Request, Response, Status};

use super::convert;
use super::payload::Contracts;
use crate::lag::Lags;
use crate::outbox;
use crate::parking::{self, DropRequest, Filter, OperateError};

/// Shows the events of one service to operators, and retries or drops them. Created by
/// [`Consumer::operations`](crate::Consumer::operations).
#[derive(Clone)]
pub struct Operations {
    db: Database,
    lags: Lags,
    service: &'static str,
    version: &'static str,
    contracts: Contracts,
    names_callers: bool,
}

impl Operations {
    pub(crate) fn new(
        db: Database,
        lags: Lags,
        service: &'static str,
        version: &'static str,
        descriptors: &[&[u8]],
    ) -> Self {
        Self {
            db,
            lags,
            service,
            version,
            contracts: Contracts::of(descriptors),
            names_callers: true,
        }
    }

    /// Does not store who calls: of a drop only the role, of requests nothing. Therefore a repeated
    /// request is executed again. That is harmless: an event is retried once more, and a dropped
    /// event is refused as dropped.
    #[must_use]
    pub fn nameless(mut self) -> Self {
        self.names_callers = false;
        self
    }

    /// The gRPC service.
    pub fn into_service(self) -> OperationsServiceServer<Self> {
        OperationsServiceServer::new(self)
    }

    async fn list(&self, request: pb::ListParkedRequest) -> Result<pb::ListParkedResponse, Refusal> {
        let list = format!(
            "parked/{}/{:?}/{}/{}",
            self.service, request.states, request.topic, request.key
        );
        let page = Page::read(&list, request.page_size, &request.page_token)?;
        let filter = Filter {
            states: convert::states(&request.states),
            topic: Some(request.topic).filter(|topic| !topic.is_empty()),
            key: Some(request.key).filter(|key| !key.is_empty()),
            before: page.after,
            limit: page.limit(),
        };
        let mut conn = self.db.connection().await?;
        let mut rows = parking::list(&mut conn, self.service, filter).await?;
        let next_page_token = page.cut(&list, &mut rows, |row| row.id);
        Ok(pb::ListParkedResponse {
            events: rows.iter().map(convert::event).collect(),
            next_page_token,
        })
    }

    async fn get(&self, request: pb::GetParkedRequest) -> Result<pb::GetParkedResponse, Refusal> {
        let mut conn = self.db.connection().await?;
        let row = parking::find(&mut conn, self.service, request.id)
            .await?
            .ok_or(OperateError::NotFound)?;
        let headers = row
            .headers()
            .into_iter()
            .map(|(name, value)| pb::Header { name, value });
        let shown = self.contracts.show(&row.ce_type, &row.payload);
        Ok(pb::GetParkedResponse {
            event: Some(convert::event(&row)),
            headers: headers.collect(),
            payload_json: shown.json,
            payload: shown.bytes,
        })
    }

    async fn retry(
        &self,
        caller: &Caller,
        request: &pb::RetryParkedRequest,
    ) -> Result<pb::RetryParkedResponse, Refusal> {
        let body = async |conn: &mut AsyncPgConnection| {
            let id = match &request.key {
                None => request.id,
                Some(place) => parking::first_of_key(conn, self.service, &place.topic, &place.key)
                    .await?
                    .ok_or(OperateError::NotFound)?,
            };
            let row = parking::retry(conn, self.service, id).await?;
            tracing::info!(parked.id = row.id, event.type = row.ce_type, "an operator retries an event");
            Ok::<_, OperateError>(pb::RetryParkedResponse {
                event: Some(convert::event(&row)),
            })
        };
        if self.names_callers {
            command(&self.db, caller, request, body).await
        } else {
            Ok(self.db.transaction(body).await?)
        }
    }

    async fn drop_one(
        &self,
        caller: &Caller,
        request: &pb::DropParkedRequest,
    ) -> Result<pb::DropParkedResponse, Refusal> {
        let subject = if self.names_callers { caller.subject() } else { "" };
        let by = Actor {
            role: caller.role(),
            id: subject.to_owned(),
        };
        let drop = DropRequest {
            by: &by,
            reason: &request.reason,
        };
        let body = async |conn: &mut AsyncPgConnection| {
            let row = parking::drop_one(conn, self.service, request.id, &drop).await?;
            tracing::info!(parked.id = row.id, event.type = row.ce_type, "an operator drops an event");
            Ok::<_, OperateError>(pb::DropParkedResponse {
                event: Some(convert::event(&row)),
            })
        };
        if self.names_callers {
            command(&self.db, caller, request, body).await
        } else {
            Ok(self.db.transaction(body).await?)
        }
    }

    async fn status(&self, request: pb::GetStatusRequest) -> Result<pb::GetStatusResponse, Refusal> {
        let (backlog, counts) = {
            let mut conn = self.db.connection().await?;
            (
                outbox::backlog(&mut conn).await?,
                parking::counts(&mut conn, self.service).await?,
            )
        };
        let (lags, lag_error) = match self.lags.measure().await {
            Ok(lags) => (lags, String::new()),
            Err(error) => (Vec::new(), error.to_string()),
        };
        let requested = lags
            .iter()
            .filter(|lag| request.topic.is_empty() || lag.topic == request.topic);
        Ok(pb::GetStatusResponse {
            service: self.service.to_owned(),
            version: self.version.to_owned(),
            outbox_depth: backlog.depth,
            outbox_oldest_at: backlog.oldest.map(convert::timestamp),
            lags: requested.map(convert::lag).collect(),
            lag_error,
            waiting: counts.waiting.count,
            parked: counts.parked.count,
            parked_oldest_at: counts.parked.oldest.map(convert::timestamp),
            following: counts.following.count,
            dropped: counts.dropped.count,
        })
    }
}

#[tonic::async_trait]
impl OperationsService for Operations {
    async fn list_parked(
        &self,
        request: Request<pb::ListParkedRequest>,
    ) -> Result<Response<pb::ListParkedResponse>, Status> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }

    async fn get_parked(
        &self,
        request: Request<pb::GetParkedRequest>,
    ) -> Result<Response<pb::GetParkedResponse>, Status> {
        Ok(Response::new(self.get(request.into_inner()).await?))
    }

    async fn retry_parked(
        &self,
        request: Request<pb::RetryParkedRequest>,
    ) -> Result<Response<pb::RetryParkedResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(self.retry(&caller, request.get_ref()).await?))
    }

    async fn drop_parked(
        &self,
        request: Request<pb::DropParkedRequest>,
    ) -> Result<Response<pb::DropParkedResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(self.drop_one(&caller, request.get_ref()).await?))
    }

    async fn get_status(
        &self,
        request: Request<pb::GetStatusRequest>,
    ) -> Result<Response<pb::GetStatusResponse>, Status> {
        Ok(Response::new(self.status(request.into_inner()).await?))
    }
}
