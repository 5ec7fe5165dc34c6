//! svc-onboarding as its callers see it, on a real PostgreSQL. `events` also uses a real Kafka.
#![cfg(test)]

mod access;
mod again;
mod apply;
mod decide;
mod erase;
mod events;
mod flood;
mod grade;
mod messages;
mod migrations;
mod replies;
mod setting;
mod support;
mod take_tests;
mod variants;
