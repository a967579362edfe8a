use metrics_exporter_prometheus::PrometheusBuilder;

use super::{
    machine::{Machine, Room, Sample},
    measure,
};

const GIB: u64 = 1 << 30;

fn room(total: u64, available: u64) -> Option<Room> {
    Some(Room { total, available })
}

#[test]
fn each_part_of_the_machine_has_a_word_of_its_own() {
    let mut sample = Sample::default();
    assert_eq!(sample.memory_word(), None);
    assert_eq!(sample.cpu_word(), None);
    assert_eq!(sample.disk_word(), None);
    for (total, available, word) in [
        (100, 5, "healthy"),
        (1000, 49, "unhealthy: 4 % are available"),
        (0, 0, "unhealthy: 0 % are available"),
    ] {
        sample.memory = room(total, available);
        assert_eq!(sample.memory_word().unwrap(), word);
    }
    for (used, word) in [(95.0, "healthy"), (99.6, "unhealthy: 100 % are used")] {
        sample.cpu_percent = Some(used);
        assert_eq!(sample.cpu_word().unwrap(), word);
    }
    for (total, available, word) in [
        (400 * GIB, GIB, "healthy"),
        (400 * GIB, GIB - 1, "unhealthy: 1023 MiB are available"),
        // A small disk is not full because it is small.
        (2 * GIB, GIB / 2, "healthy"),
        (2 * GIB, GIB / 16, "unhealthy: 64 MiB are available"),
    ] {
        sample.disk = room(total, available);
        assert_eq!(sample.disk_word().unwrap(), word);
    }
}

#[tokio::test]
async fn the_machine_and_the_process_are_looked_at_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::at(folder.path());
    assert_eq!(machine.last(), None);
    machine.look().await;
    let first = machine.last().unwrap();
    assert_eq!(first.cpu_percent, None, "one look cannot know");
    let memory = first.memory.unwrap();
    assert!(memory.available <= memory.total, "{memory:?}");
    // A test needs more than a megabyte, and began after 2020.
    assert!(first.resident.unwrap() > 1 << 20, "{first:?}");
    assert!(first.started.unwrap() > 1_577_836_800, "{first:?}");
    machine.look().await;
    let second = machine.last().unwrap();
    let used = second.cpu_percent.unwrap();
    assert!((0.0..=100.0).contains(&used), "{used}");
    assert!(second.cpu_time >= first.cpu_time);

    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || measure::machine(&second));
    let text = recorder.handle().render();
    for name in [
        "broker_machine_memory_available_bytes",
        "broker_machine_cpu_used_ratio",
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
    ] {
        assert!(text.contains(&format!("\n{name} ")), "{name}: {text}");
    }
    // What is not known is not told as zero.
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || measure::machine(&Sample::default()));
    assert_eq!(recorder.handle().render(), "");
}
