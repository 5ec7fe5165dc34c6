use notify_contract::v1 as pb;
use service_host::Refusal;
use tonic::Request;

use super::Api;
use crate::error::Error;

#[expect(clippy::unused_async, reason = "dispatch! awaits every handler")]
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::PreviewTemplateRequest>,
) -> Result<pb::PreviewTemplateResponse, Error> {
    let request = request.into_inner();
    let language = request
        .language
        .parse()
        .map_err(|_| Refusal::invalid("language", "must be ru or en"))?;
    let letter = api.announcer.templates.preview(&request.template, language)?;
    Ok(pb::PreviewTemplateResponse {
        subject: letter.subject,
        text: letter.text,
        html: letter.html,
    })
}
