// The command line: subcommands, flags, their environment variables.
#pragma once

namespace app {

/// Parses and runs. Exit codes: 0 fine, 1 the work failed, 2 the command line or configuration cannot be used. Catches
/// everything.
[[nodiscard]] int run_command_line(int argc, char** argv);

}  // namespace app
