#include "runtime.hpp"

#include <cstdlib>
#include <cstring>
#include <vector>

namespace {
/* A call is unmarshalled, made and marshalled by one thread. */
thread_local std::vector<void *> allocated;
}

void *allocate(std::size_t size) {
    void *memory = std::calloc(1, size);
    if (memory == nullptr) {
        std::abort();
    }
    allocated.push_back(memory);
    return memory;
}

void release_all() {
    for (void *memory : allocated) {
        std::free(memory);
    }
    allocated.clear();
}

extern "C" void *__RPC_USER MIDL_user_allocate(SIZE_T size) {
    return allocate(size);
}

extern "C" void __RPC_USER MIDL_user_free(void *) {
    /* release_all does */
}

void check(RPC_STATUS status) {
    if (status != RPC_S_OK) {
        throw RpcRefusal{status};
    }
}

namespace guard {
std::jmp_buf here;
volatile bool armed = false;
volatile DWORD raised = 0;

static LONG CALLBACK seen(EXCEPTION_POINTERS *exception) {
    DWORD code = exception->ExceptionRecord->ExceptionCode;
    /* 0xC.......: the program's own faults, and what Wine's own code catches of these; 0x4.......: words for a debugger. */
    if (!armed || (code & 0xC0000000) != 0) {
        return EXCEPTION_CONTINUE_SEARCH;
    }
    armed = false;
    raised = code;
    std::longjmp(here, 1);
}

void arm() {
    static void *handler = AddVectoredExceptionHandler(1, seen);
    (void)handler;
    armed = true;
}
}
