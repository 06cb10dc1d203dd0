//! A shop: a desk whose process managers are routers. Who works in it is in [`people`], what becomes
//! of tickets in [`tickets`], how routers start in [`routers`].

mod people;
mod routers;
mod tickets;

use docket_domain::catalogue::{CatalogueCommand, Entry};
use docket_domain::consultant::ConsultantCommand;
use docket_domain::ids::PersonId;
use docket_domain::stream::StreamId;
use jiff::SignedDuration;
use uuid::Uuid;

use crate::desk::Desk;
use crate::router::Router;

pub(crate) use crate::desk::{ADMINISTRATOR, IMPORTER, MANAGER, NOON, PARTITIONS, text};
pub(crate) use people::{profile, skilled, zone};
pub(crate) use routers::{at_once, settings};
pub(crate) use tickets::place;

pub(crate) const ANNA: PersonId = PersonId(Uuid::from_u128(1));
pub(crate) const BERT: PersonId = PersonId(Uuid::from_u128(2));
pub(crate) const CARLA: PersonId = PersonId(Uuid::from_u128(3));

pub(crate) fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

pub(crate) type Shop = Desk<Router>;

impl Shop {
    #[track_caller]
    pub(crate) fn consultant(&mut self, id: PersonId, command: ConsultantCommand) {
        self.tell(StreamId::Consultant(id), ADMINISTRATOR, command);
    }

    #[track_caller]
    pub(crate) fn catalogue(&mut self, entry: Entry) {
        let command = CatalogueCommand::Put(Box::new(entry));
        self.tell(StreamId::Catalogue, ADMINISTRATOR, command);
    }
}
