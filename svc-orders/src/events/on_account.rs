use billing_contract::v1::AccountState;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use money::Currency;

use super::{required, uuid};
use crate::store::balances::Balance;
use crate::{store, wire};

/// Reflects the balances of clients and workers (O8). What clients have paid so far decides their discount (O6).
pub(super) struct OnAccount {
    /// The company's currency.
    pub(super) currency: Currency,
}

impl On<AccountState> for OnAccount {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<AccountState>) -> Result<(), Stop> {
        let state = &event.message;
        let money = |field: &str, money: Option<&conventions::types::Money>| {
            let money = wire::to_money(required(field, money)?).map_err(Stop::refused)?;
            if money.currency() == self.currency {
                Ok(money)
            } else {
                Err(Stop::refused(format!(
                    "accounts are in {}, {field} is {money}",
                    self.currency
                )))
            }
        };
        let balance = Balance {
            owner: uuid("owner_id", &state.owner_id)?,
            balance: money("balance", state.balance.as_ref())?,
            paid: money("cumulative_paid", state.cumulative_paid.as_ref())?,
            due: money("due_at_next_closing", state.due_at_next_closing.as_ref())?,
            next_closing: required("next_closing", state.next_closing.as_ref().and_then(wire::moment))?,
            as_of: required("as_of", state.as_of.as_ref().and_then(wire::moment))?,
            version: state.version,
        };
        store::balances::keep(conn, &balance).await?;
        Ok(())
    }
}
