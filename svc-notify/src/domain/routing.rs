//! Which event tells whom, with which template (N3). A new notification is a line here and a folder in `templates/`.

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whoever applied.
    Candidate,
    /// Every manager who hires.
    Managers,
    /// The client whose order or invoice it is.
    Client,
    /// The worker whose job or payout it is.
    Worker,
    /// The consumables department.
    Department,
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The event's CloudEvents type.
    pub event: &'static str,
    /// Who is told. An event that concerns no client (or no worker) tells none.
    pub audience: Audience,
    /// The folder in `templates/`.
    pub template: &'static str,
    /// The letter carries a link that only its recipient may know: nothing of it is kept once it is sent.
    pub secret: bool,
}

const fn tell(event: &'static str, audience: Audience, template: &'static str) -> Route {
    Route {
        event,
        audience,
        template,
        secret: false,
    }
}

const fn tell_in_secret(event: &'static str, audience: Audience, template: &'static str) -> Route {
    Route {
        event,
        audience,
        template,
        secret: true,
    }
}

use Audience::{Candidate, Client, Department, Managers, Worker};

/// The table.
pub const ROUTES: &[Route] = &[
    tell_in_secret(
        "artel.onboarding.v1.ApplicationSubmitted",
        Candidate,
        "application-received",
    ),
    tell(
        "artel.onboarding.v1.ApplicationRepeated",
        Candidate,
        "application-repeated",
    ),
    tell(
        "artel.onboarding.v1.ApplicationConfirmed",
        Candidate,
        "application-confirmed",
    ),
    tell(
        "artel.onboarding.v1.ApplicationConfirmed",
        Managers,
        "application-new",
    ),
    tell_in_secret("artel.onboarding.v1.TestSetAssigned", Candidate, "tests-assigned"),
    tell("artel.onboarding.v1.TestsFinished", Candidate, "tests-received"),
    tell("artel.onboarding.v1.TestsFinished", Managers, "tests-finished"),
    tell(
        "artel.onboarding.v1.ApplicationApproved",
        Candidate,
        "application-approved",
    ),
    tell(
        "artel.onboarding.v1.ApplicationDeclined",
        Candidate,
        "application-declined",
    ),
    tell("artel.orders.v1.OrderPlaced", Client, "order-placed"),
    tell("artel.orders.v1.OrderWaiting", Client, "order-waiting"),
    tell("artel.orders.v1.OrderAssigned", Client, "order-assigned"),
    tell("artel.orders.v1.OrderAssigned", Worker, "job-assigned"),
    tell("artel.orders.v1.OrderUnassigned", Client, "order-unassigned"),
    tell("artel.orders.v1.OrderUnassigned", Worker, "job-unassigned"),
    tell("artel.orders.v1.OrderStarted", Client, "order-started"),
    tell("artel.orders.v1.OrderCompleted", Client, "order-completed"),
    tell("artel.orders.v1.OrderCancelled", Client, "order-cancelled"),
    tell("artel.orders.v1.OrderCancelled", Worker, "job-cancelled"),
    tell("artel.orders.v1.OrderFailed", Client, "order-failed"),
    tell("artel.consumables.v1.KitRequested", Department, "kit-requested"),
    tell("artel.consumables.v1.KitReady", Worker, "kit-ready"),
    tell("artel.consumables.v1.StockLow", Department, "stock-low"),
    tell("artel.billing.v1.InvoiceIssued", Client, "invoice-issued"),
    tell("artel.billing.v1.InvoiceIssued", Worker, "payout-announced"),
    tell("artel.billing.v1.PaymentSucceeded", Client, "payment-succeeded"),
    tell("artel.billing.v1.PaymentFailed", Client, "payment-failed"),
    tell("artel.billing.v1.InvoiceOverdue", Client, "invoice-overdue"),
    tell("artel.billing.v1.PayoutMade", Worker, "payout-made"),
    tell("artel.admin.v1.QualityCaseClosed", Client, "case-closed"),
    tell("artel.admin.v1.QualityCaseClosed", Worker, "job-reviewed"),
];

/// The lines of one event.
pub fn routes_of(event: &str) -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(move |route| route.event == event)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ROUTES;

    #[test]
    fn n2_no_event_tells_the_same_audience_twice_and_no_template_serves_two_lines() {
        let told: BTreeSet<_> = ROUTES
            .iter()
            .map(|route| (route.event, format!("{:?}", route.audience)))
            .collect();
        let templates: BTreeSet<_> = ROUTES.iter().map(|route| route.template).collect();
        assert_eq!((told.len(), templates.len()), (ROUTES.len(), ROUTES.len()));
    }
}
