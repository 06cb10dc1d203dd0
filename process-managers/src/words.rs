//! Labels as small numbers. A ticket that was closed is kept for weeks, in case it comes back, and
//! its labels are few and the same as everybody's.

use std::collections::HashMap;

use docket_domain::text::Label;

/// A label's number in its [`Words`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Word(u32);

/// All labels seen so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    numbers: HashMap<Label, Word>,
    labels: Vec<Label>,
}

impl Words {
    pub(crate) fn number(&mut self, label: &Label) -> Word {
        if let Some(known) = self.numbers.get(label) {
            return *known;
        }
        let word = Word(self.labels.len() as u32);
        self.labels.push(label.clone());
        self.numbers.insert(label.clone(), word);
        word
    }

    pub(crate) fn label(&self, word: Word) -> &Label {
        &self.labels[word.0 as usize]
    }
}
