//! Names of things. A name is never reused and says nothing about the person behind it.

use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id! {
    /// One ticket; its stream is `ticket-<uuid>`.
    TicketId
}
uuid_id! {
    /// Somebody who acts or is acted for: customer, receptionist, consultant, a service. For people
    /// who sign in it is derived from the token's issuer and subject, so it is also their id as
    /// [`Actor`](crate::Actor).
    PersonId
}
uuid_id! {
    /// One router at work; another at each start.
    RouterId
}
uuid_id! {
    /// One comment of a ticket; comes in with the command, so that a repeated command is seen.
    CommentId
}
uuid_id! {
    /// One entry of logged work; comes in with the command, like [`CommentId`].
    WorkId
}
