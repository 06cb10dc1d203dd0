//! A ticket's free fields, as far as state keeps them: names, and digests of the values.

use super::Digest;
use crate::text::Label;

/// Digests of the free fields' values, by name. A sorted list, since there are few: a `BTreeMap`
/// takes 280 bytes for the first of them, of a ticket's 1 KiB.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fields(Vec<(Label, Digest)>);

impl Fields {
    /// The value's digest, if there is such a field.
    pub fn get(&self, name: &Label) -> Option<Digest> {
        self.find(name).ok().map(|at| self.0[at].1)
    }

    /// Sets the value of a field, or takes the field away.
    pub fn set(&mut self, name: &Label, value: Option<Digest>) {
        match (self.find(name), value) {
            (Ok(at), Some(value)) => self.0[at].1 = value,
            (Ok(at), None) => drop(self.0.remove(at)),
            (Err(at), Some(value)) => {
                // One at a time: spare room would cost every ticket.
                self.0.reserve_exact(1);
                self.0.insert(at, (name.clone(), value));
            }
            (Err(_), None) => {}
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Label, Digest)> {
        self.0.iter().map(|(name, value)| (name, *value))
    }

    fn find(&self, name: &Label) -> Result<usize, usize> {
        self.0.binary_search_by(|(found, _)| found.cmp(name))
    }
}

/// The last value of a name counts.
impl FromIterator<(Label, Digest)> for Fields {
    fn from_iter<T: IntoIterator<Item = (Label, Digest)>>(fields: T) -> Self {
        let sorted: std::collections::BTreeMap<_, _> = fields.into_iter().collect();
        Self(sorted.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_set_and_taken_away() {
        let name = |name: &str| Label::new(name).unwrap();
        let given = [("till", 3), ("floor", 1), ("till", 4)];
        let mut fields: Fields = given
            .map(|(field, value)| (name(field), Digest(value)))
            .into_iter()
            .collect();
        assert_eq!(fields.get(&name("till")), Some(Digest(4)));
        fields.set(&name("aisle"), Some(Digest(7)));
        fields.set(&name("floor"), None);
        fields.set(&name("roof"), None);
        let left: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.0))
            .collect();
        assert_eq!(left, [("aisle", 7), ("till", 4)]);
        assert_eq!(fields.get(&name("floor")), None);
    }
}
