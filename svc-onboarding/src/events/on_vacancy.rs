//! A vacancy was made, edited or archived.

use admin_contract::v1 as admin;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use uuid::Uuid;

use crate::domain::form::Question;
use crate::domain::rule::{Best, Rule};
use crate::domain::score::Score;
use crate::domain::vacancy::Vacancy;
use crate::domain::variant::Variant;
use crate::store;

/// Keeps vacancies as they are now.
pub struct OnVacancy;

impl On<admin::VacancyState> for OnVacancy {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<admin::VacancyState>,
    ) -> Result<(), Stop> {
        let vacancy = vacancy(&event.message).map_err(Stop::refused)?;
        Ok(store::catalogue::put_vacancy(conn, &vacancy, event.time).await?)
    }
}

fn vacancy(state: &admin::VacancyState) -> Result<Vacancy, String> {
    let questions = state.questions.iter().map(|question| Question {
        name: question.name.clone(),
        text: question.text.clone(),
        required: question.required,
    });
    let variants = state.variants.iter().map(variant).collect::<Result<_, _>>()?;
    Ok(Vacancy {
        id: id(&state.vacancy_id)?,
        version: state.version,
        title: state.title.clone(),
        description: state.description.clone(),
        questions: questions.collect(),
        variants,
        rule: rule(state.rule.as_ref().ok_or("the vacancy has no rule")?)?,
        archived: state.archived,
    })
}

fn variant(variant: &admin::TestSetVariant) -> Result<Variant, String> {
    Ok(Variant {
        test_set: id(&variant.test_set_id)?,
        weight: u32::try_from(variant.weight).map_err(|error| error.to_string())?,
        hypothesis: match variant.hypothesis_id.as_str() {
            "" => None,
            hypothesis => Some(id(hypothesis)?),
        },
    })
}

/// 0 stands for "not asked".
fn rule(rule: &admin::AdmissionRule) -> Result<Rule, String> {
    let minimum = Score::new(rule.minimum_score.into()).map_err(|error| error.to_string())?;
    let percent = u8::try_from(rule.best_percent).map_err(|error| error.to_string())?;
    let window = u32::try_from(rule.window).map_err(|error| error.to_string())?;
    let best = Best {
        percent,
        // A share without a window is a share of as many as the contract lets anybody ask for.
        window: if window == 0 { LARGEST_WINDOW } else { window },
    };
    Ok(Rule {
        minimum: (minimum > Score::NONE).then_some(minimum),
        best: (percent > 0).then_some(best),
    })
}

const LARGEST_WINDOW: u32 = 10_000;

fn id(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| format!("{text} is not an id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h4_zeros_in_a_rule_ask_for_nothing() {
        let asks_nothing = admin::AdmissionRule::default();
        let expected = Rule {
            minimum: None,
            best: None,
        };
        assert_eq!(rule(&asks_nothing), Ok(expected));
    }

    #[test]
    fn h4_a_rule_is_read_whole() {
        let read = rule(&admin::AdmissionRule {
            minimum_score: 60,
            best_percent: 3,
            window: 0,
        });
        let expected = Rule {
            minimum: Some(Score::new(60).unwrap()),
            best: Some(Best {
                percent: 3,
                window: LARGEST_WINDOW,
            }),
        };
        assert_eq!(read, Ok(expected));
    }
}
