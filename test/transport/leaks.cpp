// The library's pool threads end after OpenSSL's exit handler, so what OpenSSL keeps for each thread (its error queue
// and random generators) is never freed. About 16 KB a process, however many requests it made.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:CRYPTO_zalloc\n"; }
