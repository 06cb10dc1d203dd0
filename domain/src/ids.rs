//! Names of things. A name is never reused and says nothing about the person behind it.

use std::num::NonZeroU32;

use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id! {
    /// One ticket; its stream is `ticket-<uuid>`.
    TicketId
}
uuid_id! {
    /// Somebody who acts or is acted for: customer, receptionist, consultant, a service. For people
    /// who sign in it is derived from the token's issuer and subject, so it is also their id as
    /// [`Actor`](crate::Actor).
    PersonId
}
uuid_id! {
    /// One router at work; another at each start.
    RouterId
}
uuid_id! {
    /// One comment of a ticket; comes in with the command, so that a repeated command is seen.
    CommentId
}
uuid_id! {
    /// One entry of logged work; comes in with the command, like [`CommentId`].
    WorkId
}

/// One closing of a ticket, as far as its customer is asked about it; its stream is
/// `survey-<ticket>-<closing>`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SurveyId {
    /// The ticket.
    pub ticket: TicketId,
    /// Which of its closings, from 1.
    pub closing: NonZeroU32,
}

/// Of every respondent's id; never to be changed, since the ids are in the log.
const RESPONDENTS: Uuid = Uuid::from_u128(0x6d1f_0b5e_37c2_5a94_8e21_c40f_a9d3_7b16);

impl SurveyId {
    /// Who answers the survey: whoever has its link, whatever their name. An id of the survey's own,
    /// not the customer's, since a link proves that one has it and not who one is.
    pub fn respondent(self) -> PersonId {
        PersonId(Uuid::new_v5(&RESPONDENTS, self.to_string().as_bytes()))
    }
}

/// `<ticket>-<closing>`.
impl std::fmt::Display for SurveyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.ticket, self.closing)
    }
}
