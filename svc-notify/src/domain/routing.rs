//! Which event is announced to whom, by which template (N3). A new notification is a line here and
//! a folder in `templates/`.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Candidate,
    /// Each manager who decides about applications.
    Managers,
    Client,
    Worker,
    /// The consumables department.
    Department,
}

/// A line of the routing table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The event's CloudEvents type.
    pub event: &'static str,
    /// An event that concerns no client or worker is announced to none.
    pub audience: Audience,
    /// The folder in `templates/`.
    pub template: &'static str,
    /// Whether the letter holds a link that only its recipient may know. Such a letter is deleted
    /// once it is sent.
    pub secret: bool,
}

const fn route(event: &'static str, audience: Audience, template: &'static str) -> Route {
    Route {
        event,
        audience,
        template,
        secret: false,
    }
}

const fn secret(event: &'static str, audience: Audience, template: &'static str) -> Route {
    Route {
        secret: true,
        ..route(event, audience, template)
    }
}

use Audience::{Candidate, Client, Department, Managers, Worker};

/// The routing table.
pub const ROUTES: &[Route] = &[
    secret(
        "artel.onboarding.v1.ApplicationSubmitted",
        Candidate,
        "application-received",
    ),
    route(
        "artel.onboarding.v1.ApplicationRepeated",
        Candidate,
        "application-repeated",
    ),
    route(
        "artel.onboarding.v1.ApplicationConfirmed",
        Candidate,
        "application-confirmed",
    ),
    route(
        "artel.onboarding.v1.ApplicationConfirmed",
        Managers,
        "application-new",
    ),
    secret("artel.onboarding.v1.TestSetAssigned", Candidate, "tests-assigned"),
    route("artel.onboarding.v1.TestsFinished", Candidate, "tests-received"),
    route("artel.onboarding.v1.TestsFinished", Managers, "tests-finished"),
    route(
        "artel.onboarding.v1.ApplicationApproved",
        Candidate,
        "application-approved",
    ),
    route(
        "artel.onboarding.v1.ApplicationDeclined",
        Candidate,
        "application-declined",
    ),
    route("artel.orders.v1.OrderPlaced", Client, "order-placed"),
    route("artel.orders.v1.OrderWaiting", Client, "order-waiting"),
    route("artel.orders.v1.OrderAssigned", Client, "order-assigned"),
    route("artel.orders.v1.OrderAssigned", Worker, "job-assigned"),
    route("artel.orders.v1.OrderUnassigned", Client, "order-unassigned"),
    route("artel.orders.v1.OrderUnassigned", Worker, "job-unassigned"),
    route("artel.orders.v1.OrderStarted", Client, "order-started"),
    route("artel.orders.v1.OrderCompleted", Client, "order-completed"),
    route("artel.orders.v1.OrderCancelled", Client, "order-cancelled"),
    route("artel.orders.v1.OrderCancelled", Worker, "job-cancelled"),
    route("artel.orders.v1.OrderFailed", Client, "order-failed"),
    route("artel.consumables.v1.KitRequested", Department, "kit-requested"),
    route("artel.consumables.v1.KitReady", Worker, "kit-ready"),
    route("artel.consumables.v1.StockLow", Department, "stock-low"),
    route("artel.billing.v1.InvoiceIssued", Client, "invoice-issued"),
    route("artel.billing.v1.InvoiceIssued", Worker, "payout-announced"),
    route("artel.billing.v1.PaymentSucceeded", Client, "payment-succeeded"),
    route("artel.billing.v1.PaymentFailed", Client, "payment-failed"),
    route("artel.billing.v1.InvoiceOverdue", Client, "invoice-overdue"),
    route("artel.billing.v1.PayoutMade", Worker, "payout-made"),
    route("artel.admin.v1.QualityCaseClosed", Client, "case-closed"),
    route("artel.admin.v1.QualityCaseClosed", Worker, "job-reviewed"),
];

/// The lines of the table for an event.
pub fn routes_of(event: &str) -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(move |route| route.event == event)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ROUTES;

    #[test]
    fn n2_each_event_has_one_line_for_an_audience_and_each_line_its_own_template() {
        let audiences: BTreeSet<_> = ROUTES
            .iter()
            .map(|route| (route.event, format!("{:?}", route.audience)))
            .collect();
        let templates: BTreeSet<_> = ROUTES.iter().map(|route| route.template).collect();
        assert_eq!((audiences.len(), templates.len()), (ROUTES.len(), ROUTES.len()));
    }
}
