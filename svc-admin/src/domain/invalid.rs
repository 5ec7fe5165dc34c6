//! What is wrong with a field.

/// A field that says something impossible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {text}")]
pub struct Invalid {
    /// The field's path in the request: `tasks[2].single_choice.right`.
    pub field: String,
    /// What is allowed.
    pub text: String,
}

impl Invalid {
    /// Says what is allowed in a field.
    pub fn new(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            text: text.into(),
        }
    }
}

/// Refuses a list in which a name occurs twice.
pub(crate) fn each_once<'a>(field: &str, names: impl IntoIterator<Item = &'a str>) -> Result<(), Invalid> {
    let mut seen = std::collections::BTreeSet::new();
    for (index, name) in names.into_iter().enumerate() {
        if !seen.insert(name) {
            return Err(Invalid::new(
                format!("{field}[{index}]"),
                format!("{name} is there twice; name each once"),
            ));
        }
    }
    Ok(())
}
