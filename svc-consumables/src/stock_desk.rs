//! What staff do with one material's stock (C4). Runs in the caller's transaction.

use diesel_async::AsyncPgConnection;

use crate::domain::ids::MaterialCode;
use crate::error::Error;
use crate::store::lines;
use crate::store::materials::{self, Stocked};
use crate::store::stock::{self, Cause};

/// What happens to a material's stock, in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// So many arrived.
    Receive(u32),
    /// So many are gone.
    WriteOff(u32),
    /// So many are there.
    Count(u32),
}

/// Makes the change, and gives what is free then to the kits that wait for it.
pub async fn change(
    conn: &mut AsyncPgConnection,
    code: &MaterialCode,
    change: Change,
    cause: &Cause,
) -> Result<Option<Stocked>, Error> {
    let codes = [code.clone()].into();
    let mut stock = stock::lock(conn, &codes).await?;
    match change {
        Change::Receive(pieces) => stock.receive(code, pieces)?,
        // Fewer pieces may take from kits what was set aside for them.
        Change::WriteOff(pieces) => {
            let mut claims = lines::claims(conn, code).await?;
            stock.write_off(code, pieces, &mut claims)?;
            lines::save(conn, &claims).await?;
        }
        Change::Count(counted) => {
            let mut claims = lines::claims(conn, code).await?;
            stock.count(code, counted, &mut claims)?;
            lines::save(conn, &claims).await?;
        }
    }
    lines::fill_waiting(conn, &mut stock, &codes).await?;
    stock::save(conn, stock, cause).await?;
    Ok(materials::find(conn, &code.0).await?)
}
