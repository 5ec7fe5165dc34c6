//! The calls of `OnboardingService`, one file each.

mod api;
mod apply;
mod approve_application;
mod assign_test_set;
mod begin_test;
mod candidate;
mod confirm_email;
pub(crate) mod convert;
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

pub use api::Api;
