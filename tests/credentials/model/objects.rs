//! The Durable Objects of the world: one for each session, with a storage that outlives it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use edge_presigner::instant::from_unix_secs;
use edge_presigner::platform::{Clock, ObjectError, SessionObject};

use super::executor::Signal;
use super::world::{Isolate, ObjectFault, Runtime, World};

/// The edge at which the objects are.
pub const OBJECTS_EDGE: usize = usize::MAX;

#[derive(Default)]
pub struct Objects {
    pub running: BTreeMap<String, Rc<Isolate>>,
    stored: BTreeMap<String, (Vec<u8>, SystemTime)>,
    /// How often they were called.
    pub calls: u32,
}

impl World {
    /// Binds Durable Objects.
    pub fn bind_objects(&self) {
        self.objects.replace(Some(Objects::default()));
    }

    pub fn object_calls(&self) -> u32 {
        self.objects.borrow().as_ref().map_or(0, |it| it.calls)
    }

    /// Ends all objects: what they have in memory is lost, what they have stored is not.
    pub fn restart_objects(&self) {
        if let Some(objects) = &mut *self.objects.borrow_mut() {
            objects.running.clear();
        }
    }
}

impl SessionObject for Runtime {
    async fn ask_object(
        &self,
        name: &str,
        question: &str,
        limit: Duration,
    ) -> Option<Result<String, ObjectError>> {
        let world = &self.world;
        if self.is_in_object() || world.objects.borrow().is_none() {
            return None;
        }
        world.objects.borrow_mut().as_mut().unwrap().calls += 1;
        match world.faults.get().object {
            Some(ObjectFault::Hangs) => {
                world.clock.sleep(limit).await;
                return Some(Err(ObjectError::Timeout));
            }
            Some(ObjectFault::Unreachable) => {
                world.take(1, 50).await;
                return Some(Err(ObjectError::Failed("unreachable".to_owned())));
            }
            None => {}
        }
        let (answered, answer) = (Rc::new(Signal::default()), Rc::default());
        let (signal, place) = (Rc::clone(&answered), Rc::clone(&answer));
        let (runtime, name, question) = (self.clone(), name.to_owned(), question.to_owned());
        world.clock.spawn(async move {
            runtime.world.take(10, 150).await;
            let object = runtime.object(&name);
            let service = &object.isolate.service;
            let answer = service.answer_in_object(&question, &object).await;
            runtime.world.take(10, 150).await;
            *std::cell::RefCell::borrow_mut(&place) = Some(answer);
            runtime.world.clock.happen(&signal);
        });
        world.clock.wait(&answered, limit).await;
        Some(answer.take().ok_or(ObjectError::Timeout))
    }

    fn is_in_object(&self) -> bool {
        self.isolate.object.is_some()
    }

    async fn object_record(&self) -> Option<Vec<u8>> {
        let objects = self.world.objects.borrow();
        let (record, until) = objects
            .as_ref()?
            .stored
            .get(self.isolate.object.as_ref()?)?;
        (*until > self.now()).then(|| record.clone())
    }

    fn keep_in_object(&self, record: &[u8], expiration_secs: u64) {
        if let Some(name) = &self.isolate.object {
            let kept = (record.to_vec(), from_unix_secs(expiration_secs).unwrap());
            let mut objects = self.world.objects.borrow_mut();
            let objects = objects.as_mut().unwrap();
            objects.stored.insert(name.clone(), kept);
        }
    }
}
