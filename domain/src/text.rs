//! Texts with bounds, and the mark of personal data.

/// A text of 1 to `MAX` bytes of UTF-8, without control characters other than line feed, carriage
/// return and tab (NUL, above all, which Postgres can't store). Never only white space.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Text<const MAX: usize>(Box<str>);

/// Why a text was refused; the message goes to the user as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidText {
    /// Nothing in it, or white space only.
    #[error("must not be empty")]
    Empty,
    /// More bytes than allowed.
    #[error("is {actual} bytes long, at most {max} are allowed")]
    TooLong {
        /// Bytes given.
        actual: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// NUL or another control character.
    #[error("contains the control character U+{0:04X}, which is not allowed")]
    Control(u32),
}

impl<const MAX: usize> Text<MAX> {
    /// Checks the bounds; keeps the text as it is (no trimming: what was said is what is kept).
    pub fn new(text: impl Into<Box<str>>) -> Result<Self, InvalidText> {
        let text = text.into();
        if text.len() > MAX {
            return Err(InvalidText::TooLong {
                actual: text.len(),
                max: MAX,
            });
        }
        if text.trim().is_empty() {
            return Err(InvalidText::Empty);
        }
        match text
            .chars()
            .find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        {
            Some(c) => Err(InvalidText::Control(u32::from(c))),
            None => Ok(Self(text)),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> AsRef<str> for Text<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> std::fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A short name out of a catalogue or another system: team, store, category, skill, language, code.
pub type Label = Text<100>;
/// A ticket's one-line summary.
pub type Subject = Text<300>;
/// A ticket's description, a comment, a resolution note.
pub type Body = Text<16_384>;
/// A reason for a transition, in a sentence or two.
pub type Reason = Text<1_000>;
/// What a customer says in a survey.
pub type Remark = Text<4_000>;
/// The value of a free field.
pub type FieldValue = Text<1_000>;

/// Marks personal data by type. In the log it may have been erased since (its key destroyed), and
/// every reader must be able to meet that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Personal<T> {
    /// Readable.
    Known(T),
    /// Destroyed for good; that there was something is all that is left.
    Erased,
}

impl<T> Personal<T> {
    /// The data, unless it was erased.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Erased => None,
        }
    }
}
