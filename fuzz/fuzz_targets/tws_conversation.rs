#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| broker_sim::tws::fuzz::conversation(data));
