/* What a program for Windows' RPC runtime has to bring, and what rpcrt4 raises made into what C++ throws. */
#pragma once

#include <csetjmp>
#include <cstddef>
#include <windows.h>
#include <rpc.h>

/* An RPC status that the runtime returned or raised in place of an answer. */
struct RpcRefusal {
    RPC_STATUS status;
};

/* Throws if a function of the runtime failed. */
void check(RPC_STATUS status);

/* Memory that lives until `release_all`, as does all that the stubs allocate: answers, and what requests point to. */
void *allocate(std::size_t size);
void release_all();

template <typename T> T *allocate_array(std::size_t count) {
    return static_cast<T *>(allocate((count ? count : 1) * sizeof(T)));
}

namespace guard {
extern std::jmp_buf here;
extern volatile bool armed;
extern volatile DWORD raised;
void arm();
}

/* Makes a call; throws what the runtime raises. GCC has no __try for Windows' exceptions, so a handler that sees them first
 * jumps back here; nothing in `call` may have a destructor. */
template <typename Call> auto guarded(Call call) {
    if (setjmp(guard::here) != 0) {
        throw RpcRefusal{static_cast<RPC_STATUS>(guard::raised)};
    }
    guard::arm();
    auto answer = call();
    guard::armed = false;
    return answer;
}
