//! A client: sends commands, waits as long as it likes, repeats, hedges, gives up; and notes what
//! it was told.

use std::time::Duration;

use docket_history::{Answer, Invocation, OperationId, RejectionKind};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::commands::{Operation, any, reuse};
use super::past::life;
use super::plan::Lie;
use super::random::Random;
use super::world::World;
use crate::partition::admission::Class;
use crate::partition::command::{self, Settled};

/// One of several, with chances of its own.
pub(super) struct Client<'a> {
    world: &'a World,
    number: usize,
    random: Random,
    /// The version of each stream that it saw last.
    seen: Vec<u32>,
}

/// How one invocation is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tries {
    pub(super) replica: usize,
    /// How long it waits.
    pub(super) patience: Duration,
    /// Whether the answer is lost on its way.
    pub(super) lossy: bool,
}

impl<'a> Client<'a> {
    pub(super) fn new(world: &'a World, number: usize) -> Self {
        Self {
            world,
            number,
            random: Random::new(world.plan.seed, 10 + number as u64),
            seen: vec![0; world.plan.streams()],
        }
    }

    pub(super) async fn run(mut self) {
        for n in 0..self.world.plan.operations {
            sleep(self.random.millis(self.world.plan.pause_ms)).await;
            let index = self.random.below(self.seen.len());
            let id = ((self.number as u128 + 1) << 32) + n as u128;
            let operation = if index < self.world.plan.old_tickets && self.random.percent(20) {
                self.old_key(index)
            } else {
                let stream = self.world.plan.stream(index);
                any(&mut self.random, stream, id, self.seen[index])
            };
            self.perform(index, &operation).await;
        }
    }

    /// Something that was asked of the ticket long ago, under its key.
    fn old_key(&mut self, ticket: usize) -> Operation {
        let mut life = life(ticket);
        life.swap_remove(self.random.below(life.len()))
    }

    /// Asks for it until it is answered, or for as long as the client likes.
    async fn perform(&mut self, index: usize, operation: &Operation) {
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = self.once_or_hedged(operation, tries).await;
            match answer {
                Answer::Applied { version, .. }
                | Answer::Unchanged { version, .. }
                | Answer::Rejected {
                    version: Some(version),
                    ..
                } => {
                    self.seen[index] = version;
                    // Now and then somebody doesn't believe it.
                    if self.random.percent(8) {
                        let again = self.tries();
                        self.invoke(operation, again).await;
                    }
                    if self.random.percent(4) {
                        let another = reuse(&mut self.random, operation);
                        let again = self.tries();
                        self.invoke(&another, again).await;
                    }
                    return;
                }
                _ if tries > 6 || self.random.percent(10) => return,
                _ => sleep(self.random.millis(100)).await,
            }
        }
    }

    async fn once_or_hedged(&mut self, operation: &Operation, tries: u32) -> Answer {
        let first = self.tries();
        if !self.random.percent(15) {
            return self.invoke_as(operation, first, tries).await;
        }
        let second = self.tries();
        let later = self.random.millis(40);
        let another = self.random.percent(10);
        let hedge = if another {
            reuse(&mut self.random, operation)
        } else {
            operation.clone()
        };
        let this = &*self;
        let (one, other) = futures::join!(this.invoke_as(operation, first, tries), async {
            sleep(later).await;
            this.invoke_as(&hedge, second, tries + 10).await
        });
        if one.is_outcome() || another {
            one
        } else {
            other
        }
    }

    fn tries(&mut self) -> Tries {
        let patience_ms = self.random.pick(&[60, 3_000, 3_000]);
        Tries {
            replica: self.random.below(self.world.plan.replicas),
            patience: self.random.millis(patience_ms),
            lossy: self.random.percent(5),
        }
    }

    /// As [`invoke`](Self::invoke), by a client that may have forgotten its key.
    async fn invoke_as(&self, operation: &Operation, tries: Tries, attempt: u32) -> Answer {
        if self.world.plan.lie != Lie::ForgottenKeys || attempt == 1 {
            return self.invoke(operation, tries).await;
        }
        let forgotten = Operation {
            id: OperationId(Uuid::from_u128(
                operation.id.0.as_u128() ^ u128::from(attempt) << 80,
            )),
            ..operation.clone()
        };
        self.send(&forgotten, operation.id, tries).await
    }

    /// Sends it to a replica and notes what comes of it.
    pub(super) async fn invoke(&self, operation: &Operation, tries: Tries) -> Answer {
        self.send(operation, operation.id, tries).await
    }

    async fn send(&self, operation: &Operation, known_as: OperationId, tries: Tries) -> Answer {
        let invoked = self.world.moment();
        let (mut answer, mut number) =
            match timeout(tries.patience, self.ask(operation, tries)).await {
                Ok(answer) => answer,
                Err(_) => (Answer::Unknown, None),
            };
        if tries.lossy {
            (answer, number) = (Answer::Unknown, None);
        }
        if answer == Answer::Unknown && self.world.plan.lie == Lie::UnknownIsNotDone {
            answer = Answer::NotDone;
        }
        self.world.record(Invocation {
            client: self.number as u32,
            operation: known_as,
            asked: operation.asked.clone(),
            invoked,
            returned: self.world.moment(),
            answer,
            number,
        });
        answer
    }

    async fn ask(
        &self,
        operation: &Operation,
        tries: Tries,
    ) -> (Answer, Option<docket_domain::TicketNumber>) {
        let request = operation.request();
        let Some((partitions, died)) = self.world.replicas[tries.replica].partitions() else {
            // It refuses the connection.
            return (Answer::NotDone, None);
        };
        let sent = if operation.bulk {
            partitions.send_when_free(request).await
        } else {
            let class = Class::of(operation.asked.command.name(), operation.asked.actor.role);
            partitions.send(request, class)
        };
        drop(partitions);
        let Ok(waiting) = sent else {
            return (Answer::NotDone, None);
        };
        let Ok(answer) = waiting.await else {
            if !died.get() {
                self.world.problem(format!(
                    "replica {} dropped operation {} without an answer",
                    tries.replica, operation.id.0
                ));
            }
            return (Answer::Unknown, None);
        };
        match answer {
            command::Answer::Outcome(outcomed) => {
                let version = outcomed.version;
                let answer = match outcomed.result {
                    Settled::Applied(status) => Answer::Applied { version, status },
                    Settled::Unchanged(status) => Answer::Unchanged { version, status },
                    Settled::Rejected(rejection) => Answer::Rejected {
                        version: Some(version),
                        kind: RejectionKind::from(&*rejection),
                    },
                };
                (answer, outcomed.number)
            }
            command::Answer::KeyReused => (Answer::KeyReused, None),
            command::Answer::NotDone(_) => (Answer::NotDone, None),
            command::Answer::Unknown => (Answer::Unknown, None),
            command::Answer::Undecodable | command::Answer::TooLarge(_) => {
                self.world
                    .problem(format!("operation {}: {answer:?}", operation.id.0));
                (Answer::NotDone, None)
            }
        }
    }
}
