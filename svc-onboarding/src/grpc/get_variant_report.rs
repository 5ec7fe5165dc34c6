use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, field};
use tonic::Request;

use super::{Api, manager};
use crate::domain::score::Score;
use crate::domain::vacancy::Vacancy;
use crate::error::Error;
use crate::store;
use crate::store::variants::VariantResult;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetVariantReportRequest>,
) -> Result<pb::GetVariantReportResponse, Error> {
    let caller = Caller::of(&request)?;
    let id = field::id("vacancy_id", &request.get_ref().vacancy_id)?;
    let mut conn = api.db.connection().await?;
    manager::admit(&mut conn, &caller).await?;
    let vacancy = store::vacancies::find(&mut conn, id)
        .await?
        .ok_or(Error::VacancyNotFound(id))?;
    let mut results = store::variants::report(&mut conn, id).await?;
    add_unused(&mut conn, &vacancy, &mut results).await?;
    Ok(pb::GetVariantReportResponse {
        variants: results
            .into_iter()
            .map(|result| compared(&vacancy, result))
            .collect(),
    })
}

/// Adds the variants that were not assigned yet.
async fn add_unused(
    conn: &mut AsyncPgConnection,
    vacancy: &Vacancy,
    results: &mut Vec<VariantResult>,
) -> Result<(), Error> {
    for variant in &vacancy.variants {
        if results
            .iter()
            .any(|result| result.test_set_id == variant.test_set.0)
        {
            continue;
        }
        let test_set = store::test_sets::find(conn, variant.test_set).await?;
        results.push(VariantResult {
            test_set_id: variant.test_set.0,
            name: test_set.map(|set| set.name).unwrap_or_default(),
            ..VariantResult::default()
        });
    }
    Ok(())
}

fn compared(vacancy: &Vacancy, result: VariantResult) -> pb::VariantResult {
    let variant = vacancy
        .variants
        .iter()
        .find(|variant| variant.test_set.0 == result.test_set_id);
    let hypothesis = variant.and_then(|variant| variant.hypothesis);
    pb::VariantResult {
        test_set_id: result.test_set_id.to_string(),
        test_set_name: result.name,
        hypothesis_id: hypothesis.map(|id| id.to_string()).unwrap_or_default(),
        weight: variant.map_or(0, |variant| i32::try_from(variant.weight).unwrap_or(i32::MAX)),
        assigned: result.assigned,
        scored: result.scored,
        recommended: result.recommended,
        approved: result.approved,
        mean_score: i32::try_from(result.mean_score).unwrap_or(i32::MAX),
        pass_percent: percent(result.approved, result.scored),
        orders_completed: result.orders_completed,
        orders_failed: result.orders_failed,
        completed_percent: percent(
            result.orders_completed,
            result.orders_completed + result.orders_failed,
        ),
    }
}

fn percent(part: i64, whole: i64) -> i32 {
    let part = u64::try_from(part).unwrap_or_default();
    let whole = u64::try_from(whole).unwrap_or_default();
    Score::share(part, whole).value().into()
}
