use billing_contract::v1::AccountState;
use conventions::wire;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop, id};
use money::Currency;

use super::money;
use crate::store;
use crate::store::balances::Balance;

/// Reflects the balances of clients and workers (O8). The sum that a client has paid decides the
/// discount (O6).
pub(super) struct OnAccount {
    pub(super) currency: Currency,
}

impl On<AccountState> for OnAccount {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<AccountState>) -> Result<(), Stop> {
        let state = &event.message;
        let money = |field: &str, sum| money(field, sum, self.currency);
        let balance = Balance {
            owner: id("owner_id", &state.owner_id)?,
            balance: money("balance", state.balance.as_ref())?,
            paid: money("cumulative_paid", state.cumulative_paid.as_ref())?,
            due: money("due_at_next_closing", state.due_at_next_closing.as_ref())?,
            next_closing: wire::time("next_closing", state.next_closing.as_ref())?,
            as_of: wire::time("as_of", state.as_of.as_ref())?,
            version: state.version,
        };
        Ok(store::balances::record(conn, &balance).await?)
    }
}
