//! The call `PreviewTemplate`.

use notify_contract::v1 as pb;
use service_host::Refusal;

use crate::error::Error;
use crate::templates::Templates;

pub(super) fn handle(
    templates: &Templates,
    request: &pb::PreviewTemplateRequest,
) -> Result<pb::PreviewTemplateResponse, Error> {
    let language = request
        .language
        .parse()
        .map_err(|_| Refusal::invalid("language", "must be ru or en"))?;
    let letter = templates.preview(&request.template, language)?;
    Ok(pb::PreviewTemplateResponse {
        subject: letter.subject,
        text: letter.text,
        html: letter.html,
    })
}
