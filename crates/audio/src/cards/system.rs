//! The system's sound through cpal: PulseAudio or ALSA, WASAPI, CoreAudio.

use std::time::Duration;

use cpal::{
    BufferSize, ErrorKind, FromSample, Host, Sample as _, SampleFormat, SizedSample, StreamConfig,
    SupportedStreamConfig, SupportedStreamConfigRange,
    traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _},
};

use super::{CardError, Cards, Opened};
#[cfg(target_os = "linux")]
use super::{OnChange, subscription::Subscription};
use crate::{
    device::{Device, Snapshot, Way},
    stream::{Drain, Fault, Feed, RATE},
};

/// The sound system that the computer has; looked for again when it was gone.
///
/// PulseAudio, and PipeWire in its place, tell of devices that come and go and of another default. With
/// ALSA, WASAPI and CoreAudio a look finds them: ALSA has no such event, and that of the other two
/// (`IMMNotificationClient`, `AudioObjectAddPropertyListener`) is for unsafe code alone, of which this
/// crate has none.
#[derive(Default)]
pub struct System {
    host: Option<Host>,
    #[cfg(target_os = "linux")]
    subscription: Subscription,
}

impl System {
    /// Nothing is opened before the first look.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a device, of a sound server or not. A sound server is given a connection for each stream,
    /// because cpal marks all playback streams of one to be in step (`syncid` 0), and such may go to
    /// one device only. The stream is the only one that keeps it, and ends it.
    fn open(
        &self,
        id: &str,
        open: impl FnOnce(&cpal::Device, bool) -> Result<Opened, CardError>,
    ) -> Result<Opened, CardError> {
        let gone = || CardError::gone(id);
        let id_of_cpal = id.parse().map_err(|e| error(&e))?;
        let known = self.host.as_ref().ok_or_else(gone)?;
        let own = if is_server(known) { Some(preferred(None).ok_or_else(gone)?) } else { None };
        let host = own.as_ref().unwrap_or(known);
        let device = host.device_by_id(&id_of_cpal).ok_or_else(gone)?;
        open(&device, is_server(host))
    }
}

impl Cards for System {
    #[cfg(target_os = "linux")]
    fn watch(&mut self, on_change: OnChange) {
        self.subscription.begin(on_change);
    }

    fn look(&mut self) -> Snapshot {
        self.host = preferred(self.host.take());
        #[cfg(target_os = "linux")]
        if self.host.as_ref().is_some_and(is_server) {
            self.subscription.keep();
        }
        let listed = self.host.as_ref().map(list);
        match listed {
            Some(Ok(snapshot)) => snapshot,
            Some(Err(why)) => {
                tracing::debug!(%why, "no list of sound devices");
                self.host = None;
                Snapshot::default()
            }
            None => Snapshot::default(),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "one of FORMATS was picked")]
    fn capture(&mut self, id: &str, feed: &mut dyn FnMut() -> Feed) -> Result<Opened, CardError> {
        self.open(id, |device, server| {
            let ranges = device.supported_input_configs().map_err(|e| error(&e))?;
            let default = device.default_input_config().map_err(|e| error(&e))?;
            let (config, format) = config(ranges, default, server);
            open(config, server, &mut |config| {
                let feed = feed();
                match format {
                    SampleFormat::I16 => record::<i16>(device, config, feed),
                    SampleFormat::I32 => record::<i32>(device, config, feed),
                    SampleFormat::U16 => record::<u16>(device, config, feed),
                    _ => record::<f32>(device, config, feed),
                }
            })
        })
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "one of FORMATS was picked")]
    fn playback(
        &mut self,
        id: &str,
        drain: &mut dyn FnMut() -> Drain,
    ) -> Result<Opened, CardError> {
        self.open(id, |device, server| {
            let ranges = device.supported_output_configs().map_err(|e| error(&e))?;
            let default = device.default_output_config().map_err(|e| error(&e))?;
            let (config, format) = config(ranges, default, server);
            open(config, server, &mut |config| {
                let drain = drain();
                match format {
                    SampleFormat::I16 => play::<i16>(device, config, drain),
                    SampleFormat::I32 => play::<i32>(device, config, drain),
                    SampleFormat::U16 => play::<u16>(device, config, drain),
                    _ => play::<f32>(device, config, drain),
                }
            })
        })
    }
}

/// PulseAudio (or PipeWire in its place) where its server answers, else the system's own sound.
#[cfg(target_os = "linux")]
fn preferred(before: Option<Host>) -> Option<Host> {
    use cpal::HostId;
    if before.as_ref().is_some_and(is_server) {
        return before;
    }
    cpal::host_from_id(HostId::PulseAudio)
        .ok()
        .or(before)
        .or_else(|| cpal::host_from_id(HostId::Alsa).ok())
}

#[cfg(not(target_os = "linux"))]
fn preferred(before: Option<Host>) -> Option<Host> {
    before.or_else(|| Some(cpal::default_host()))
}

/// A sound server takes every format, converts, and mixes: it is given mono.
#[cfg(target_os = "linux")]
fn is_server(host: &Host) -> bool {
    host.id() == cpal::HostId::PulseAudio
}

#[cfg(not(target_os = "linux"))]
fn is_server(_: &Host) -> bool {
    false
}

fn list(host: &Host) -> Result<Snapshot, cpal::Error> {
    let mut snapshot = Snapshot::default();
    for device in host.devices()? {
        let (Ok(id), Ok(description)) = (device.id(), device.description()) else { continue };
        if !is_for_people(id.id()) {
            continue;
        }
        for (way, goes) in [
            (Way::Capture, description.supports_input()),
            (Way::Playback, description.supports_output()),
        ] {
            if goes {
                let name = description.name().to_owned();
                snapshot.devices.push(Device { id: id.to_string(), name, way });
            }
        }
    }
    let id = |device: Option<cpal::Device>| Some(device?.id().ok()?.to_string());
    snapshot.default_capture = id(host.default_input_device());
    snapshot.default_playback = id(host.default_output_device());
    Ok(snapshot)
}

/// False for what records the speaker, and for the many names that ALSA has for one card: of those
/// only the ones that convert and do not change when another card is plugged in.
fn is_for_people(id: &str) -> bool {
    if cfg!(not(target_os = "linux")) {
        return true;
    }
    let is_numbered = |card: &str| card.starts_with(|c: char| c.is_ascii_digit());
    if let Some(card) = id.strip_prefix("plughw:CARD=") {
        return !is_numbered(card);
    }
    let plugin = [
        "null",
        "lavrate",
        "samplerate",
        "speexrate",
        "speex",
        "jack",
        "oss",
        // What is behind them is shown by the server itself, or the server is gone.
        "pipewire",
        "pulse",
        "upmix",
        "vdownmix",
    ];
    !(id.ends_with(".monitor") || id.contains(":CARD=") || plugin.contains(&id))
}

/// What a device is opened with: 48 kHz and its own channels where it can, a format that we know.
fn config(
    ranges: impl Iterator<Item = SupportedStreamConfigRange>,
    default: SupportedStreamConfig,
    server: bool,
) -> (StreamConfig, SampleFormat) {
    let channels = if server { 1 } else { default.channels() };
    let rank = |format| FORMATS.iter().position(|f| *f == format);
    let best = ranges.filter(|r| rank(r.sample_format()).is_some()).min_by_key(|range| {
        (range.channels().abs_diff(channels), !has(range, RATE), rank(range.sample_format()))
    });
    let (channels, sample_rate, format) = match best {
        Some(range) => {
            let (least, most) = (range.min_sample_rate(), range.max_sample_rate());
            let wanted = if has(&range, RATE) { RATE } else { default.sample_rate() };
            (range.channels(), wanted.clamp(least, most), range.sample_format())
        }
        None => (default.channels(), default.sample_rate(), default.sample_format()),
    };
    (StreamConfig { channels, sample_rate, buffer_size: BufferSize::Default }, format)
}

fn has(range: &SupportedStreamConfigRange, rate: u32) -> bool {
    (range.min_sample_rate()..=range.max_sample_rate()).contains(&rate)
}

/// Opens with blocks of 10 ms; a device that has no such gets its own. A sound server is asked for half
/// of that, because it holds two blocks; PulseAudio's own would be 2 s.
fn open(
    config: StreamConfig,
    server: bool,
    build: &mut dyn FnMut(StreamConfig) -> Result<cpal::Stream, cpal::Error>,
) -> Result<Opened, CardError> {
    let rate = config.sample_rate;
    let blocks_per_s = if server { 200 } else { 100 };
    let fixed = StreamConfig { buffer_size: BufferSize::Fixed(rate / blocks_per_s), ..config };
    let stream = match build(fixed) {
        Err(e) if matches!(e.kind(), ErrorKind::UnsupportedConfig | ErrorKind::InvalidInput) => {
            build(config)
        }
        other => other,
    }
    .map_err(|e| error(&e))?;
    stream.play().map_err(|e| error(&e))?;
    Ok(Opened { rate, stream: Box::new(stream) })
}

fn record<T>(
    device: &cpal::Device,
    config: StreamConfig,
    mut feed: Feed,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let alarm = feed.alarm();
    let channels = usize::from(config.channels);
    device.build_input_stream::<T, _, _>(
        config,
        move |block, _| feed.take(block, channels, f32::from_sample),
        move |e| fault(e.kind()).into_iter().for_each(|fault| alarm.raise(fault)),
        Some(PATIENCE),
    )
}

fn play<T>(
    device: &cpal::Device,
    config: StreamConfig,
    mut drain: Drain,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample + FromSample<f32>,
{
    let alarm = drain.alarm();
    let channels = usize::from(config.channels);
    device.build_output_stream::<T, _, _>(
        config,
        move |block, _| drain.give(block, channels, T::from_sample),
        move |e| fault(e.kind()).into_iter().for_each(|fault| alarm.raise(fault)),
        Some(PATIENCE),
    )
}

fn error(e: &cpal::Error) -> CardError {
    CardError { fault: fault(e.kind()).unwrap_or(Fault::Invalid), text: e.to_string() }
}

/// What an error says of the stream; `None` where it runs on.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is not known means opening anew")]
fn fault(kind: ErrorKind) -> Option<Fault> {
    match kind {
        ErrorKind::DeviceBusy => Some(Fault::Busy),
        ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied | ErrorKind::Xrun => None,
        ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => Some(Fault::Gone),
        ErrorKind::PermissionDenied => Some(Fault::Refused),
        _ => Some(Fault::Invalid),
    }
}

/// Formats that are read and written, the dearest first.
const FORMATS: [SampleFormat; 4] =
    [SampleFormat::F32, SampleFormat::I16, SampleFormat::I32, SampleFormat::U16];
/// How long a device may take to open.
const PATIENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use cpal::SupportedBufferSize;

    use super::*;

    fn range(channels: u16, rates: (u32, u32), format: SampleFormat) -> SupportedStreamConfigRange {
        let buffer = SupportedBufferSize::Unknown;
        SupportedStreamConfigRange::new(channels, rates.0, rates.1, buffer, format)
    }

    #[test]
    fn a_device_is_opened_at_48_khz_where_it_can_and_in_a_format_that_we_know() {
        let default = range(2, (44_100, 44_100), SampleFormat::I24).with_max_sample_rate();
        let all = [
            range(2, (44_100, 44_100), SampleFormat::F32),
            range(2, (8000, 96_000), SampleFormat::I16),
            range(2, (8000, 96_000), SampleFormat::I24),
            range(1, (8000, 96_000), SampleFormat::F32),
        ];
        let picked = |all: &[SupportedStreamConfigRange], server| {
            let (config, format) = config(all.iter().copied(), default, server);
            (config.channels, config.sample_rate, format)
        };
        assert_eq!(picked(&all, false), (2, 48_000, SampleFormat::I16));
        assert_eq!(picked(&all, true), (1, 48_000, SampleFormat::F32));
        assert_eq!(picked(&all[..1], false), (2, 44_100, SampleFormat::F32));
        assert_eq!(picked(&[], false), (2, 44_100, SampleFormat::I24));
    }

    /// What a device is asked for, one try after the other, that refuses each so.
    fn asked(sample_rate: u32, server: bool, why: ErrorKind) -> Vec<BufferSize> {
        let config = StreamConfig { channels: 1, sample_rate, buffer_size: BufferSize::Default };
        let mut asked = Vec::new();
        let refused = open(config, server, &mut |config| {
            asked.push(config.buffer_size);
            Err(cpal::Error::new(why))
        });
        assert!(refused.is_err());
        asked
    }

    #[test]
    fn a_device_is_asked_for_blocks_of_10_ms_and_a_sound_server_for_half_of_that() {
        let fixed = |frames| vec![BufferSize::Fixed(frames)];
        assert_eq!(asked(48_000, false, ErrorKind::DeviceBusy), fixed(480));
        assert_eq!(asked(48_000, true, ErrorKind::DeviceBusy), fixed(240));
        assert_eq!(asked(44_100, false, ErrorKind::DeviceBusy), fixed(441));
    }

    #[test]
    fn a_device_that_has_no_such_blocks_is_opened_with_its_own() {
        for why in [ErrorKind::UnsupportedConfig, ErrorKind::InvalidInput] {
            assert_eq!(asked(48_000, false, why), [BufferSize::Fixed(480), BufferSize::Default]);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn of_the_many_names_of_a_card_the_stable_one_is_shown() {
        for shown in ["default", "plughw:CARD=PCH,DEV=0", "alsa_output.usb-headset.analog"] {
            assert!(is_for_people(shown), "{shown}");
        }
        let plugins = ["null", "pipewire", "pulse", "speex"];
        let doubles = ["hw:CARD=PCH,DEV=0", "plughw:CARD=0,DEV=0", "alsa_output.x.monitor"];
        for hidden in plugins.into_iter().chain(doubles) {
            assert!(!is_for_people(hidden), "{hidden}");
        }
    }
}
