//! The front: the sound of a phone.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};

use milliwatt_media::tone::Region;

use crate::{
    cards::Cards,
    device::{Choice, Listed, Role, Snapshot},
    event::Event,
    keeper::{Keeper, Plug},
    player::{Piece, Player, Playing},
    port::{CallPort, CallSound, Volumes, call_port},
    stream::Stamps,
    tune::Tune,
    voice::{BackEnd, Cleaning},
};

/// All sound of a phone: its devices, the sound of its calls, its tones. One thread of its own looks
/// after the devices; it ends when this is dropped.
pub struct Audio {
    orders: Sender<Order>,
    shown: Arc<Mutex<Snapshot>>,
    choice: Mutex<Choice>,
    volumes: Arc<Volumes>,
    stamps: Stamps,
}

enum Order {
    Add(Box<dyn Plug>),
    Choose(Choice),
}

impl Audio {
    /// Looks for the devices, and from then on once a second, or within 100 ms when the cards tell of a
    /// change. `tell` is called from the thread that looks after them. Waits two seconds for the first
    /// look at the most: a sound server may hang.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        cards: Box<dyn Cards>,
        choice: Choice,
        tell: impl FnMut(Event) + Send + 'static,
    ) -> std::io::Result<Self> {
        let stamps = Stamps::system();
        let (orders, received) = mpsc::channel();
        let shown = Arc::<Mutex<Snapshot>>::default();
        let (looked, first_look) = mpsc::channel();
        let (own_stamps, own_choice, own_shown) =
            (stamps.clone(), choice.clone(), Arc::clone(&shown));
        std::thread::Builder::new().name("sound".into()).spawn(move || {
            let keeper = Keeper::new(cards, own_stamps, (own_choice, own_shown), Box::new(tell));
            // Whoever waited for it may have gone.
            let _ = looked.send(());
            keep(keeper, &received);
        })?;
        // No devices are known until there is an answer.
        let _ = first_look.recv_timeout(FIRST_LOOK);
        let (choice, volumes) = (Mutex::new(choice), Arc::default());
        Ok(Self { orders, shown, choice, volumes, stamps })
    }

    /// What a person may choose from.
    pub fn devices(&self) -> Vec<Listed> {
        self.snapshot().listed(&self.choice())
    }

    /// The devices as they were seen last.
    pub fn snapshot(&self) -> Snapshot {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The devices that are wanted.
    pub fn choice(&self) -> Choice {
        self.choice.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Other devices are wanted, by calls that are up too.
    pub fn choose(&self, choice: Choice) {
        *self.choice.lock().unwrap_or_else(PoisonError::into_inner) = choice.clone();
        self.order(Order::Choose(choice));
    }

    /// How loud a role is, per cent, 400 at the most; 100 leaves the sound as it is.
    pub fn set_volume(&self, role: Role, percent: u32) {
        self.volumes.set(role, percent);
    }

    /// The sound of a call: the port for the engine, and the handle to it.
    pub fn call(&self, cleaning: Cleaning) -> (CallPort, CallSound) {
        self.call_with(BackEnd::default(), cleaning)
    }

    /// The same with a back end of one's choice.
    pub fn call_with(&self, back_end: BackEnd, cleaning: Cleaning) -> (CallPort, CallSound) {
        let volumes = Arc::clone(&self.volumes);
        let (port, sound, plugs) = call_port(self.stamps.clone(), volumes, (back_end, cleaning));
        plugs.into_iter().for_each(|plug| self.add(plug));
        (port, sound)
    }

    /// Plays a tone until what is returned is dropped.
    pub fn play(&self, tune: Tune, region: Region) -> Playing {
        self.play_piece(Piece::Tune(tune, region))
    }

    /// Plays mono sound at `rate` Hz on the ring device, over and over, until what is returned is
    /// dropped.
    pub fn ring(&self, sound: Arc<[i16]>, rate: u32) -> Playing {
        self.play_piece(Piece::Ring(sound, rate))
    }

    /// Plays mono sound at `rate` Hz on the speaker, once, until what is returned is dropped.
    pub fn play_sound(&self, sound: Vec<i16>, rate: u32) -> Playing {
        self.play_piece(Piece::Recording(sound, rate))
    }

    fn play_piece(&self, piece: Piece) -> Playing {
        let (player, playing) = Player::new(piece, Arc::clone(&self.volumes));
        self.add(Box::new(player));
        playing
    }

    pub(crate) fn volumes(&self) -> Arc<Volumes> {
        Arc::clone(&self.volumes)
    }

    pub(crate) fn add(&self, plug: Box<dyn Plug>) {
        self.order(Order::Add(plug));
    }

    fn order(&self, order: Order) {
        // Without its thread there is silence, which the media thread gives by itself.
        drop(self.orders.send(order));
    }
}

fn keep(mut keeper: Keeper, orders: &Receiver<Order>) {
    loop {
        match orders.recv_timeout(TICK) {
            Ok(Order::Add(plug)) => keeper.add(plug),
            Ok(Order::Choose(choice)) => keeper.choose(choice),
            Err(RecvTimeoutError::Timeout) => keeper.tick(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

const TICK: Duration = Duration::from_millis(100);
const FIRST_LOOK: Duration = Duration::from_secs(2);
