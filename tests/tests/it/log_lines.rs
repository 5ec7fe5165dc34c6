//! What a line of a service's log has to say.

use serde_json::Value;

use crate::mesh::Mesh;

/// A line that mentions the order can be found by it: `order.id`, the same everywhere.
pub fn every_line_about_an_order_says_so(mesh: &Mesh, order_id: &str) {
    let mut services = Vec::new();
    for program in mesh.programs() {
        for line in program.log().lines().filter(|line| line.contains(order_id)) {
            let parsed = parse(line);
            let own = parsed.get("order.id");
            let of_its_span = parsed.get("span").and_then(|span| span.get("order.id"));
            assert_eq!(
                own.or(of_its_span).and_then(Value::as_str),
                Some(order_id),
                "{}: {line}",
                program.name()
            );
            services.push(program.name());
        }
    }
    services.dedup();
    assert!(services.len() >= 3, "only {services:?} told of the order");
}

/// A line within a call, an event or a job has the trace's id.
pub fn every_line_within_a_span_has_its_trace(mesh: &Mesh) {
    let mut found = 0;
    for program in mesh.programs() {
        for line in program.log().lines() {
            let parsed = parse(line);
            if parsed.get("span").is_some() {
                found += 1;
                let trace = parsed.get("trace_id").and_then(Value::as_str);
                assert!(
                    trace.is_some_and(|id| id.len() == 32),
                    "{}: {line}",
                    program.name()
                );
            }
        }
    }
    assert!(found > 0, "no line was within anything");
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
