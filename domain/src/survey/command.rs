//! What can be asked of a survey's stream.

use jiff::Timestamp;

use crate::ids::PersonId;
use crate::text::{Label, Personal, Remark};

/// A request about a survey that may be refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SurveyCommand {
    /// The ticket's customer is to be asked.
    Invite(Box<Invitation>),
    /// What they think of it.
    Answer {
        /// How well it went.
        score: Score,
        /// In words.
        text: Option<Personal<Remark>>,
    },
}

/// Who is asked about what. It says all that answers are counted by, as it was when the ticket was
/// closed: whoever counts them needs nothing else, and a later change rewrites no old score.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invitation {
    /// Whose ticket it is, if they have an account.
    pub customer: Option<PersonId>,
    /// By which way they are asked.
    pub channel: AskedBy,
    /// The language they are asked in, as a BCP 47 tag.
    pub language: Option<Label>,
    /// Who worked the ticket, if anybody.
    pub consultant: Option<PersonId>,
    /// The team that worked it.
    pub team: Option<Label>,
    /// The ticket's category.
    pub category: Option<Label>,
    /// The store it concerns.
    pub store: Option<Label>,
    /// The area it lies in.
    pub area: Option<Label>,
    /// Until when it may be answered.
    pub expires_at: Timestamp,
}

/// How somebody is asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AskedBy {
    /// By e-mail.
    Email,
    /// By text message.
    Sms,
}

/// How well it went: 1 (badly) to 5 (very well).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Score(u8);

/// Why a number is no score; the message goes to the user as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("must be 1 to 5")]
pub struct InvalidScore;

impl Score {
    /// 1 to 5.
    pub fn new(score: u32) -> Result<Self, InvalidScore> {
        match score {
            1..=5 => Ok(Self(score as u8)),
            _ => Err(InvalidScore),
        }
    }

    /// 1 to 5.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// The commands' names, for tables, refusals and metrics.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each is documented on SurveyCommand")]
pub enum SurveyCommandName {
    Invite,
    Answer,
}

impl SurveyCommandName {
    /// Every command, for tables and tests.
    pub const ALL: [Self; 2] = [Self::Invite, Self::Answer];

    /// The command as it stands in paths and bulk lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Answer => "answer",
        }
    }

    /// The command of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|command| command.as_str() == name)
    }
}

impl SurveyCommand {
    /// Its name.
    pub const fn name(&self) -> SurveyCommandName {
        match self {
            Self::Invite(_) => SurveyCommandName::Invite,
            Self::Answer { .. } => SurveyCommandName::Answer,
        }
    }
}
