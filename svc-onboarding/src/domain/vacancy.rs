//! Vacancies, as the admin context publishes them.

use serde::{Deserialize, Serialize};

use super::form::Question;
use super::ids::VacancyId;
use super::rule::Rule;
use super::variant::Variant;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vacancy {
    pub id: VacancyId,
    /// Grows with every edit.
    pub version: i64,
    pub title: String,
    pub description: String,
    /// The questions of the application form.
    pub questions: Vec<Question>,
    /// The test sets among which candidates are distributed.
    pub variants: Vec<Variant>,
    /// Decides which candidates are recommended.
    pub rule: Rule,
    /// An archived vacancy takes no new applications.
    pub archived: bool,
}
