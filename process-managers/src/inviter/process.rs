//! The inviter as a process manager: what is due, and the commands for it.

use docket_domain::Timestamp;
use docket_domain::ids::SurveyId;
use docket_domain::survey::{AskedBy, Invitation};
use serde_json::{Value, json};

use super::{Due, Inviter};
use crate::commands::Command;
use crate::fact::Told;
use crate::manager::{Manager, Step};

/// What the inviter wants sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ask {
    due: Due,
    repeat: u32,
    /// Of a survey; for a reopening there is none.
    invitation: Option<Box<Invitation>>,
}

/// Work between two looks at what has arrived.
const LOOKS_AT_ONCE: usize = 256;

#[cfg(test)]
impl Ask {
    pub(super) const fn due(&self) -> Due {
        self.due
    }

    pub(super) fn invitation(&self) -> Option<&Invitation> {
        self.invitation.as_deref()
    }
}

impl Manager for Inviter {
    type Intent = Ask;
    const NAME: &'static str = "inviter";

    fn read(&mut self, now: Timestamp, told: &Told) {
        self.take_in(now, told);
    }

    fn complete_until(&mut self, at: Timestamp) {
        self.complete_until = at;
    }

    /// What came in by now is decided on when everything is known that was in the log by now: that a
    /// customer wants no surveys lies in another partition than the closing.
    fn step(&mut self, now: Timestamp) -> Step<Ask> {
        let mut intents = Vec::new();
        for _ in 0..LOOKS_AT_ONCE {
            let Some((ticket, due, repeat)) = self.agenda.take(self.complete_until.min(now)) else {
                return Step {
                    intents,
                    more: false,
                };
            };
            let (wanted, invitation) = match due {
                Due::Invite(survey) => {
                    let invitation = self.invitation(survey, now).map(Box::new);
                    (invitation.is_some(), invitation)
                }
                Due::Reopen(..) => (self.may_reopen(ticket, now), None),
            };
            if wanted {
                intents.push(Ask {
                    due,
                    repeat,
                    invitation,
                });
            } else {
                self.agenda.clear(ticket);
            }
        }
        Step {
            intents,
            more: true,
        }
    }

    /// Nothing is due at a moment: it is due as soon as enough is known.
    fn next_timer(&self) -> Option<Timestamp> {
        None
    }

    fn command(intent: &Ask) -> Command {
        let repeat = intent.repeat;
        match intent.due {
            Due::Invite(survey) => Command::new(
                format!("v1/surveys/{survey}/invite"),
                format!("inviter-{survey}"),
                repeat,
                0,
                &intent.invitation.as_deref().map_or(Value::Null, body),
            ),
            Due::Reopen(survey, score, version) => {
                let SurveyId { ticket, closing } = survey;
                let score = score.get();
                let reason =
                    format!("asked about closing {closing}, the customer gave {score} of 5");
                Command::new(
                    format!("v1/tickets/{ticket}/reopen"),
                    format!("inviter-reopen-{ticket}-{version}"),
                    repeat,
                    version,
                    &json!({"reason": reason}),
                )
            }
        }
    }

    fn refused(&mut self, now: Timestamp, intent: &Ask) {
        self.agenda.refused(intent.due.ticket(), intent.due, now);
    }

    fn is_wanted(&self, intent: &Ask) -> bool {
        self.agenda.is_sent(intent.due.ticket(), intent.due)
    }

    fn tell(&self) {
        self.figures.tickets.set(self.tickets.len() as f64);
        self.figures.surveys.set(self.surveys.len() as f64);
    }
}

/// As the command API takes it: what there is none of is left out.
fn body(invitation: &Invitation) -> Value {
    let Invitation {
        customer,
        channel,
        language,
        consultant,
        team,
        category,
        store,
        area,
        expires_at,
    } = invitation;
    let mut body = json!({
        "channel": match channel {
            AskedBy::Email => "email",
            AskedBy::Sms => "sms",
        },
        "expires_at": expires_at.to_string(),
    });
    let people = [("customer", customer), ("consultant", consultant)];
    for (name, person) in people {
        if let Some(person) = person {
            body[name] = json!(person.0);
        }
    }
    let labels = [
        ("language", language),
        ("team", team),
        ("category", category),
        ("store", store),
        ("area", area),
    ];
    for (name, label) in labels {
        if let Some(label) = label {
            body[name] = json!(label.as_str());
        }
    }
    body
}
