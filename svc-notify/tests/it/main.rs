//! Notify from outside: with a database of its own, a mail server, and, where events come from
//! there, Kafka.
#![cfg(test)]

mod deliveries;
mod erasing;
mod feeds;
mod letters;
mod managing;
mod migrations;
mod notifications;
mod over_kafka;
mod samples;
mod support;
