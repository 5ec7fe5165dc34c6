//! What staff do with the stock of one material (C4).

use diesel_async::AsyncPgConnection;

use crate::domain::ids::MaterialCode;
use crate::domain::stock::{Balance, Cause};
use crate::error::Error;
use crate::store::{lines, materials, stock};

/// A number of pieces.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    Receive(u32),
    WriteOff(u32),
    /// A stock-take.
    Count(u32),
}

/// Changes the stock, and reserves what is free then for the kits that wait for it.
pub async fn change_stock(
    conn: &mut AsyncPgConnection,
    code: &MaterialCode,
    act: Act,
    cause: Cause,
) -> Result<Balance, Error> {
    let codes = [code.clone()].into();
    let mut stock = stock::lock(conn, &codes).await?;
    match act {
        Act::Receive(pieces) => stock.receive(code, pieces)?,
        Act::WriteOff(pieces) => {
            let mut claims = lines::claims(conn, code).await?;
            stock.write_off(code, pieces, &mut claims)?;
            lines::save(conn, &claims).await?;
        }
        Act::Count(counted) => {
            let mut claims = lines::claims(conn, code).await?;
            stock.count(code, counted, &mut claims)?;
            lines::save(conn, &claims).await?;
        }
    }
    lines::fill_waiting(conn, &mut stock, &codes).await?;
    messaging::save(conn, &stock.finish(cause)).await?;
    materials::get(conn, code).await
}
