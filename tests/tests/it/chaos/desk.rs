//! Where commands are given. Callers are real clients: they repeat a request that got no answer,
//! under its own id, until it is answered. What they were told is kept for the audit.

use std::sync::{Mutex, PoisonError};

use artel::call::Caller;
use artel::contracts::Context;
use artel::failure::Error;
use artel::story::Stage;
use serde_json::Value;
use uuid::Uuid;

/// A command that was acknowledged.
#[derive(Clone)]
pub struct Told {
    pub context: Context,
    pub method: &'static str,
    pub caller: Caller,
    pub request: Value,
    pub answer: Value,
}

pub struct Desk {
    pub stage: Stage,
    told: Mutex<Vec<Told>>,
}

impl Desk {
    pub fn new(stage: Stage) -> Self {
        let told = Mutex::default();
        Self { stage, told }
    }

    /// Gives a command and keeps what was answered. A refusal comes back and leaves nothing.
    pub async fn command(
        &self,
        caller: &Caller,
        context: Context,
        method: &'static str,
        request: Value,
    ) -> Result<Value, Error> {
        self.command_once_known(caller, context, method, request, &[])
            .await
    }

    /// The same, again and again while the refusal has one of these reasons: what it is about has
    /// yet to arrive.
    pub async fn command_once_known(
        &self,
        caller: &Caller,
        context: Context,
        method: &'static str,
        mut request: Value,
        unknown: &[&str],
    ) -> Result<Value, Error> {
        request["requestId"] = Uuid::new_v4().to_string().into();
        let answer = self
            .stage
            .call_until_known(caller, context, method, request.clone(), unknown)
            .await?;
        let told = Told {
            context,
            method,
            caller: caller.clone(),
            request,
            answer: answer.clone(),
        };
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(told);
        Ok(answer)
    }

    /// All that was acknowledged so far, oldest first.
    pub fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
