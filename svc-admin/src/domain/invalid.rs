//! Invalid fields.

/// A field with a value that the rules forbid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {text}")]
pub struct Invalid {
    /// The field's path in the request: `tasks[2].single_choice.right`.
    pub field: String,
    /// The allowed values.
    pub text: String,
}

impl Invalid {
    pub fn new(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            text: text.into(),
        }
    }
}

/// Refuses a list that contains a name twice.
pub(crate) fn each_once<'a>(field: &str, names: impl IntoIterator<Item = &'a str>) -> Result<(), Invalid> {
    let mut seen = std::collections::BTreeSet::new();
    for (index, name) in names.into_iter().enumerate() {
        if !seen.insert(name) {
            return Err(Invalid::new(
                format!("{field}[{index}]"),
                format!("{name} occurs twice; list each once"),
            ));
        }
    }
    Ok(())
}
