//! Doors for fuzzers: bytes in, no panic out.

use std::sync::Arc;

use broker_core::dec;

use super::{
    dialect::Dialect,
    gateway::{Gateway, Habits},
    outbox::Outbox,
    wire::{Frames, Greeting},
};
use crate::{fault::FaultScript, paper::PaperBroker};

/// Reads the body of a frame in the text dialect; the version is taken into the range that is served.
pub fn text_body(version: u8, body: &[u8]) {
    let version = 157 + u32::from(version) % 22;
    let _ = Dialect::Text(version).decode(body);
}

/// Reads the body of a frame in the protobuf dialect.
pub fn proto_body(body: &[u8]) {
    let _ = Dialect::Proto(226).decode(body);
}

/// Plays a whole conversation: a greeting and frames, as a gateway without sockets takes them.
pub fn conversation(bytes: &[u8]) {
    let Ok(Some((greeting, used))) = Greeting::read(bytes) else {
        return;
    };
    let Some(dialect) = Dialect::choose(greeting.least, greeting.most) else {
        return;
    };
    let world = PaperBroker::builder()
        .recorded_only()
        .points_per_day(4)
        .account("DU1", dec!(1_000_000))
        .build_world();
    let Ok(world) = world else { return };
    let accounts = world.account_ids();
    let gateway = Gateway::new(
        &world,
        Habits::unlimited(),
        accounts,
        &FaultScript::default(),
    );
    let outbox = Arc::new(Outbox::new(dialect));
    let Ok(connection) = gateway.welcome(&outbox) else {
        return;
    };
    let mut frames = Frames::default();
    frames.push(bytes.get(used..).unwrap_or_default());
    while let Ok(Some(body)) = frames.next() {
        match dialect.decode(body) {
            Ok(request) => gateway.handle(connection, request),
            Err(what) => gateway.handle_unreadable(connection, &what),
        }
        world.advance(chrono::TimeDelta::seconds(1));
    }
    gateway.leave(connection);
}
