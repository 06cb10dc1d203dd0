//! A survey's events as JSON, `docket.survey.…`: one frozen wire struct per type.
//!
//! [`encode`] writes the newest version of a type, [`decode`] reads every version there ever was.

mod answered;
mod invited;

use docket_domain::survey::SurveyEvent;

use crate::fact::{facts, write};
use crate::{DecodeError, EncodeError, upcast};

use answered::AnsweredV1;
use invited::InvitedV1;

facts! { SurveyEvent:
    InvitedV1,
    AnsweredV1,
}

/// An event's type and data, which always fits a record.
pub fn encode(event: &SurveyEvent) -> Result<(&'static str, Vec<u8>), EncodeError> {
    match event {
        SurveyEvent::Invited(invitation) => write(&InvitedV1::from(&**invitation)),
        SurveyEvent::Answered { score, text } => write(&AnsweredV1::new(*score, text.as_ref())),
    }
}

/// The event of this type and data, whichever version wrote it.
pub fn decode(kind: &str, data: &[u8]) -> Result<SurveyEvent, DecodeError> {
    upcast::decode(kind, data)
}
