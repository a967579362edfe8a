//! The device that quote permissions are bound to.

/// The hardware address of the machine's first network card, in lower case with colons, as the
/// vendor's Python SDK has it; `None` where that cannot be known.
///
/// Read from Linux's table of network cards; elsewhere the program has to name the device.
pub(super) fn hardware_address() -> Option<String> {
    let mut cards: Vec<_> = std::fs::read_dir("/sys/class/net")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    cards.sort_unstable();
    cards.into_iter().find_map(|card| {
        let text = std::fs::read_to_string(card.join("address")).ok()?;
        let address = text.trim().to_ascii_lowercase();
        (address.len() == 17 && address != "00:00:00:00:00:00").then_some(address)
    })
}
