//! What the phone wants of a call's sound, done with sockets, media threads and files.

use std::net::{IpAddr, SocketAddr};

use milliwatt_media::session::Control;

use super::run::Loop;
use crate::{
    api::CallId,
    media_io::Start,
    phone::{Input, MediaCommand, MediaNotice},
};

impl Loop {
    /// Does what a command for the sound of a call says.
    pub(super) fn sound(&mut self, call: CallId, command: MediaCommand) {
        match command {
            MediaCommand::Open { local, ports } => {
                let opened = self.open_port(call, local, ports);
                self.phone
                    .handle(self.clock.now(), Input::Media(call, MediaNotice::Opened(opened)));
            }
            MediaCommand::Start { plan, config, seed, sound } => {
                if let Some(sockets) = self.sockets.remove(&call) {
                    let port = Box::new(self.sounds.start(call, &plan, sound));
                    self.media.begin(Start {
                        call,
                        sockets,
                        port,
                        plan: *plan,
                        config: *config,
                        seed,
                    });
                }
            }
            MediaCommand::Sound(sound) => self.sounds.open(call, sound),
            MediaCommand::Record(into) => self.sounds.record(call, into.as_deref()),
            MediaCommand::Control(control) => {
                self.sounds.heed(call, &control);
                self.media.control(call, &control);
            }
            MediaCommand::Pause => self.media.control(call, &Control::Stop),
            MediaCommand::Close => {
                self.sounds.forget(call);
                if self.sockets.remove(&call).is_some() {
                    let notice = MediaNotice::Closed(None);
                    self.phone.handle(self.clock.now(), Input::Media(call, notice));
                } else {
                    self.media.control(call, &Control::Stop);
                }
            }
        }
    }

    fn open_port(
        &mut self,
        call: CallId,
        local: IpAddr,
        ports: Option<(u16, u16)>,
    ) -> Result<SocketAddr, String> {
        let pair = self.ports.open(local, ports).map_err(|error| error.to_string())?;
        let address = pair.address();
        self.sockets.insert(call, pair);
        Ok(address)
    }
}
