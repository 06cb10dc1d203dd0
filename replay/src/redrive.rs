//! What was given up, and how it is set going again: the streams that views have parked, and the
//! deliveries that are dead.
//!
//! The views' own crate applies what waits, and the deliveries' own sets them going; here it is
//! found and told. It needs no log: the records lie in the dead letters.

mod places;
mod text;

use docket_delivery::{DeadLetter, Which};
use docket_projectors::projector::ParkedStream;
use serde::Serialize;

pub use places::{Place, Places, What};

/// The most dead deliveries that a list names.
const DEAD_MAX: i64 = 1_000;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such view, or its database fails.
    #[error("the view {view} can't be used")]
    View {
        /// As the configuration calls it.
        view: &'static str,
        /// Why.
        source: docket_projectors::projector::Error,
    },
    /// There are no deliveries, or their database fails.
    #[error("the deliveries can't be used")]
    Deliveries(#[from] docket_delivery::Error),
    /// The database failed.
    #[error("the deliveries' database failed")]
    Database(#[from] sqlx::Error),
    /// It isn't configured.
    #[error("the configuration has no section [{0}]")]
    NotConfigured(&'static str),
}

/// All that is given up.
#[derive(Debug, Default, Serialize)]
pub struct GivenUp {
    /// By view, as far as there are such views.
    pub views: Vec<ParkedIn>,
    /// Deliveries, the oldest first, at most 1,000 of them; `None` where there are none at all.
    pub deliveries: Option<Vec<DeadLetter>>,
}

/// What a view has parked.
#[derive(Debug, Serialize)]
pub struct ParkedIn {
    /// Which.
    pub view: &'static str,
    /// Its generation.
    pub schema: String,
    /// By their place in the log.
    pub streams: Vec<ParkedStream>,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Redriven {
    /// The streams that were tried.
    pub streams: Vec<Tried>,
    /// How many deliveries were set going.
    pub deliveries: Option<u64>,
}

/// A stream that was tried again.
#[derive(Debug, Serialize)]
pub struct Tried {
    /// In which view.
    pub view: &'static str,
    /// Its partition.
    pub partition: u16,
    /// Its key.
    pub stream: String,
    /// Records that were applied.
    pub applied: u64,
    /// Why it still is parked, if it is.
    pub still: Option<String>,
}

impl Redriven {
    /// Whether all that was tried follows the log again.
    pub fn is_complete(&self) -> bool {
        self.streams.iter().all(|tried| tried.still.is_none())
    }
}

/// Finds what is given up: of what is named, or else of all that there is.
pub async fn list(places: &Places, named: &[What], which: &Which) -> Result<GivenUp, Error> {
    let mut found = GivenUp::default();
    for what in What::ALL {
        let must = named.contains(&what);
        if !must && !named.is_empty() {
            continue;
        }
        match places.open(what).await {
            Ok(Place::View { schema, parked }) => {
                let view = what.name();
                let streams = parked.list().await;
                found.views.push(ParkedIn {
                    view,
                    schema,
                    streams: streams.map_err(|source| Error::View { view, source })?,
                });
            }
            Ok(Place::Deliveries(queue)) => {
                found.deliveries = Some(queue.dead(which, DEAD_MAX).await?);
            }
            Err(error) if !must && error.is_absence() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Sets going what is named; of the views only those streams, unless none is named. `progress`
/// learns of streams tried and streams there are.
pub async fn redrive(
    places: &Places,
    named: &[What],
    streams: &[String],
    which: &Which,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Redriven, Error> {
    // All are opened before anything is done: a slip of the pen changes nothing.
    let mut opened = Vec::new();
    for what in What::ALL.into_iter().filter(|what| named.contains(what)) {
        opened.push((what, places.open(what).await?));
    }
    let mut done = Redriven::default();
    for (what, place) in opened {
        match place {
            Place::View { parked, .. } => {
                let view = what.name();
                let failed = |source| Error::View { view, source };
                let mut list = parked.list().await.map_err(failed)?;
                list.retain(|it| streams.is_empty() || streams.contains(&it.stream));
                let all = list.len() as u64;
                for (tried, it) in (1..).zip(list) {
                    let came = parked.redrive(it.partition, &it.stream).await;
                    let came = came.map_err(failed)?;
                    done.streams.push(Tried {
                        view,
                        partition: it.partition,
                        stream: it.stream,
                        applied: came.applied,
                        still: came.still,
                    });
                    progress(tried, all);
                }
            }
            Place::Deliveries(queue) => done.deliveries = Some(queue.redrive(which).await?),
        }
    }
    Ok(done)
}

impl Error {
    /// Whether there is nothing, which is no trouble unless it was asked for.
    fn is_absence(&self) -> bool {
        use docket_projectors::projector::Error as OfView;
        matches!(
            self,
            Self::NotConfigured(_)
                | Self::View {
                    source: OfView::NoView { .. },
                    ..
                }
                | Self::Deliveries(docket_delivery::Error::NoDeliveries { .. })
        )
    }
}
