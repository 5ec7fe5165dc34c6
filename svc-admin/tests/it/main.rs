//! svc-admin from outside: the real service on a real PostgreSQL, and, where events come or go, on a real Kafka.
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
