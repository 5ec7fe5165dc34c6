//! The host against a real PostgreSQL and over real sockets, with a tiny service of its own.
#![cfg(test)]

mod access;
mod commands;
mod confusion;
mod contract;
mod database;
mod frozen;
mod lifecycle;
mod limits;
mod parts;
mod patience;
mod server;
mod sqlstate;
mod streams;
mod support;
mod telemetry;
mod web;
mod wire;
