//! The calls, one file each.

mod apply;
mod approve_application;
mod assign_test_set;
mod begin_test;
mod candidate;
mod confirm_email;
mod convert;
mod decline_application;
mod erase_my_data;
mod finish_test;
mod get_application;
mod get_application_photo;
mod get_challenge;
mod get_my_application;
mod get_variant_report;
mod grade_answer;
mod list_applications;
mod list_vacancies;
mod manager;
mod next_task;
mod note_contact;
mod submit_answer;

use std::sync::Arc;

use service_host::{Clock, Database};

use crate::config::HiringOptions;
use crate::gate::Gate;

/// What all calls share.
#[derive(Clone)]
pub struct Api {
    pub db: Database,
    /// Limits and checks public calls.
    pub gate: Arc<Gate>,
    pub hiring: Arc<HiringOptions>,
    pub clock: Clock,
}

onboarding_contract::dispatch!(OnboardingService for Api);
