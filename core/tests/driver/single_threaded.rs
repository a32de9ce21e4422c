//! A source whose transport never leaves its thread.

use std::{cell::Cell, future::Future, pin::Pin, rc::Rc, time::Duration};

use evertoken::{
    Outcome,
    driver::{Attempt, SystemClock, Timer, TokenSource},
};
use futures::{executor::LocalPool, task::LocalSpawnExt};

use crate::{
    grant::{credentials, grant},
    script::{Script, granted},
    time::VirtualTime,
};

type LocalFlight = Pin<Box<dyn Future<Output = Outcome>>>;

fn is_send_and_sync<T: Send + Sync>(_: &T) {}

fn is_send<T: Send>(_: &T) {}

#[test]
fn a_source_of_send_parts_is_send_and_so_are_its_futures() {
    let source = TokenSource::new(grant(), credentials(), Script::default(), VirtualTime::new()).unwrap();
    is_send_and_sync(&source);
    is_send(&source.headers());
    is_send(&source.token());
    is_send(&source.drive());
    let rejection = evertoken::driver::Rejection { generation: 1, replayable: true, retried: false, patience_ms: None };
    is_send(&source.rejected(rejection));
}

#[test]
fn a_transport_of_one_thread_works_on_a_local_pool() {
    let started = Rc::new(Cell::new(0));
    let count = Rc::clone(&started);
    let mut pool = LocalPool::new();
    let spawner = pool.spawner();
    let transport = move |_: Attempt| -> LocalFlight {
        count.set(count.get() + 1);
        let task = spawner.spawn_local_with_handle(async { granted("token-local", 3_600_000) }).unwrap();
        Box::pin(task)
    };
    let source = TokenSource::new(grant(), credentials(), transport, |_| std::future::pending()).unwrap();
    let callers: Vec<_> = (0..10).map(|_| source.token()).collect();
    let tokens = pool.run_until(futures::future::join_all(callers));
    assert!(tokens.into_iter().all(|token| token.unwrap().token() == "token-local"));
    assert_eq!(started.get(), 1);
}

#[tokio::test(flavor = "current_thread")]
async fn a_transport_of_one_thread_works_on_a_local_set() {
    struct LocalTimer(Rc<()>);
    impl Timer for LocalTimer {
        type Sleep = tokio::time::Sleep;
        fn sleep(&self, ms: u64) -> Self::Sleep {
            assert_eq!(Rc::strong_count(&self.0), 1);
            tokio::time::sleep(Duration::from_millis(ms))
        }
    }
    let local = tokio::task::LocalSet::new();
    let transport = |_: Attempt| -> LocalFlight {
        let secret = Rc::new(granted("token-local", 3_600_000));
        let task = tokio::task::spawn_local(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            (*secret).clone()
        });
        Box::pin(async { task.await.unwrap() })
    };
    let source: TokenSource<_, _, SystemClock> = TokenSource::new(grant(), credentials(), transport, LocalTimer(Rc::new(()))).unwrap();
    let token = local.run_until(source.token()).await;
    assert_eq!(token.unwrap().token(), "token-local");
}
