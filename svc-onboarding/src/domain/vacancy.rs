//! A vacancy, as the admin context keeps it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::form::Question;
use super::rule::Rule;
use super::variant::Variant;

/// What one can apply for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vacancy {
    /// The admin context's id of it.
    pub id: Uuid,
    /// Ascending with every edit.
    pub version: i64,
    /// For everybody.
    pub title: String,
    /// For everybody.
    pub description: String,
    /// The application form.
    pub questions: Vec<Question>,
    /// The test sets that candidates are given, side by side.
    pub variants: Vec<Variant>,
    /// Who is recommended.
    pub rule: Rule,
    /// Archived vacancies take no new applications.
    pub archived: bool,
}
