//! The log that `--log` and `-v` ask for.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Mutex,
};

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

use crate::{args::Outputs, exit::Failure, output};

/// Starts it.
pub(crate) fn start(outputs: &Outputs) -> Result<(), Failure> {
    let level = match outputs.verbose {
        0 => "info",
        1 => "debug",
        _ => "trace",
    };
    let filter = || {
        EnvFilter::new(format!(
            "warn,pulseaudio=off,milliwatt_engine={level},milliwatt_checks={level}"
        ))
    };
    let file = outputs.log.as_deref().map(LogFile::create).transpose()?;
    let to_file =
        file.map(|file| fmt::layer().json().with_writer(Mutex::new(file)).with_filter(filter()));
    let to_person = (outputs.verbose > 0).then(|| {
        // A stderr that is closed is nobody's to complain to.
        let layer = fmt::layer().with_writer(io::stderr).log_internal_errors(false);
        // Colours are for a terminal, unless NO_COLOR forbids them there.
        let layer = if output::watched() { layer } else { layer.with_ansi(false) };
        layer.with_filter(filter())
    });
    tracing_subscriber::registry()
        .with(to_file)
        .with(to_person)
        .try_init()
        .map_err(Failure::internal)
}

/// The file of the log. When the disk is full that is told once, and calls go on.
struct LogFile {
    file: File,
    path: PathBuf,
    told: bool,
}

impl LogFile {
    fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|e| Failure::usage(output::unwritable(path, &e)))?;
        Ok(Self { file, path: path.to_owned(), told: false })
    }
}

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.file.write_all(line)
            && !std::mem::replace(&mut self.told, true)
        {
            output::complain(output::unwritable(&self.path, &error));
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
