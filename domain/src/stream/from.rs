//! Each stream's own names, commands and events stand where any stream's are asked for.

use super::{AnyCommandName, Command, Event};
use crate::catalogue::{CatalogueCommand, CatalogueCommandName, CatalogueEvent};
use crate::command::{CommandName, TicketCommand};
use crate::consultant::{ConsultantCommand, ConsultantCommandName, ConsultantEvent};
use crate::customer::{CustomerCommand, CustomerCommandName, CustomerEvent};
use crate::event::TicketEvent;
use crate::survey::{SurveyCommand, SurveyCommandName, SurveyEvent};

macro_rules! from {
    ($($any:ident: $ticket:ty, $consultant:ty, $customer:ty, $survey:ty, $catalogue:ty;)+) => {
        $(
            from! { $any, Ticket, $ticket }
            from! { $any, Consultant, $consultant }
            from! { $any, Customer, $customer }
            from! { $any, Survey, $survey }
            from! { $any, Catalogue, $catalogue }
        )+
    };
    ($any:ident, $stream:ident, $own:ty) => {
        impl From<$own> for $any {
            fn from(own: $own) -> Self {
                Self::$stream(own)
            }
        }
    };
}

from! {
    AnyCommandName: CommandName, ConsultantCommandName, CustomerCommandName, SurveyCommandName, CatalogueCommandName;
    Command: TicketCommand, ConsultantCommand, CustomerCommand, SurveyCommand, CatalogueCommand;
    Event: TicketEvent, ConsultantEvent, CustomerEvent, SurveyEvent, CatalogueEvent;
}
