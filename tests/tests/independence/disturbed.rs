//! Each view in turn is stopped, blocked, slowed down, built anew and projected twice, while tickets
//! are opened, routed, worked, closed and rated. A command that fails, fails the test; so does one, or
//! a routing, that takes far longer than any did before something was disturbed (but for the projectors
//! that run twice, which disturb nothing).

use std::collections::BTreeMap;
use std::time::Duration;

use docket_agreement::View;
use docket_supervisor::{Postgres, PostgresConfig, testing};

use crate::shop::Shop;

/// Tickets that are served during one disturbance.
const TICKETS: usize = 6;

/// What machines that are busy with other things may add. Whoever waits for a database that is away
/// does so for longer: a pool gives up after half a minute.
const SLACK: Duration = Duration::from_secs(10);

/// The longest that anything takes while nothing is disturbed; trades that follow may take several
/// times as long, since machines are not equally busy all the time.
struct Usual(Duration);

impl Usual {
    async fn of(shop: &Shop, tickets: usize) -> Self {
        shop.watch.longest();
        shop.trade(tickets).await;
        Self(shop.watch.longest().took)
    }

    /// Trades, and shows that nothing took much longer than it does otherwise.
    async fn trade(&self, shop: &Shop, tickets: usize) -> usize {
        shop.watch.longest();
        let served = shop.trade(tickets).await.len();
        let longest = shop.watch.longest();
        let Self(usual) = *self;
        assert!(
            longest.took < 5 * usual + SLACK,
            "{} took {:?}, and nothing more than {usual:?} before",
            longest.what,
            longest.took
        );
        served
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projector_that_is_stopped_delays_nobody_else() {
    let mut shop = Shop::open().await;
    let usual = Usual::of(&shop, TICKETS).await;
    for view in View::ALL {
        shop.views.stop(view).await;
        usual.trade(&shop, TICKETS).await;
        shop.views.all_follow_but(&[view]).await;
        shop.views.project(view);
        shop.views.follows(view).await;
    }
    shop.everybody_is_told().await;
    assert!(shop.told_twice().is_empty());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_nobody_can_write_delays_nobody_else() {
    let shop = Shop::open().await;
    shop.views.all_follow().await;
    let usual = Usual::of(&shop, TICKETS).await;
    for view in View::ALL {
        let lock = shop.views.block(view).await;
        usual.trade(&shop, TICKETS).await;
        shop.views.all_follow_but(&[view]).await;
        drop(lock);
        shop.views.follows(view).await;
    }
    shop.everybody_is_told().await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_is_slow_delays_nobody_else() {
    let shop = Shop::open().await;
    shop.views.all_follow().await;
    let usual = Usual::of(&shop, TICKETS).await;
    for view in View::ALL {
        shop.views.slow_down(view).await;
        usual.trade(&shop, TICKETS).await;
        shop.views.all_follow_but(&[view]).await;
        shop.views.speed_up(view).await;
        shop.views.follows(view).await;
    }
    shop.everybody_is_told().await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_built_anew_while_all_goes_on_and_nobody_is_told_again() {
    let mut shop = Shop::open().await;
    let usual = Usual::of(&shop, TICKETS).await;
    for view in View::ALL {
        shop.views.stop(view).await;
        shop.views.drop(view).await;
        shop.views.project(view);
        usual.trade(&shop, TICKETS).await;
        shop.views.all_follow().await;
    }
    shop.everybody_is_told().await;
    assert!(shop.told_twice().is_empty());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_projector_twice_at_once_changes_nothing_twice() {
    let mut shop = Shop::open().await;
    for view in View::ALL {
        shop.views.project(view);
    }
    shop.trade(4 * TICKETS).await;
    shop.views.all_follow().await;
    let told = shop.views.count(View::Outbox, "notification").await;
    assert!(told > 20, "too little happened: {told}");
    shop.everybody_is_told().await;
    assert!(shop.told_twice().is_empty());
    shop.close().await;
}

async fn server() -> Postgres {
    tokio::task::spawn_blocking(|| {
        let directory = testing::directory("taken-away");
        Postgres::start(&testing::test_settings(PostgresConfig::new(directory)))
    })
    .await
    .expect("no panic")
    .expect("Postgres starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_views_database_may_go_while_the_others_stay() {
    let servers = futures::future::join_all(View::ALL.map(|_| server())).await;
    let names = View::ALL.map(View::name);
    let mut servers: BTreeMap<_, _> = names.into_iter().zip(servers).collect();
    let shop = Shop::with(|view| servers[view.name()].url()).await;
    shop.views.all_follow().await;
    let usual = Usual::of(&shop, TICKETS).await;
    for view in View::ALL {
        let server = servers.get_mut(view.name()).expect("its own");
        server.kill();
        usual.trade(&shop, TICKETS).await;
        shop.views.all_follow_but(&[view]).await;
        tokio::task::block_in_place(|| server.restart()).expect("Postgres starts again");
        shop.views.follows(view).await;
    }
    shop.everybody_is_told().await;
    shop.close().await;
}

/// The only Postgres there is: no view, no queue, no delivery.
#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_opened_routed_and_worked_without_any_postgres() {
    let mut server = server().await;
    let url = server.url();
    let shop = Shop::with(|_| url.clone()).await;
    shop.views.all_follow().await;
    let usual = Usual::of(&shop, 4 * TICKETS).await;
    server.kill();
    let tickets = usual.trade(&shop, 4 * TICKETS).await;
    assert_eq!(tickets, 4 * TICKETS);
    let before = shop.receiver.ids().len();
    tokio::task::block_in_place(|| server.restart()).expect("Postgres starts again");

    shop.views.all_follow().await;
    shop.everybody_is_told().await;
    assert!(shop.receiver.ids().len() > before + 4 * TICKETS, "put off");
    shop.close().await;
}
