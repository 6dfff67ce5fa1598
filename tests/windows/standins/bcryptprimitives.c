/* Wine 8 lacks this DLL, which the Rust parts of cryptography ask for random bytes. Of the bed, never of the product. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length)
{
    return RtlGenRandom(bytes, (ULONG)length);
}
