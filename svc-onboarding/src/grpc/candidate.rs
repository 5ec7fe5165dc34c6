//! What the candidates' calls begin with: the token, and what it opens.

use chrono::{DateTime, Utc};
use conventions::Role;
use conventions::types::Actor;
use diesel_async::AsyncPgConnection;

use crate::domain::application::{Application, Refused};
use crate::domain::attempt::Attempt;
use crate::domain::secret::Token;
use crate::error::Error;
use crate::store;

/// Reads a token. Text that is none opens nothing.
pub(super) fn token(text: &str) -> Result<Token, Error> {
    Token::parse(text).map_err(|_| Error::Application(Refused::WrongToken))
}

/// The application that a token opens, locked. One that isn't there is as closed as one that doesn't open.
pub(super) async fn application(conn: &mut AsyncPgConnection, token: &Token) -> Result<Application, Error> {
    let application = locked(conn, token).await?;
    application.opens(token).map_err(Error::Application)?;
    Ok(application)
}

/// The application whose tests a token opens, locked, with its attempt.
pub(super) async fn attempt(
    conn: &mut AsyncPgConnection,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<(Application, Attempt), Error> {
    let application = locked(conn, token).await?;
    application.opens_tests(token, now).map_err(Error::Application)?;
    let attempt = store::attempts::find(conn, application.id)
        .await?
        .ok_or(Error::Application(Refused::WrongToken))?;
    Ok((application, attempt))
}

/// The application that a token names, locked, whether it opens it or not.
pub(super) async fn locked(conn: &mut AsyncPgConnection, token: &Token) -> Result<Application, Error> {
    store::applications::lock(conn, token.application())
        .await?
        .ok_or(Error::Application(Refused::WrongToken))
}

/// The candidate, for records.
pub(super) fn actor(application: &Application) -> Actor {
    Actor {
        role: Role::Candidate.into(),
        id: application.id.to_string(),
    }
}
