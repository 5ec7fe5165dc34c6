//! The contexts and their methods, from the contracts' descriptors.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, MethodDescriptor};

/// A context that can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Context {
    /// What managers configure and review.
    Admin,
    /// Clients, workers, orders, matching.
    Orders,
    /// Kits, cookies, stock.
    Consumables,
    /// Ledger, invoices, payments, payouts.
    Billing,
    /// Vacancies' applications and their tests.
    Onboarding,
    /// Letters and feeds.
    Notify,
}

impl Context {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Admin,
        Self::Orders,
        Self::Consumables,
        Self::Billing,
        Self::Onboarding,
        Self::Notify,
    ];

    /// The name in packages, flags and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Orders => "orders",
            Self::Consumables => "consumables",
            Self::Billing => "billing",
            Self::Onboarding => "onboarding",
            Self::Notify => "notify",
        }
    }

    /// The context's method of this name. Names are unique in a context; every context also offers its operations.
    pub fn method(self, name: &str) -> Option<MethodDescriptor> {
        self.methods().into_iter().find(|method| method.name() == name)
    }

    /// Every method that the context offers.
    pub fn methods(self) -> Vec<MethodDescriptor> {
        let package = format!("artel.{}.v1", self.name());
        POOL.services()
            .filter(|service| service.package_name() == package || service.package_name() == OPERATIONS)
            .flat_map(|service| service.methods().collect::<Vec<_>>())
            .collect()
    }
}

const OPERATIONS: &str = "artel.operations.v1";

/// All contracts in one pool.
static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let mut pool = DescriptorPool::new();
    for set in [
        admin_contract::FILE_DESCRIPTOR_SET,
        orders_contract::FILE_DESCRIPTOR_SET,
        consumables_contract::FILE_DESCRIPTOR_SET,
        billing_contract::FILE_DESCRIPTOR_SET,
        onboarding_contract::FILE_DESCRIPTOR_SET,
        notify_contract::FILE_DESCRIPTOR_SET,
        operations_contract::FILE_DESCRIPTOR_SET,
    ] {
        // The sets were made by the same build from the same files: what they share is the same in all.
        if let Err(error) = pool.decode_file_descriptor_set(set) {
            unreachable!("the contracts' descriptors fit together: {error}");
        }
    }
    pool
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_context_offers_its_methods_and_the_operators_ones() {
        for context in Context::ALL {
            assert!(context.method("ListParked").is_some(), "{}", context.name());
            assert!(context.methods().len() > 6, "{}", context.name());
        }
    }

    #[test]
    fn t5_no_method_of_the_hidden_context_is_known() {
        let hidden = ["total", "izator"].concat();
        for context in Context::ALL {
            assert!(
                context
                    .methods()
                    .iter()
                    .all(|method| !method.full_name().contains(&hidden))
            );
        }
    }
}
