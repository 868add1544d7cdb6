//! The command line as its contract has it: for each end, the exit code and a sentence.

mod answerers;
mod books;
mod bulk;
mod check;
mod contract;
mod could_not_run;
mod damaged_history;
mod demo;
mod doctor;
mod early_call;
mod files;
mod guards;
mod interrupted;
mod json;
mod no_sound;
mod options;
mod password;
mod plain;
mod recordings;
mod secrets;
mod settings;
mod usage;
