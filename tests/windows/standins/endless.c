/* A program that never stops to print. */
#include <windows.h>

int wmain(void)
{
    static char many[65536];
    DWORD written;
    FillMemory(many, sizeof many, 'x');
    while (WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), many, sizeof many, &written, NULL))
        ;
    return 0;
}
