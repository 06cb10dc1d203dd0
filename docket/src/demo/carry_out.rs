//! An act carried out: its commands sent and their answers understood.

use std::num::NonZeroU32;

use docket_service::survey_link::{SurveyLink, SurveyLinks};
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use super::Error;
use super::day::Outcome;
use super::desk::{Answer, Command, Desk, refused};
use super::plan::Rating;
use super::witness::micros;

/// What is to be done.
#[derive(Clone, Debug)]
pub(super) enum Task {
    /// One command, and another before it that only prepares the way.
    Command(Option<Command>, Command),
    /// The same by a consultant who then looks at what they are down as.
    Shift {
        command: Command,
        who: Uuid,
        is: bool,
    },
    /// An answer to a survey.
    Rate {
        ticket: Uuid,
        closing: u32,
        rating: Rating,
        /// Of whoever may look up what the mail says.
        reader: String,
    },
}

/// What became of it.
#[derive(Debug)]
pub(super) struct CarriedOut {
    pub(super) outcome: Outcome,
    /// Since when somebody takes tickets, or doesn't.
    pub(super) shift: Option<(Uuid, bool, i64)>,
}

pub(super) async fn carry_out(
    desk: &Desk,
    links: &SurveyLinks,
    task: Task,
) -> Result<CarriedOut, Error> {
    let mut shift = None;
    let outcome = match task {
        Task::Command(before, command) => {
            if let Some(before) = before {
                done(desk, &before).await?;
            }
            let answer = desk.command(&command).await?;
            outcome(&command.path, &answer)?
        }
        Task::Shift { command, who, is } => {
            let answer = done(desk, &command).await?;
            let path = format!("/v1/consultants/{who}");
            let token = command.token.as_deref().unwrap_or_default();
            let seen = desk
                .read(&path, token, Some(answer.text("position")))
                .await?;
            shift = Some((who, is, micros(&seen["updated_at"])));
            outcome(&command.path, &answer)?
        }
        Task::Rate {
            ticket,
            closing,
            rating,
            reader,
        } => rate(desk, links, ticket, closing, &rating, &reader).await?,
    };
    Ok(CarriedOut { outcome, shift })
}

/// What can't be refused.
async fn done(desk: &Desk, command: &Command) -> Result<Answer, Error> {
    let answer = desk.command(command).await?;
    if answer.status.is_success() {
        Ok(answer)
    } else {
        Err(refused(&command.path, &answer))
    }
}

/// A ticket that has moved on refuses what came too late; anything else isn't expected.
fn outcome(path: &str, answer: &Answer) -> Result<Outcome, Error> {
    match answer.status {
        status if status.is_success() => Ok(Outcome::Done {
            applied: answer.text("outcome") == "applied",
            status: answer.text("status").to_owned(),
            ticket: answer.text("ticket").parse().ok(),
        }),
        StatusCode::CONFLICT | StatusCode::FORBIDDEN if path != "/v1/tickets" => {
            Ok(Outcome::Refused)
        }
        _ => Err(refused(path, answer)),
    }
}

/// Follows the link as it stands in the invitation's mail. Before that has come there is nothing to
/// follow. (No mail is sent unless docket is configured to; so what it would say is looked up.)
async fn rate(
    desk: &Desk,
    links: &SurveyLinks,
    ticket: Uuid,
    closing: u32,
    rating: &Rating,
    reader: &str,
) -> Result<Outcome, Error> {
    let surveys = desk
        .read(&format!("/v1/surveys?ticket={ticket}"), reader, None)
        .await?;
    let mut surveys = surveys["surveys"].as_array().into_iter().flatten();
    let Some(asked) = surveys.find(|survey| survey["closing"] == closing) else {
        return Ok(Outcome::NotYet);
    };
    let link = NonZeroU32::new(closing).and_then(|closing| {
        links.sign(SurveyLink {
            ticket,
            closing,
            expires_at_s: micros(&asked["expires_at"]) / 1_000_000,
        })
    });
    let mut body = json!({"token": link, "score": rating.score});
    if let Some(text) = rating.text {
        body["text"] = json!(text);
    }
    let command = Command {
        path: format!("/v1/tickets/{ticket}/survey"),
        token: None,
        key: format!("{ticket}-{closing}"),
        body,
    };
    let answer = done(desk, &command).await?;
    outcome(&command.path, &answer)
}
