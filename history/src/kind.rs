//! A rejection's kind: as much of it as every client sees.

use std::fmt;

use docket_domain::Rejection;

/// How a command was refused, whatever the details. Known by the end of a problem document's
/// `type` as well as from the domain's [`Rejection`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each is documented on Rejection")]
pub enum RejectionKind {
    Forbidden,
    NotFound,
    AlreadyOpened,
    NotAllowed,
    Stale,
    DeclinedBefore,
    ReopenWindowOver,
    TimeNotAllowed,
    LinkToItself,
    Full,
    NotRegistered,
    AlreadyRegistered,
    Retired,
    Erased,
    NotInvited,
    AlreadyInvited,
    AlreadyAnswered,
    SurveyExpired,
}

impl RejectionKind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::Forbidden,
        Self::NotFound,
        Self::AlreadyOpened,
        Self::NotAllowed,
        Self::Stale,
        Self::DeclinedBefore,
        Self::ReopenWindowOver,
        Self::TimeNotAllowed,
        Self::LinkToItself,
        Self::Full,
        Self::NotRegistered,
        Self::AlreadyRegistered,
        Self::Retired,
        Self::Erased,
        Self::NotInvited,
        Self::AlreadyInvited,
        Self::AlreadyAnswered,
        Self::SurveyExpired,
    ];

    /// The end of the problem's `type`; the command API's tests hold it to that.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::NotFound => "ticket-not-found",
            Self::AlreadyOpened => "already-opened",
            Self::NotAllowed => "command-not-allowed",
            Self::Stale => "stale-version",
            Self::DeclinedBefore => "declined-before",
            Self::ReopenWindowOver => "reopen-window-over",
            Self::TimeNotAllowed => "time-not-allowed",
            Self::LinkToItself => "link-to-itself",
            Self::Full => "limit-reached",
            Self::NotRegistered => "not-registered",
            Self::AlreadyRegistered => "already-registered",
            Self::Retired => "retired",
            Self::Erased => "erased",
            Self::NotInvited => "survey-not-found",
            Self::AlreadyInvited => "already-invited",
            Self::AlreadyAnswered => "already-answered",
            Self::SurveyExpired => "survey-expired",
        }
    }

    /// The kind of that slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.slug() == slug)
    }

    /// Whether the server's clock has a say in it.
    pub(crate) const fn is_about_time(self) -> bool {
        matches!(
            self,
            Self::ReopenWindowOver | Self::TimeNotAllowed | Self::SurveyExpired
        )
    }
}

impl From<&Rejection> for RejectionKind {
    fn from(rejection: &Rejection) -> Self {
        match rejection {
            Rejection::Forbidden { .. } => Self::Forbidden,
            Rejection::NotFound => Self::NotFound,
            Rejection::AlreadyOpened => Self::AlreadyOpened,
            Rejection::NotAllowed { .. } => Self::NotAllowed,
            Rejection::Stale { .. } => Self::Stale,
            Rejection::DeclinedBefore { .. } => Self::DeclinedBefore,
            Rejection::ReopenWindowOver { .. } => Self::ReopenWindowOver,
            Rejection::TimeNotAllowed { .. } => Self::TimeNotAllowed,
            Rejection::LinkToItself => Self::LinkToItself,
            Rejection::Full { .. } => Self::Full,
            Rejection::NotRegistered => Self::NotRegistered,
            Rejection::AlreadyRegistered => Self::AlreadyRegistered,
            Rejection::Retired => Self::Retired,
            Rejection::Erased => Self::Erased,
            Rejection::NotInvited => Self::NotInvited,
            Rejection::AlreadyInvited => Self::AlreadyInvited,
            Rejection::AlreadyAnswered => Self::AlreadyAnswered,
            Rejection::SurveyExpired { .. } => Self::SurveyExpired,
        }
    }
}

impl fmt::Display for RejectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug())
    }
}
