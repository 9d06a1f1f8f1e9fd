// All that the tests' images hold: says that it started, and waits to be told to end.
#include <unistd.h>
#include <csignal>
#include <cstdio>

int main() {
  // Process 1 of a container gets no signal that it has not asked for.
  std::signal(SIGTERM, [](int) { _exit(0); });
  std::signal(SIGINT, [](int) { _exit(0); });
  std::puts("started");
  std::fflush(stdout);
  while (true) pause();
}
