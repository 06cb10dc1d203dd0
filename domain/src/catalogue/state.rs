//! The catalogue as it is: all of it, since [`decide`](super::decide()) must know what is so
//! already. There is one, and nothing in it is personal.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::entry::{Entry, Key};
use crate::history::History;
use crate::text::Label;

/// What there is to choose from. The initial state is empty: the catalogue is always there.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Catalogue {
    /// How many events, and how far they reach.
    pub history: History,
    /// All there is.
    pub entries: BTreeMap<Key, Entry>,
}

impl Catalogue {
    /// Whether whoever serves these areas has that day off: it is a holiday everywhere, or in each
    /// of them.
    pub fn is_day_off(&self, date: Date, areas: &BTreeSet<Label>) -> bool {
        let holiday_in = |area| self.entries.contains_key(&Key::Holiday { date, area });
        holiday_in(None)
            || (!areas.is_empty() && areas.iter().all(|area| holiday_in(Some(area.clone()))))
    }
}
