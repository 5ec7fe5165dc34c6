//! The built-in steps (M2). A new step is a file here with a `STEP`, and its line below (M5).

use super::step::BuiltIn;

macro_rules! steps {
    ($($name:ident,)*) => {
        $(mod $name;)*

        /// All built-in steps.
        pub const BUILT_IN: &[&BuiltIn] = &[$(&$name::STEP,)*];
    };
}

steps! {
    active,
    free_in_slot,
    not_previous,
    traits_fit,
    past_success,
    quality_rating,
    fair_load,
    random,
    best_of,
}

pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|step| step.name == name).copied()
}
