use conventions::page::Page;
use onboarding_contract::v1 as pb;
use tonic::Request;

use super::{Api, convert};
use crate::error::Error;
use crate::store::vacancies::{self, Key};

const LIST: &str = "vacancies";

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListVacanciesRequest>,
) -> Result<pb::ListVacanciesResponse, Error> {
    api.gate.call(&request, api.clock.now())?;
    let request = request.into_inner();
    let page = Page::<Key>::read(LIST, request.page_size, &request.page_token)?;
    let _permit = api.gate.enter_lane().await?;
    let mut conn = api.db.connection().await?;
    let mut rows = vacancies::list_open(&mut conn, page.after, page.limit()).await?;
    let next_page_token = page.cut(LIST, &mut rows, |(key, _)| *key);
    Ok(pb::ListVacanciesResponse {
        vacancies: rows
            .into_iter()
            .map(|(_, vacancy)| convert::vacancy(vacancy))
            .collect(),
        next_page_token,
    })
}
