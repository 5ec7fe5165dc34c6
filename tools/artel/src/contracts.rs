//! The contexts and their methods, from the contracts' descriptors.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, MethodDescriptor};

/// A context that `artel` can call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Context {
    /// svc-admin.
    Admin,
    /// svc-orders.
    Orders,
    /// svc-consumables.
    Consumables,
    /// svc-billing.
    Billing,
    /// svc-onboarding.
    Onboarding,
    /// svc-notify.
    Notify,
}

impl Context {
    /// All contexts.
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

    /// Finds a method by its name, which is unique within a context. OperationsService belongs to
    /// every context.
    pub fn method(self, name: &str) -> Option<MethodDescriptor> {
        self.methods().into_iter().find(|method| method.name() == name)
    }

    /// All methods of the context.
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
        // All descriptor sets come from the same build, so files that they share are equal.
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
