//! The floor plan, held by the build: who may name whom, and what is absent where. A file for each fence.

mod catalogue;
mod owners;
mod repository;
mod safety;
mod secrets;
mod sources;
mod told;
mod window;
