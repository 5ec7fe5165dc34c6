//! svc-onboarding as callers and events see it, on a real PostgreSQL and, where events are concerned, a real Kafka.
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
