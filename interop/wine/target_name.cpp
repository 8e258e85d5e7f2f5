#include "target_name.hpp"

#include <cstring>
#include <string>

#define SECURITY_WIN32
#include <windows.h>
#include <security.h>

namespace {

INITIALIZE_SECURITY_CONTEXT_FN_W secur32 = nullptr;
unsigned char before[12]; /* the first octets of secur32's function */
std::wstring name;

void write(const void *octets) {
    WriteProcessMemory(GetCurrentProcess(), reinterpret_cast<void *>(secur32), octets, sizeof before, nullptr);
    FlushInstructionCache(GetCurrentProcess(), reinterpret_cast<void *>(secur32), sizeof before);
}

void stand_in_front();

/* In place of secur32's function; handshakes are made one after another. */
SECURITY_STATUS SEC_ENTRY with_name(
    PCredHandle credentials, PCtxtHandle context, SEC_WCHAR *target, unsigned long request, unsigned long reserved1,
    unsigned long representation, PSecBufferDesc input, unsigned long reserved2, PCtxtHandle new_context, PSecBufferDesc output,
    unsigned long *attributes, PTimeStamp expiry
) {
    if (target != nullptr) {
        name = target;
    } else if (!name.empty()) {
        target = name.data();
    }
    write(before);
    SECURITY_STATUS status = secur32(
        credentials, context, target, request, reserved1, representation, input, reserved2, new_context, output, attributes, expiry
    );
    stand_in_front();
    return status;
}

void stand_in_front() {
    unsigned char jump[sizeof before] = {0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xE0}; /* mov rax, with_name; jmp rax */
    auto *there = &with_name;
    std::memcpy(jump + 2, &there, sizeof there);
    write(jump);
}

}

void repeat_target_name() {
    if (secur32 == nullptr) {
        HMODULE library = LoadLibraryW(L"secur32.dll");
        FARPROC function = GetProcAddress(library, "InitializeSecurityContextW");
        std::memcpy(&secur32, &function, sizeof secur32);
        std::memcpy(before, reinterpret_cast<void *>(secur32), sizeof before);
        stand_in_front();
    }
}
