//! Tasks under a clock that jumps to the next instant at which one of them goes on.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Runs tasks in the order in which they become ready. A task may be polled without need.
pub struct Executor {
    now: Cell<SystemTime>,
    current: Cell<u64>,
    spawned: Cell<u64>,
    tasks: RefCell<BTreeMap<u64, Task>>,
    ready: RefCell<VecDeque<u64>>,
    timers: RefCell<BinaryHeap<Reverse<(SystemTime, u64)>>>,
}

/// Something that happens once, and that tasks wait for.
#[derive(Default)]
pub struct Signal {
    happened: Cell<bool>,
    waiting: RefCell<Vec<u64>>,
}

impl Executor {
    pub fn new(now: SystemTime) -> Rc<Self> {
        Rc::new(Self {
            now: Cell::new(now),
            current: Cell::default(),
            spawned: Cell::default(),
            tasks: RefCell::default(),
            ready: RefCell::default(),
            timers: RefCell::default(),
        })
    }

    pub fn now(&self) -> SystemTime {
        self.now.get()
    }

    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let id = self.spawned.get();
        self.spawned.set(id + 1);
        self.tasks.borrow_mut().insert(id, Box::pin(task));
        self.ready.borrow_mut().push_back(id);
    }

    /// Lets everything happen that happens until `end`.
    pub fn run_until(&self, end: SystemTime) {
        loop {
            let next = self.ready.borrow_mut().pop_front();
            if let Some(id) = next {
                self.poll(id);
                continue;
            }
            let due = self.timers.borrow().peek().map(|Reverse((at, _))| *at);
            let Some(at) = due.filter(|at| *at <= end) else {
                break;
            };
            let Reverse((_, id)) = self.timers.borrow_mut().pop().unwrap();
            self.now.set(at.max(self.now.get()));
            self.ready.borrow_mut().push_back(id);
        }
        self.now.set(end.max(self.now.get()));
    }

    fn poll(&self, id: u64) {
        let Some(mut task) = self.tasks.borrow_mut().remove(&id) else {
            return;
        };
        self.current.set(id);
        let mut context = Context::from_waker(Waker::noop());
        if task.as_mut().poll(&mut context).is_pending() {
            self.tasks.borrow_mut().insert(id, task);
        }
    }

    pub async fn sleep(&self, time: Duration) {
        let never = Signal::default();
        self.wait(&never, time).await;
    }

    /// Waits for `signal` for no longer than `limit`; whether it happened.
    pub async fn wait(&self, signal: &Signal, limit: Duration) -> bool {
        let until = self.now() + limit;
        let mut waits = false;
        poll_fn(|_| {
            if signal.happened.get() || self.now() >= until {
                return Poll::Ready(signal.happened.get());
            }
            if !waits {
                waits = true;
                let id = self.current.get();
                self.timers.borrow_mut().push(Reverse((until, id)));
                signal.waiting.borrow_mut().push(id);
            }
            Poll::Pending
        })
        .await
    }

    pub fn happen(&self, signal: &Signal) {
        signal.happened.set(true);
        self.ready
            .borrow_mut()
            .extend(signal.waiting.borrow_mut().drain(..));
    }
}
