//! Checks the members of a body against the domain's bounds and collects what is wrong.

use docket_domain::text::{Personal, Text};
pub(crate) use docket_service::problem::FieldError as Fault;

/// Collects faults. Each method gives `None` for what is absent or wrong; whether anything was
/// wrong is asked once, at the end.
#[derive(Default)]
pub(super) struct Check {
    faults: Vec<Fault>,
}

impl Check {
    /// Goes on from the faults that reading the body found.
    pub(super) fn after(faults: Vec<Fault>) -> Self {
        Self { faults }
    }

    /// The faults, each member once.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// Notes a fault, unless that member (or a part of it) has one already: one that couldn't be
    /// read is not also missing.
    pub(super) fn fault(&mut self, field: &str, message: impl Into<String>) {
        let known = self.faults.iter().any(|fault| {
            fault
                .field
                .strip_prefix(field)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        });
        if !known {
            self.faults.push(Fault::new(field, message));
        }
    }

    pub(super) fn required<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.fault(field, "is required");
        }
        value
    }

    pub(super) fn text<const MAX: usize>(
        &mut self,
        field: &str,
        text: Option<String>,
    ) -> Option<Text<MAX>> {
        match Text::new(text?) {
            Ok(text) => Some(text),
            Err(invalid) => {
                self.fault(field, invalid.to_string());
                None
            }
        }
    }

    /// Something personal that is made of a text, if it can be.
    pub(super) fn made<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        text: Option<String>,
        make: impl FnOnce(String) -> Result<T, E>,
    ) -> Option<Personal<T>> {
        match make(text?) {
            Ok(known) => Some(Personal::Known(known)),
            Err(invalid) => {
                self.fault(field, invalid.to_string());
                None
            }
        }
    }

    pub(super) fn required_text<const MAX: usize>(
        &mut self,
        field: &str,
        text: Option<String>,
    ) -> Option<Text<MAX>> {
        let text = self.required(field, text);
        self.text(field, text)
    }

    pub(super) fn personal<const MAX: usize>(
        &mut self,
        field: &str,
        text: Option<String>,
    ) -> Option<Personal<Text<MAX>>> {
        self.text(field, text).map(Personal::Known)
    }

    /// A list of texts of at most `max` members.
    pub(super) fn texts<const MAX: usize>(
        &mut self,
        field: &str,
        texts: Vec<String>,
        max: usize,
    ) -> Vec<Text<MAX>> {
        self.at_most(field, texts.len(), max);
        texts
            .into_iter()
            .take(max)
            .enumerate()
            .filter_map(|(n, text)| self.text(&format!("{field}[{n}]"), Some(text)))
            .collect()
    }

    pub(super) fn at_most(&mut self, field: &str, count: usize, max: usize) {
        if count > max {
            self.fault(
                field,
                format!("has {count} members, at most {max} are allowed"),
            );
        }
    }
}
