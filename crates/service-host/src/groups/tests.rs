//! Tests of groups.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::join_all;
use tokio::sync::Semaphore;
use tonic::Code;

use super::{Groups, LARGEST, WAITING, WORKERS};

/// Groups that wait for a permit of the test. The answer to each number is its double.
struct Desk {
    groups: Groups<u32, u32>,
    permits: Arc<Semaphore>,
    done: Arc<Mutex<Vec<Vec<u32>>>>,
}

impl Desk {
    fn closed() -> Self {
        let permits = Arc::new(Semaphore::new(0));
        let done = Arc::new(Mutex::new(Vec::new()));
        let (doors, books) = (Arc::clone(&permits), Arc::clone(&done));
        let groups = Groups::new("test", move |items: Vec<u32>| {
            let (doors, books) = (Arc::clone(&doors), Arc::clone(&books));
            async move {
                doors.acquire().await.unwrap().forget();
                assert!(!items.contains(&13), "the worker panics at thirteen");
                books.lock().unwrap().push(items.clone());
                items
                    .iter()
                    .map(|item| (*item != 7).then_some(item * 2))
                    .collect()
            }
        });
        Self {
            groups,
            permits,
            done,
        }
    }

    fn open(&self) {
        self.permits.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// Occupies each worker with one call, so that further calls wait.
    async fn occupy(&self) -> impl Future<Output = Vec<Option<u32>>> + use<> {
        let mut held = Vec::new();
        for _ in 0..WORKERS {
            let groups = self.groups.clone();
            held.push(tokio::spawn(async move { groups.join(1).await.unwrap() }));
            // The test has one thread: other tasks run until they wait.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        }
        join_all(held).map(|all| all.into_iter().map(Result::unwrap).collect())
    }

    /// The sizes of the groups, in ascending order because the groups may end in any order.
    fn sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<_> = self.done.lock().unwrap().iter().map(Vec::len).collect();
        sizes.sort_unstable();
        sizes
    }
}

#[tokio::test]
async fn calls_that_arrive_while_all_workers_are_busy_form_the_next_group_and_get_their_own_answers() {
    let desk = Desk::closed();
    let first = desk.occupy().await;
    let rest = (20..50).map(|item| desk.groups.join(item));
    let mut rest = Box::pin(join_all(rest));
    assert!(rest.as_mut().now_or_never().is_none());
    desk.open();
    let answers: Vec<_> = rest.await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, (20..50).map(|item| Some(item * 2)).collect::<Vec<_>>());
    assert_eq!(first.await, [Some(2), Some(2)]);
    assert_eq!(desk.sizes(), [1, 1, 30]);
}

#[tokio::test]
async fn a_single_call_does_not_wait_for_others() {
    let desk = Desk::closed();
    desk.open();
    for item in 1..=3 {
        assert_eq!(desk.groups.join(item).await.unwrap(), Some(item * 2));
    }
    assert_eq!(desk.sizes(), [1, 1, 1]);
}

#[tokio::test]
async fn a_cancelled_call_is_left_out_and_does_not_affect_the_others() {
    let desk = Desk::closed();
    let first = desk.occupy().await;
    let mut cancelled = Box::pin(desk.groups.join(8));
    assert!(cancelled.as_mut().now_or_never().is_none());
    let mut waiting = Box::pin(desk.groups.join(9));
    assert!(waiting.as_mut().now_or_never().is_none());
    drop(cancelled);
    desk.open();
    assert_eq!(waiting.await.unwrap(), Some(18));
    first.await;
    assert!(!desk.done.lock().unwrap().iter().flatten().any(|item| *item == 8));
}

#[tokio::test]
async fn an_item_that_is_not_done_and_the_items_of_a_panic_get_no_answer() {
    let desk = Desk::closed();
    desk.open();
    assert_eq!(desk.groups.join(7).await.unwrap(), None);
    for _ in 0..=WORKERS {
        assert_eq!(desk.groups.join(13).await.unwrap(), None);
    }
    assert_eq!(
        desk.groups.join(5).await.unwrap(),
        Some(10),
        "the workers are still there"
    );
}

#[tokio::test]
async fn the_items_of_a_group_that_times_out_get_no_answer() {
    let work = |_: Vec<u32>| std::future::pending::<Vec<Option<u32>>>();
    let groups = Groups::with_timeout("test", Duration::from_millis(20), work);
    for item in 0..4 {
        assert_eq!(groups.join(item).await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_queue_and_the_size_of_a_group_are_bounded() {
    let desk = Desk::closed();
    let first = desk.occupy().await;
    let waiting = (0..WAITING).map(|_| desk.groups.join(2));
    let mut waiting = Box::pin(join_all(waiting));
    assert!(waiting.as_mut().now_or_never().is_none());
    let refusal = desk.groups.join(3).await.unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.reason()),
        (Code::Unavailable, "OVERLOADED")
    );
    desk.open();
    assert!(waiting.await.into_iter().all(|answer| answer.unwrap() == Some(4)));
    first.await;
    assert!(desk.sizes().iter().all(|size| *size <= LARGEST));
}
