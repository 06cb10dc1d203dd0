//! Any stream's commands by name.

use std::fmt;

use crate::catalogue::CatalogueCommandName;
use crate::command::CommandName;
use crate::consultant::ConsultantCommandName;
use crate::customer::CustomerCommandName;
use crate::survey::SurveyCommandName;

/// A command of any stream by name. Written out it says of which stream, such as
/// `consultant.retire`, since two streams may know a command of the same name; tickets' commands
/// stand alone, such as `assign`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AnyCommandName {
    /// To a ticket.
    Ticket(CommandName),
    /// About a consultant.
    Consultant(ConsultantCommandName),
    /// About a customer.
    Customer(CustomerCommandName),
    /// About a survey.
    Survey(SurveyCommandName),
    /// To the catalogue.
    Catalogue(CatalogueCommandName),
}

const CONSULTANT: &str = "consultant.";
const CUSTOMER: &str = "customer.";
const SURVEY: &str = "survey.";
const CATALOGUE: &str = "catalogue.";

impl AnyCommandName {
    /// The command as it stands in paths and bulk lines, where the stream is known.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ticket(name) => name.as_str(),
            Self::Consultant(name) => name.as_str(),
            Self::Customer(name) => name.as_str(),
            Self::Survey(name) => name.as_str(),
            Self::Catalogue(name) => name.as_str(),
        }
    }

    /// The command of that name as it is written out.
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(name) = name.strip_prefix(CONSULTANT) {
            ConsultantCommandName::parse(name).map(Self::Consultant)
        } else if let Some(name) = name.strip_prefix(CUSTOMER) {
            CustomerCommandName::parse(name).map(Self::Customer)
        } else if let Some(name) = name.strip_prefix(SURVEY) {
            SurveyCommandName::parse(name).map(Self::Survey)
        } else if let Some(name) = name.strip_prefix(CATALOGUE) {
            CatalogueCommandName::parse(name).map(Self::Catalogue)
        } else {
            CommandName::parse(name).map(Self::Ticket)
        }
    }
}

impl fmt::Display for AnyCommandName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ticket(_) => "",
            Self::Consultant(_) => CONSULTANT,
            Self::Customer(_) => CUSTOMER,
            Self::Survey(_) => SURVEY,
            Self::Catalogue(_) => CATALOGUE,
        })?;
        f.write_str(self.as_str())
    }
}
