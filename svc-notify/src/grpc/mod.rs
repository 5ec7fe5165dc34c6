//! The calls of this service.

mod convert;
mod list_deliveries;
mod list_notifications;
mod list_recipients;
mod list_templates;
mod mark_read;
mod preview_template;
mod reader;
mod resend_delivery;
mod watch_notifications;

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use notify_contract::v1 as pb;
use notify_contract::v1::notify_service_server::NotifyService;
use service_host::Database;
use tonic::{Request, Response, Status};

use crate::events::announce::Announcer;

/// What calls need.
pub struct Api {
    /// Where state is kept.
    pub db: Database,
    /// The letters.
    pub announcer: Arc<Announcer>,
}

#[tonic::async_trait]
impl NotifyService for Api {
    type WatchNotificationsStream =
        Pin<Box<dyn Stream<Item = Result<pb::WatchNotificationsResponse, Status>> + Send>>;

    async fn list_notifications(
        &self,
        request: Request<pb::ListNotificationsRequest>,
    ) -> Result<Response<pb::ListNotificationsResponse>, Status> {
        Ok(Response::new(
            list_notifications::handle(&self.db, &request).await?,
        ))
    }

    async fn watch_notifications(
        &self,
        request: Request<pb::WatchNotificationsRequest>,
    ) -> Result<Response<Self::WatchNotificationsStream>, Status> {
        Ok(Response::new(Box::pin(
            watch_notifications::handle(&self.db, &request).await?,
        )))
    }

    async fn mark_read(
        &self,
        request: Request<pb::MarkReadRequest>,
    ) -> Result<Response<pb::MarkReadResponse>, Status> {
        Ok(Response::new(mark_read::handle(&self.db, request).await?))
    }

    async fn list_deliveries(
        &self,
        request: Request<pb::ListDeliveriesRequest>,
    ) -> Result<Response<pb::ListDeliveriesResponse>, Status> {
        Ok(Response::new(
            list_deliveries::handle(&self.db, request.get_ref()).await?,
        ))
    }

    async fn resend_delivery(
        &self,
        request: Request<pb::ResendDeliveryRequest>,
    ) -> Result<Response<pb::ResendDeliveryResponse>, Status> {
        Ok(Response::new(resend_delivery::handle(&self.db, request).await?))
    }

    async fn list_recipients(
        &self,
        request: Request<pb::ListRecipientsRequest>,
    ) -> Result<Response<pb::ListRecipientsResponse>, Status> {
        Ok(Response::new(
            list_recipients::handle(&self.db, request.get_ref()).await?,
        ))
    }

    async fn list_templates(
        &self,
        request: Request<pb::ListTemplatesRequest>,
    ) -> Result<Response<pb::ListTemplatesResponse>, Status> {
        Ok(Response::new(list_templates::handle(request.get_ref())))
    }

    async fn preview_template(
        &self,
        request: Request<pb::PreviewTemplateRequest>,
    ) -> Result<Response<pb::PreviewTemplateResponse>, Status> {
        Ok(Response::new(preview_template::handle(
            &self.announcer.templates,
            request.get_ref(),
        )?))
    }
}
