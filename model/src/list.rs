//! A short list without an allocation, so that copying a state copies plain bytes: states are
//! copied far more often than anything else is done to them.

use std::ops::{Deref, DerefMut};

/// At most `MAX` items.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct List<T, const MAX: usize> {
    items: [T; MAX],
    length: u8,
}

impl<T: Copy + Default, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self {
            items: [T::default(); MAX],
            length: 0,
        }
    }
}

impl<T: Copy + Default, const MAX: usize> List<T, MAX> {
    /// # Panics
    /// When the list is full: the configuration needs a longer one.
    pub(crate) fn push(&mut self, item: T) {
        let length = usize::from(self.length);
        assert!(length < MAX, "a list of the model is too short: {MAX}");
        self.items[length] = item;
        self.length += 1;
    }

    pub(crate) fn remove(&mut self, index: usize) -> T {
        let length = usize::from(self.length);
        let item = self[index];
        self.items.copy_within(index + 1..length, index);
        self.length -= 1;
        item
    }
}

impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items[..usize::from(self.length)]
    }
}

impl<T, const MAX: usize> DerefMut for List<T, MAX> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.items[..usize::from(self.length)]
    }
}
