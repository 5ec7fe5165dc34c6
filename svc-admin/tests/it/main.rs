//! svc-admin as its callers see it: the service runs on PostgreSQL, and on Kafka where events are
//! sent.
#![cfg(test)]

mod a1_entries;
mod a1_managers;
mod a1_references;
mod a2_cases;
mod a3_review;
mod a4_hypotheses;
mod a5_audit;
mod access;
mod calls;
mod g3_requests;
mod g5_pages;
mod migrations;
mod over_kafka;
mod samples;
mod support;
