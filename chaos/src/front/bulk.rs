//! Several commands as one bulk request: each line's outcome is an attempt of its own.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::{Instant, timeout_at};

use super::{Attempt, Front};
use crate::answer::{Answer, NO_ANSWER};
use crate::ask::{Ask, Person};
use crate::replica::Replica;

impl Front {
    /// Sends one person's asks to the next replica as one request, and notes an attempt for each.
    pub async fn bulk(&self, asks: &[&Ask], patience: Duration) -> Vec<Attempt> {
        let Some(replica) = self.next() else {
            return Vec::new();
        };
        let sent = Instant::now();
        let mut answers = Vec::with_capacity(asks.len());
        let read = self.outcomes(&replica, asks, &mut answers);
        let rest = match timeout_at(sent + patience, read).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Answer::of_error(&error),
            Err(_) => Answer::Unknown(NO_ANSWER.into()),
        };
        answers.resize_with(asks.len(), || (rest.clone(), Instant::now()));
        in_their_order(asks, &mut answers);
        let attempt = |(answer, ended)| Attempt {
            replica: replica.name().into(),
            sent,
            ended,
            answer,
        };
        answers.into_iter().map(attempt).collect()
    }

    /// Reads one outcome after the other; what it returns is the answer to lines without one.
    async fn outcomes(
        &self,
        replica: &Replica,
        asks: &[&Ask],
        answers: &mut Vec<(Answer, Instant)>,
    ) -> reqwest::Result<Answer> {
        let Some(first) = asks.first() else {
            return Ok(Answer::Unknown("nothing was asked".into()));
        };
        let mut response = (self.0.http)
            .post(format!("http://{}/v1/commands", replica.address()))
            .bearer_auth(&self.0.tokens[first.person.subject])
            .header("Content-Type", "application/x-ndjson")
            .body(self.lines(asks))
            .send()
            .await?;
        if !response.status().is_success() {
            let (status, headers) = (response.status(), response.headers().clone());
            return Ok(Answer::read(status, &headers, &response.text().await?));
        }
        let mut read = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            read.extend_from_slice(&chunk);
            while let Some(end) = read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = read.drain(..=end).collect();
                let number = answers.len() + 1;
                answers.push((Answer::read_line(&line, number), Instant::now()));
            }
        }
        Ok(Answer::Unknown("the outcomes ended early".into()))
    }

    fn lines(&self, asks: &[&Ask]) -> String {
        let id = |person: Person| self.cluster().person(person.subject);
        let line = |ask: &&Ask| {
            let mut line = Map::new();
            line.insert("command".to_owned(), json!(ask.word()));
            line.insert("idempotency_key".to_owned(), json!(ask.key));
            line.insert("body".to_owned(), ask.body(id));
            // Who opens a ticket doesn't choose its id.
            if !ask.opens() {
                line.insert("ticket".to_owned(), json!(ask.ticket));
            }
            if let Some(version) = ask.if_match {
                line.insert("if_match".to_owned(), json!(version));
            }
            format!("{}\n", Value::Object(line))
        };
        asks.iter().map(line).collect()
    }
}

/// Lines of one ticket are executed in their order: what lies otherwise in the log is wrong.
fn in_their_order(asks: &[&Ask], answers: &mut [(Answer, Instant)]) {
    for later in 1..asks.len() {
        let behind = |earlier: &usize| match (&answers[*earlier].0, &answers[later].0) {
            (Answer::Outcome(one), Answer::Outcome(other)) => {
                asks[*earlier].ticket == asks[later].ticket
                    && one.position.sequence > other.position.sequence
            }
            _ => false,
        };
        if (0..later).any(|earlier| behind(&earlier)) {
            let what = "done before an earlier line of its ticket";
            answers[later].0 = Answer::Wrong(what.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use docket_service::Position;
    use uuid::Uuid;

    use super::*;
    use crate::answer::{Outcome, Told};
    use crate::ask::{MIA, What};

    #[test]
    fn a_line_done_before_an_earlier_one_of_its_ticket_is_wrong() {
        let ask = |ticket| Ask {
            ticket: Uuid::from_u128(ticket),
            person: MIA,
            key: String::new(),
            if_match: None,
            what: What::Accept,
        };
        let answer = |sequence| {
            let outcome = Outcome {
                status: 200,
                position: Position {
                    incarnation: Uuid::nil(),
                    partition: 0,
                    sequence,
                },
                version: 1,
                told: Told::Applied,
                body: "".into(),
            };
            (Answer::Outcome(outcome), Instant::now())
        };
        let asks = [ask(1), ask(2), ask(1), ask(1)];
        let asks: Vec<_> = asks.iter().collect();
        let mut answers = [5, 1, 5, 4].map(answer);
        in_their_order(&asks, &mut answers);
        let wrong = answers.map(|(answer, _)| matches!(answer, Answer::Wrong(_)));
        assert_eq!(wrong, [false, false, false, true]);
    }
}
