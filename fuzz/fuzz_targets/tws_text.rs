#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((version, body)) = data.split_first() {
        broker_sim::tws::fuzz::text_body(*version, body);
    }
});
