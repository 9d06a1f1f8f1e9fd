// Each measurement: its own control plane, its rows in the report. Each throws support::Failure when it could not
// measure.
#pragma once

#include "bench/options.hpp"
#include "bench/report.hpp"

namespace bench {

/// Idle cluster, namespaces one at a time, operator and floor in turn.
void measure_latency(const Options& options, Report& report);
/// All namespaces made at once, so with the server busy making them.
void measure_creation(const Options& options, Report& report);
/// All namespaces there already: first writes, then a changed credential; operator and floor in rounds.
void measure_writes(const Options& options, Report& report);
/// Requests of a new namespace, quiet time, memory, start. By the server's own record of what was asked.
void measure_steady(const Options& options, Report& report);
/// Creating a ServiceAccount and Pods with the admission policy and without it, in rounds.
void measure_admission(const Options& options, Report& report);
/// A new namespace, and a write of somebody else, with the guard and without it, in rounds.
void measure_guard(const Options& options, Report& report);

}  // namespace bench
