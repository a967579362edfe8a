#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| broker_tiger::fuzz::answer(data));
