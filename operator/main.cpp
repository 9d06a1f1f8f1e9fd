// argv to a subcommand, a subcommand to an exit code; nothing else.
#include "app/command_line.hpp"

int main(int argc, char** argv) { return app::run_command_line(argc, argv); }
