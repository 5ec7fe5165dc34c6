//! The first steps of the candidates' calls: they read the token and load what it opens.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use crate::domain::application::{Application, Refused};
use crate::domain::attempt::Attempt;
use crate::domain::secret::Token;
use crate::error::Error;
use crate::store;

/// Reads a token.
pub(super) fn token(text: &str) -> Result<Token, Error> {
    Token::parse(text).map_err(|_| Refused::WrongToken.into())
}

/// Locks the application that a token opens.
pub(super) async fn application(conn: &mut AsyncPgConnection, token: &Token) -> Result<Application, Error> {
    let application = locked(conn, token).await?;
    application.opens(token)?;
    Ok(application)
}

/// Locks the application whose tests a token opens, and loads its attempt.
pub(super) async fn attempt(
    conn: &mut AsyncPgConnection,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<(Application, Attempt), Error> {
    let application = locked(conn, token).await?;
    application.opens_tests(token, now)?;
    let attempt = store::attempts::find(conn, application.id)
        .await?
        .ok_or(Refused::WrongToken)?;
    Ok((application, attempt))
}

/// Locks the application that a token names, without checking the token's secret. A missing
/// application gives the same error as a wrong secret.
pub(super) async fn locked(conn: &mut AsyncPgConnection, token: &Token) -> Result<Application, Error> {
    let application = store::applications::lock(conn, token.application()).await?;
    Ok(application.ok_or(Refused::WrongToken)?)
}
