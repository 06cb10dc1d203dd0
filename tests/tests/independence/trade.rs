//! What people do in a shop: tickets from their opening to the customers' answers.

use std::num::NonZeroU32;

use docket_domain::ids::{SurveyId, TicketId};
use docket_domain::stream::{Aggregate, StreamId};
use docket_domain::survey::Survey;
use docket_domain::ticket::Status;
use docket_service::auth::Role;
use docket_service::survey_link::SurveyLink;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::shop::{CONSULTANTS, Shop, consultant};

impl Shop {
    pub(crate) async fn open_ticket(&self, n: usize) -> Uuid {
        let subject = format!("Till {n} prints nothing");
        let opened = if n.is_multiple_of(2) {
            let body = json!({"channel": "web", "subject": subject, "description": "Since nine"});
            self.ask(("carla", Role::Customer), "tickets", body).await
        } else {
            let body = json!({
                "caller": {"name": "Kim"}, "channel": "phone", "subject": subject,
                "place": {"address": "Main Street 1", "latitude": 52.5, "longitude": 13.4},
            });
            self.ask(("rita", Role::Receptionist), "tickets", body)
                .await
        };
        let id = opened["ticket"].as_str().and_then(|id| id.parse().ok());
        id.expect("a ticket's id")
    }

    /// Waits until a router has given the ticket to somebody else than those; says to whom.
    pub(crate) async fn is_routed(&self, ticket: Uuid, not_to: &[Uuid]) -> String {
        let given = self.watch.until_ticket(ticket, "routed", |state| {
            let Status::Assigned { consultant } = state.status else {
                return None;
            };
            (!not_to.contains(&consultant.0)).then_some(consultant.0)
        });
        let given = given.await;
        let names = (0..CONSULTANTS).map(consultant);
        names
            .into_iter()
            .find(|name| Self::person(name) == given)
            .expect("one of ours")
    }

    /// From the opening to the customer's answer; no two in the same way.
    pub(crate) async fn serve_ticket(&self, n: usize) -> Uuid {
        let ticket = self.open_ticket(n).await;
        let mut name = self.is_routed(ticket, &[]).await;
        if n.is_multiple_of(3) {
            self.work(&name, ticket, "decline", json!({"reason": "Too far"}))
                .await;
            name = self.is_routed(ticket, &[Self::person(&name)]).await;
        }
        self.work(&name, ticket, "accept", json!({})).await;
        if n.is_multiple_of(4) {
            let body = json!({"awaiting": "parts", "note": "A new drum"});
            self.work(&name, ticket, "hold", body).await;
            self.work(&name, ticket, "resume", json!({})).await;
        }
        let body = json!({"text": "On my way", "visibility": "public"});
        self.work(&name, ticket, "comments", body).await;
        self.work(&name, ticket, "travel", json!({})).await;
        self.work(&name, ticket, "arrive", json!({})).await;
        let body = json!({"minutes": 30, "parts": [{"name": "Drum", "quantity": 1}]});
        self.work(&name, ticket, "work", body).await;
        let body = json!({"code": "replaced", "note": "It prints again"});
        self.work(&name, ticket, "resolve", body).await;
        // Some are left to the closer; and of those who called nobody knows where to ask.
        if n % 5 != 2 {
            let path = format!("tickets/{ticket}/close");
            self.manage(&path, json!({})).await;
        }
        if n.is_multiple_of(2) {
            self.survey(ticket, NonZeroU32::MIN, 1 + n as u32 % 5).await;
        }
        ticket
    }

    pub(crate) async fn work(&self, name: &str, ticket: Uuid, command: &str, body: Value) {
        let path = format!("tickets/{ticket}/{command}");
        self.ask((name, Role::Consultant), &path, body).await;
    }

    /// Waits until the customer is asked how that closing went, and answers.
    pub(crate) async fn survey(&self, ticket: Uuid, closing: NonZeroU32, score: u32) {
        let id = StreamId::Survey(SurveyId {
            ticket: TicketId(ticket),
            closing,
        });
        let asked = self.watch.until(id, "asked", |state| match state {
            Aggregate::Survey(Survey::Invited(state)) => Some(state.expires_at),
            _ => None,
        });
        let link = SurveyLink {
            ticket,
            closing,
            expires_at_s: asked.await.as_second(),
        };
        let token = self.survey_links.sign(link).expect("a secret");
        let path = format!("http://{}/v1/tickets/{ticket}/survey", self.address);
        let body = json!({"token": token, "score": score, "text": "Kind"});
        let answer = self.http.post(path).json(&body).send().await;
        assert_eq!(answer.expect("an answer").status(), StatusCode::OK);
    }

    /// So many tickets at once, from their opening to the customers' answers.
    pub(crate) async fn trade(&self, tickets: usize) -> Vec<Uuid> {
        let served = (0..tickets).map(|n| self.serve_ticket(n));
        futures::future::join_all(served).await
    }
}
