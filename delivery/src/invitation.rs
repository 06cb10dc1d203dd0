//! The links by which customers answer surveys: signed when they are sent.
//!
//! Guarantee: no table holds a link or what signs it; one that is sent again is the same one.

use std::num::NonZeroU32;

use docket_service::survey_link::{SurveyLink, SurveyLinks};
use uuid::Uuid;

use crate::Error;
use crate::config::DeliveryConfig;
use crate::queue::Job;

/// The kind that has a link.
pub(crate) const INVITATION: &str = "survey.invitation";

/// Makes links to the page that takes a customer's answer.
#[derive(Debug)]
pub(crate) struct Invitations {
    page: String,
    links: SurveyLinks,
}

impl Invitations {
    /// None where nobody is sent links. An error where somebody would be, and they can't be made.
    pub(crate) fn new(config: &DeliveryConfig, links: SurveyLinks) -> Result<Option<Self>, Error> {
        if !config.sends_survey_links() {
            return Ok(None);
        }
        let page = config.survey_page.clone().ok_or(Error::SurveyPage)?;
        let any = SurveyLink {
            ticket: Uuid::nil(),
            closing: NonZeroU32::MIN,
            expires_at_s: 0,
        };
        // Without a secret nothing can be signed.
        links.sign(any).ok_or(Error::SurveyKey)?;
        Ok(Some(Self { page, links }))
    }

    /// The link of an invitation: the page, and behind `#`, which browsers keep to themselves and no
    /// proxy's log ever sees, ticket and token.
    pub(crate) fn link(&self, job: &Job) -> Option<String> {
        let expires_at = job.facts.expires_at?.to_jiff();
        let token = self.links.sign(SurveyLink {
            ticket: job.ticket,
            closing: NonZeroU32::new(job.facts.closing?.try_into().ok()?)?,
            expires_at_s: expires_at.as_second(),
        })?;
        Some(format!("{}#{}.{token}", self.page, job.ticket))
    }
}
